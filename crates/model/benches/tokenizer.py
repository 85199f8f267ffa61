"""Trains and encodes with daepyo and with Hugging Face `tokenizers` over the same documents, in one run, one thread each.

usage: tokenizer.py BENCH PEERS --korean DOCUMENTS --english DOCUMENTS [--vocab 8192] [--rounds 3]

BENCH is the built `benches/tokenizer.rs` (cargo bench -p model --bench tokenizer --no-run says where it is); PEERS the
virtual environment of scripts/peers.sh. DOCUMENTS are files of JSON lines, each a string or an object with `text`
(`.zst` is unpacked by `zstd`), or folders of text. Rounds alternate between the two and the least CPU seconds of each
are kept, without the time to start and to read. Memory is by how much the work raised the peak of the process. Both are trained on both languages; the ids of all
documents must be the same.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEER = Path(__file__).parent.parent / "tests/data/tokenizer/peer.py"
ENDINGS = {".md", ".txt", ".rst", ".html", ".py", ".rs"}


def documents(path, limit):
    """Texts of about 4 kB, cut at ends of lines, up to `limit` bytes."""
    texts, size = [], 0
    for text in read(Path(path)):
        piece, length = [], 0
        for line in text.splitlines(keepends=True):
            piece.append(line)
            length += len(line.encode())
            if length > 4000:
                texts.append("".join(piece))
                size += length
                piece, length = [], 0
        if piece:
            texts.append("".join(piece))
            size += length
        if size > limit:
            break
    return texts


def read(path):
    if path.is_dir():
        for file in sorted(file for file in path.rglob("*") if file.suffix in ENDINGS and file.is_file()):
            try:
                yield file.read_text(encoding="utf-8")
            except (UnicodeDecodeError, OSError):
                continue
        return
    unpack = ["zstd", "-dc", path] if path.suffix == ".zst" else ["cat", path]
    with subprocess.Popen(unpack, stdout=subprocess.PIPE, text=True, encoding="utf-8") as lines:
        for line in lines.stdout:
            row = json.loads(line)
            yield row if isinstance(row, str) else row["text"]
        lines.kill()


def peer(arguments):
    """Runs in a process of its own: what `tokenizers` costs. Memory of reading is taken off, as on the other side."""
    import resource
    import runpy

    sys.argv = [str(PEER), *arguments]
    module = runpy.run_path(str(PEER), run_name="peer")
    way, rest = arguments[0], arguments[1:]
    texts = module["documents"](rest[0] if way == "train" else rest[1])
    resident = int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1])
    begun = time.process_time()
    if way == "train":
        made = module["train_on"](texts, int(rest[1]))
        seconds, tokens = time.process_time() - begun, made.get_vocab_size()
        made.save(rest[2])
    else:
        tokenizer = module["load"](rest[0], True)
        begun = time.process_time()
        ids = [row.ids for row in module["rows"](tokenizer, texts)]
        seconds, tokens = time.process_time() - begun, sum(map(len, ids))
        module["save"](ids, rest[2])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = sum(len(text.encode()) for text in texts)
    print(json.dumps({"bytes": size, "cpu_seconds": seconds, "tokens": tokens, "memory_kib": peak - resident}))


def run(command):
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("peers")
    parser.add_argument("--korean", required=True)
    parser.add_argument("--english", required=True)
    parser.add_argument("--megabytes", type=int, default=20, help="of each language")
    parser.add_argument("--vocab", type=int, default=8192)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    sides = {"daepyo": [given.bench], "tokenizers": [Path(given.peers) / "bin/python", __file__, "peer"]}
    with tempfile.TemporaryDirectory() as folder:
        measure(given, sides, Path(folder))


def measure(given, sides, folder):
    texts = {name: documents(getattr(given, name), given.megabytes * 10**6) for name in ("korean", "english")}
    texts["both"] = texts["korean"] + texts["english"]
    for name, rows in texts.items():
        (folder / name).write_text("".join(json.dumps(text) + "\n" for text in rows))
    work = {("train", name): [folder / name, given.vocab] for name in ("both", "korean", "english")}
    print(f"{sum(map(len, texts.values()))} documents, vocabulary {given.vocab}, {given.rounds} rounds")
    print(f"{'':16}{'side':12}{'MB':>8}{'CPU s':>9}{'MB/CPU s':>10}{'tokens':>11}{'MiB more':>10}")
    least = {}
    for _ in range(given.rounds):
        for (way, name), arguments in work.items():
            for side, command in sides.items():
                note(least, (way, name, side), run([*command, way, *arguments, folder / f"{side}-{name}.json"]))
        for name in ("korean", "english"):
            for side, command in sides.items():
                out = folder / f"{side}-{name}.ids"
                note(least, ("encode", name, side), run([*command, "encode", folder / "daepyo-both.json", folder / name, out]))
            if (folder / f"daepyo-{name}.ids").read_bytes() != (folder / f"tokenizers-{name}.ids").read_bytes():
                sys.exit(f"the ids of {name} differ")
    for name in ("both", "korean", "english"):
        models = [json.loads((folder / f"{side}-{name}.json").read_text())["model"] for side in sides]
        print(f"trained models, {name}: {'the same' if models[0] == models[1] else 'DIFFERENT'}")
    for (way, name, side), row in sorted(least.items()):
        rate = row["bytes"] / 1e6 / row["cpu_seconds"]
        print(
            f"{way + ' ' + name:16}{side:12}{row['bytes'] / 1e6:8.1f}{row['cpu_seconds']:9.3f}{rate:10.1f}"
            f"{row['tokens']:11}{row['memory_kib'] / 1024:10.1f}"
        )
        if side == "tokenizers":
            print(f"{'':16}daepyo is {row['cpu_seconds'] / least[way, name, 'daepyo']['cpu_seconds']:.1f} times as fast")


def note(least, key, row):
    if key not in least or row["cpu_seconds"] < least[key]["cpu_seconds"]:
        least[key] = row


if sys.argv[1:2] == ["peer"]:
    peer(sys.argv[2:])
else:
    main()
