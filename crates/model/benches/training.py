"""Training speed beside PyTorch, in one run: ours, eager and compiled take turns, a step each, and medians are printed.

    python training.py BENCH PYTHON [--rounds 9]

BENCH is the bench binary (`cargo bench -p model --bench training --no-run` names it); PYTHON one that has torch.
Everything runs on one thread and is counted in CPU seconds of its process, because machines are shared.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess


def start(*command):
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=one_thread)


def measure(process):
    process.stdin.write("\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("python")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--without", nargs="*", default=[], help="names to leave out")
    options = parser.parse_args()

    torch = str(pathlib.Path(__file__).parent / "training_torch.py")
    commands = {
        "daepyo": (options.bench, "--listen"),
        "torch eager": (options.python, torch, "eager"),
        "torch.compile": (options.python, torch, "compile"),
    }
    processes = {name: start(*command) for name, command in commands.items() if name not in options.without}
    rounds = {name: [] for name in processes}
    # The first turn waits for every process to be warm, and is not counted.
    for turn in range(options.rounds + 1):
        for name, process in processes.items():
            figures = measure(process)
            if turn > 0:
                rounds[name].append(figures)
    for process in processes.values():
        process.stdin.close()
        process.wait()

    rates = {name: [turn["tokens_per_cpu_second"] for turn in turns] for name, turns in rounds.items()}
    print(f"{'':14} tokens a CPU second   daepyo beside it    loss")
    for name, values in rates.items():
        beside = statistics.median(ours / other for ours, other in zip(rates["daepyo"], values))
        loss = rounds[name][-1]["loss"]
        print(f"{name:14} {statistics.median(values):10.0f} {beside:26.2f} {loss:11.4f}")
    peak = statistics.median(turn["peak_gflops"] for turn in rounds["daepyo"])
    share = statistics.median(turn["gflops"] / turn["peak_gflops"] for turn in rounds["daepyo"])
    print(f"matmul peak {peak:.1f} GFLOP a CPU second; daepyo trains at {100 * share:.0f} % of it")


main()
