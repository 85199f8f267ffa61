"""The figures of the run: `plan.json`, written from the recipe, beside this package."""

import json
import os
from pathlib import Path

#: Where the run lives: data, hf_assets, checkpoints.
FOLDER = Path(os.environ.get("DAEPYO_RUN", Path(__file__).resolve().parent.parent))

PLAN = json.loads((FOLDER / "plan.json").read_text(encoding="utf-8"))
