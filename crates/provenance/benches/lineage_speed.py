"""A pass over two models beside reading them and beside the usual Python ways, all in one run.

usage: lineage_speed.py BENCH PEERS [--rounds 5] [--threads 2]

BENCH is the built `benches/lineage_speed.rs` (cargo bench -p provenance --bench lineage_speed --no-run says where it is);
PEERS the Python of an environment with torch, numpy and safetensors. Two models of about 1 GB each are written to a
temporary folder and removed. Rounds go over all ways in turn; printed are medians: GB/s over both files (from the page
cache), CPU seconds and peak memory of the process. Python's time to start and to import is left out of GB/s and is part
of the CPU seconds that `import` alone shows.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

PEER = r"""
import json, sys, time
way, one, other, threads = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
import numpy as np
import torch
from safetensors import safe_open
torch.set_num_threads(threads)
since = time.perf_counter()
total = 0
if way in ("torch", "numpy"):
    with safe_open(one, "pt") as a, safe_open(other, "pt") as b:
        for name in a.keys():
            x, y = a.get_tensor(name), b.get_tensor(name)
            total += x.numel() * 4
            if way == "torch":
                torch.nn.functional.cosine_similarity(x.float().flatten(), y.float().flatten(), dim=0).item()
            else:
                wide = lambda t: (t.view(torch.int16).numpy().view(np.uint16).astype(np.uint32) << 16).view(np.float32).ravel()
                u, v = wide(x), wide(y)
                np.dot(u, v) / np.sqrt(np.dot(u, u) * np.dot(v, v))
print(json.dumps({"bytes": total, "seconds": time.perf_counter() - since}))
"""


def measured(command, threads):
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    told = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{command} failed")
    lines = [json.loads(line) for line in told.splitlines()]
    seconds = sum(line["seconds"] for line in lines)
    return {
        "gb_per_s": sum(line["bytes"] for line in lines) / seconds / 1e9 if seconds else 0.0,
        "cpu": usage.ru_utime + usage.ru_stime,
        "mib": usage.ru_maxrss / 1024,
    }


def over(parts):
    """What two runs, one for each model, are together."""
    return {
        "gb_per_s": statistics.harmonic_mean([part["gb_per_s"] for part in parts]),
        "cpu": sum(part["cpu"] for part in parts),
        "mib": max(part["mib"] for part in parts),
    }


def main():
    reader = argparse.ArgumentParser()
    reader.add_argument("bench")
    reader.add_argument("peers")
    reader.add_argument("--rounds", type=int, default=5)
    reader.add_argument("--threads", type=int, default=2)
    given = reader.parse_args()
    threads = str(given.threads)
    with tempfile.TemporaryDirectory() as home:
        models = [Path(home) / name for name in ("one", "other")]
        for seed, model in enumerate(models):
            subprocess.run([given.bench, "generate", model, str(seed)], check=True)
        files = [str(model / "model.safetensors") for model in models]
        peer = [given.peers, "-c", PEER]
        ways = {
            "read": lambda: over([measured([given.bench, "read", model, threads], threads) for model in models]),
            "fingerprint": lambda: over(
                [measured([given.bench, "fingerprint", model, f"{model}.fingerprint", threads], threads) for model in models]
            ),
            "torch cosine": lambda: measured([*peer, "torch", *files, threads], threads),
            "numpy cosine": lambda: measured([*peer, "numpy", *files, threads], threads),
            "import": lambda: measured([*peer, "none", *files, threads], threads),
        }
        found = {way: [] for way in ways}
        for _ in range(given.rounds):
            for way, run in ways.items():
                found[way].append(run())
        sizes = [Path(f"{model}.fingerprint").stat().st_size / Path(file).stat().st_size for model, file in zip(models, files)]
    print(f"{'':14}{'GB/s':>8}{'CPU s':>8}{'peak MiB':>10}")
    for way, rounds in found.items():
        middle = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        print(f"{way:14}{middle['gb_per_s']:8.2f}{middle['cpu']:8.2f}{middle['mib']:10.0f}")
    print(f"a fingerprint is {100 * statistics.mean(sizes):.2f} % of the weights")


if __name__ == "__main__":
    main()
