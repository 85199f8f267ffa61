"""Whether the torchtitan that is installed is the one that this package was written against."""

import json
import sys
from importlib import metadata

from .plan import PLAN


def main():
    wanted = PLAN["torchtitan"]
    try:
        written = metadata.distribution("torchtitan").read_text("direct_url.json") or "{}"
    except metadata.PackageNotFoundError:
        sys.exit("torchtitan is not installed; pip install -r requirements.txt")
    found = json.loads(written).get("vcs_info", {}).get("commit_id", "another source")
    if found != wanted:
        sys.exit(f"torchtitan is at {found}, this run needs {wanted}; pip install -r requirements.txt")


if __name__ == "__main__":
    main()
