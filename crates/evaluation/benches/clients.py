"""What a client costs: daepyo, lm-eval and inspect over the same items at the same endpoint, in one run.

usage: clients.py DAEPYO MOCK_ENDPOINT PEERS [--items 2000] [--own-items 20000] [--connections 64,512] [--runs 3]

DAEPYO and MOCK_ENDPOINT are release builds (cargo build --release -p cli -p evaluation --bins --example mock_endpoint);
PEERS is the virtual environment of scripts/peers.sh. Every client asks the same endpoint five-shot questions of one shape,
the peers over --items of them, daepyo over those, so that memory can be compared, and over --own-items, so that a run takes
seconds. CPU seconds are those of the client alone (getrusage of its process), with the start taken off by a run over no
more than 8 items. The bare rate of the endpoint is what `wrk` gets out of it with a request of the same size, in the same
round and so under the same load. A line gives medians of all rounds; `x CPU` and `x MB` are how many times daepyo's it
takes, `of wrk` what share of the bare rate it reaches.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = "서울 강 나무 학교 river bridge seven lamp apple quiet stone letter number music 별 바다 the of and is".split()
TASK = """task: bench
dataset_path: json
dataset_kwargs:
  data_files:
    train: {train}
    test: {test}
test_split: test
fewshot_split: train
num_fewshot: 5
output_type: generate_until
doc_to_text: "Question: {{{{question}}}}\\nAnswer:"
doc_to_target: "{{{{answer}}}}"
generation_kwargs:
  until: ["\\n\\n"]
  do_sample: false
  temperature: 0.0
  max_gen_toks: 64
filter_list:
  - name: number
    filter:
      - function: regex
        regex_pattern: "(-?[0-9]+)"
      - function: take_first
metric_list:
  - metric: exact_match
    ignore_case: true
metadata:
  version: 1.0
"""
INSPECT = """
import json
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import match
from inspect_ai.solver import generate

rows = [json.loads(line) for line in open({test!r})]
shots = [json.loads(line) for line in open({train!r})][:5]
prefix = "".join(f"Question: {{s['question']}}\\nAnswer: {{s['answer']}}\\n\\n" for s in shots)

@task
def bench():
    samples = [Sample(input=f"{{prefix}}Question: {{r['question']}}\\nAnswer:", target=str(r["answer"]), id=i) for i, r in enumerate(rows)]
    return Task(dataset=samples, solver=generate(), scorer=match(numeric=True))
"""


def documents(folder, items):
    """Task files and data for `items` questions."""
    rng = random.Random(7)
    def row(place):
        return {"question": f"{place}: " + " ".join(rng.choice(WORDS) for _ in range(60)), "answer": str(42 if place % 2 == 0 else 7)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, count in (("train", 20), ("test", items)):
        with open(folder / f"{name}.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row(place), ensure_ascii=False) + "\n" for place in range(count))
    (folder / "tasks").mkdir(exist_ok=True)
    (folder / "tasks/bench.yaml").write_text(TASK.format(train=folder / "train.jsonl", test=folder / "test.jsonl"), encoding="utf-8")
    (folder / "bench.py").write_text(INSPECT.format(train=str(folder / "train.jsonl"), test=str(folder / "test.jsonl")), encoding="utf-8")
    return folder


def measured(command, folder):
    """CPU seconds, wall seconds and peak megabytes of a command."""
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "OPENAI_API_KEY": "none",
                                    "MOCK_API_KEY": "none", "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"})
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} failed: {told.decode()[-2000:]}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss / 1024


def commands(arguments, url, folder, connections, limit):
    def fresh(name):
        place = folder / name
        shutil.rmtree(place, ignore_errors=True)
        return str(place)
    python = Path(arguments.peers) / "bin"
    few = ["--limit", str(limit)] if limit else []
    return {
        "daepyo": [arguments.daepyo, "eval", "--tasks", "bench", "--include_path", str(folder / "tasks"), "--model", url,
                   "--name", "mock", "--api", "chat", "--num_concurrent", str(connections), "-o", fresh("ours"), "--json", *few],
        "lm-eval": [str(python / "lm-eval"), "run", "--model", "local-chat-completions", "--model_args",
                    f"base_url={url}/chat/completions,model=mock,num_concurrent={connections},tokenizer_backend=None",
                    "--include_path", str(folder / "tasks"), "--tasks", "bench", "--apply_chat_template", "--output_path",
                    fresh("theirs"), "--log_samples", *few],
        "inspect": [str(python / "inspect"), "eval", "bench.py", "--model", "openai-api/mock/mock", "--model-base-url", url,
                    "--max-connections", str(connections), "--display", "none", "--log-dir", fresh("logs"), "--temperature", "0",
                    "--max-tokens", "64", *few],
    }


def bare(url, folder, connections):
    """Requests a second that `wrk` gets with a request of the size of ours; nothing where it is not installed."""
    if not shutil.which("wrk"):
        return None
    rows = [json.loads(line) for line in (folder / "test.jsonl").read_text(encoding="utf-8").splitlines()[:6]]
    messages = [{"role": "user", "content": f"Question: {row['question']}\nAnswer:"} for row in rows]
    body = json.dumps({"model": "mock", "messages": messages, "max_tokens": 64, "temperature": 0, "stop": ["\n\n"]}, ensure_ascii=False)
    script = folder / "wrk.lua"
    script.write_text("wrk.method='POST'; wrk.body=[==[" + body + "]==]; wrk.headers['Content-Type']='application/json'\n", encoding="utf-8")
    told = subprocess.run(["wrk", "-t1", f"-c{connections}", "-d5s", "-s", str(script), f"{url}/chat/completions"],
                          capture_output=True, text=True, check=True).stdout
    return float(next(line.split(":")[1] for line in told.splitlines() if line.startswith("Requests/sec")))


def one(arguments, name, url, folder, connections, items):
    """CPU seconds for 1,000 items, items a second, and peak megabytes, the start taken off."""
    start = measured(commands(arguments, url, folder, connections, 8)[name], folder)
    whole = measured(commands(arguments, url, folder, connections, None)[name], folder)
    cpu, wall = whole[0] - start[0], whole[1] - start[1]
    return cpu / (items - 8) * 1000, (items - 8) / max(wall, 1e-3), whole[2]


def rounds(arguments, url, folders, connections):
    """Every client once a round, so that what else the machine does falls on all of them."""
    few, many = arguments.items, arguments.own_items
    clients = [("daepyo", few), ("daepyo", many), ("lm-eval", few), ("inspect", few)]
    figures, loads = {client: [] for client in clients}, []
    rates = []
    for _ in range(arguments.runs):
        loads.append(os.getloadavg()[0])
        rates.append(bare(url, folders[few], connections))
        for name, items in clients:
            figures[name, items].append(one(arguments, name, url, folders[items], connections, items))
    median = lambda rows: [statistics.median(column) for column in zip(*rows)]
    rate = None if None in rates else statistics.median(rates)
    return {client: median(rows) for client, rows in figures.items()}, rate, loads


def table(figures, rate, connections, own):
    """A line a client."""
    cpu, _, peak = figures[own]
    if rate:
        print(f"{'wrk':10} {'':7} {connections:6} {'':16} {'':7} {rate:9.0f}")
    for (name, items), (spent, speed, most) in figures.items():
        share = f"{speed / rate:8.0%}" if rate else f"{'':8}"
        ours = figures["daepyo", items] if ("daepyo", items) in figures else figures[own]
        print(f"{name:10} {items:7} {connections:6} {spent:16.3f} {spent / cpu:7.1f} {speed:9.0f} {share} {most:8.0f} {most / ours[2]:6.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("daepyo"), parser.add_argument("mock"), parser.add_argument("peers")
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--own-items", type=int, default=20000)
    parser.add_argument("--connections", default="64,512")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--delay-ms", type=int, default=0, help="how long the endpoint thinks")
    arguments = parser.parse_args()
    root = Path(tempfile.mkdtemp())
    folders = {items: documents(root / str(items), items) for items in (arguments.items, arguments.own_items)}
    mock = subprocess.Popen([arguments.mock, "--model", "mock", "--delay-ms", str(arguments.delay_ms)], stdout=subprocess.PIPE, text=True)
    url = mock.stdout.readline().strip()
    try:
        print(f"five-shot, chat; medians of {arguments.runs} rounds")
        print(f"{'client':10} {'items':>7} {'conn.':>6} {'CPU s per 1,000':>16} {'x CPU':>7} {'items/s':>9} {'of wrk':>8} {'peak MB':>8} {'x MB':>6}")
        for connections in map(int, arguments.connections.split(",")):
            figures, rate, loads = rounds(arguments, url, folders, connections)
            table(figures, rate, connections, ("daepyo", arguments.own_items))
            print("load before each round: " + ", ".join(f"{load:.1f}" for load in loads), flush=True)
    finally:
        mock.kill()
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
