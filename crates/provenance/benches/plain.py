"""The plainest search for benchmark items, to be measured beside: 13 words in a row, in small letters and without
punctuation, in a set (Brown et al., arXiv 2005.14165, appendix C).

    python3 plain.py ITEMS.jsonl CORPUS.jsonl
"""

import json
import re
import resource
import sys

WORDS = 13
SIGNS = re.compile(r"[^\w\s]")


def grams(text):
    words = SIGNS.sub(" ", text.lower()).split()
    return (" ".join(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1))


def main():
    wanted = {}
    for line in open(sys.argv[1], encoding="utf-8"):
        item = json.loads(line)
        for gram in grams(item["question"]):
            wanted.setdefault(gram, set()).add(item["id"])
    start = resource.getrusage(resource.RUSAGE_SELF)
    size, documents, found = 0, 0, set()
    for line in open(sys.argv[2], encoding="utf-8"):
        text = json.loads(line)["text"]
        size += len(text.encode())
        hits = [wanted[gram] for gram in grams(text) if gram in wanted]
        documents += bool(hits)
        found.update(*hits)
    end = resource.getrusage(resource.RUSAGE_SELF)
    seconds = end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime
    print(f"{size / 1e6:.0f} MB of text, {size / 1e6 / seconds:.1f} MB per CPU second, "
          f"{end.ru_maxrss // 1024} MB held at most, {len(found)} items in {documents} documents")


main()
