"""Writes instructions.json: what tasks/instructions.py says of many texts, for the native port to be held against.

    python3 crates/evaluation/tests/data/suite/make.py
"""

import json
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
TASKS = HERE.parents[2] / "tasks"
sys.path.insert(0, str(TASKS))
sys.dont_write_bytecode = True
import instructions

EXTRA = [
    {"kind": "words_max", "number": 3, "texts": []},
    {"kind": "keyword_times", "number": 2, "texts": ["AA"]},
    {"kind": "forbidden", "number": 0, "texts": ["É", "다"]},
    {"kind": "initials", "number": 0, "texts": ["ㄷㄹㅂㄹ"]},
    {"kind": "numbered", "number": 0, "texts": []},
    {"kind": "json_list", "number": 0, "texts": []},
    {"kind": "json_keys", "number": 0, "texts": []},
]
TEXTS = [
    "", " ", "\u3000\n", "a", "A", "...", "?!", "\"", "\"\"", "\"a\"", "“가나”", "“가\"", "<<>>", "<<a>>", "<<제목>>\n본문.", "ÉCOLE", "école",
    "다람쥐", "다람 쥐.", "다람쥐a", "다라바라", "다람쥐 ㄱ", "ㄱㄴㄷ", "토끼!", "「토끼」", "**토끼**", "사과\n", "Yes", "no.", "No", "\"no\"",
    "1. a\n2. b", "1. a\n3. b", "01. a", "1.a\n2.b\n\n3.c", "1) a", "3.14 is pi", "- a\n* b\n-c", "•a", "a,b", "a，b", "a、b",
    "aaaa", "aAaA aa", "AAaa", "\u00a0a\u00a0b\u00a0", "a\u2003b", "a\x0bb", "a\x1cb", "a\r\nb\r\n\r\nc", "\n\na\n\n\nb\n", "a\n \nb",
    "Mr. Smith went. He said \"No.\" Then (really?) left!", "3.5 is a number. v1.2.3 too", "Wait... what?! Yes.", "끝났다.그래", "합니다. 합니까? 하시오!",
    "좋아요. 싫어요~", "간다. 옵니다.", "그랬다고 한다", "그랬다’.", "안녕하십니까?\n반갑습니다", "한글と漢字", "한글 漢字", "한글 123", "한글 １２３", "Привет 한글", "한글 é",
    "{}", "[]", "[1]", "[\"a\", \"b\", \"c\", \"d\"]", "[\"a\", 1]", "```json\n{\"a\": 1}\n```", "```\n[]\n```", "```[]```", "{\"a\": NaN}", "{\"a\": Infinity}",
    "[1e999]", "[\"\\ud800\"]", "[\"\\ud83d\\ude00\"]", "[\"\x01\"]", "{\"question\": 1, \"answer\": 2, \"answer\": 3}", "\u3000{\"question\": 1, \"answer\": 2}",
    "{'question': 1}", "{\"question\": 1, \"answer\": 2,}", "[1] x", "P.S. a b c", "a\nP.S. hello", "미안 sorry", "SORRY", "İstanbul ı", "ﬀ ẞ ß",
    "M a\no b\nO c\nn d", "나\n그\n네", "나무\n그네\n네모", "나무\n네모\n그네", "Yours in patience.", "Nobody knew. It was so.", "step STEP sTep",
]


def mutations(rng, text):
    """The text with small changes, some of which break what it kept."""
    yield text
    yield text + " Sure, done."
    yield "네, 알겠습니다.\n" + text
    yield text.upper()
    yield text.replace(".", "")
    yield text.replace("\n", "\n\n")
    words = text.split(" ")
    rng.shuffle(words)
    yield " ".join(words)
    yield text[: rng.randint(0, len(text))]


def main():
    rng, constraints, texts = random.Random(7), list(EXTRA), list(TEXTS)
    for language in ("en", "ko"):
        for line in (TASKS / "data" / f"instruction_{language}.jsonl").read_text(encoding="utf-8").splitlines():
            doc = json.loads(line)
            constraints += [c for c in doc["constraints"] if c not in constraints]
            texts += mutations(rng, doc["example"])
    assert {c["kind"] for c in constraints} == set(instructions.KINDS), set(instructions.KINDS) - {c["kind"] for c in constraints}
    rows = [{"text": t, "kept": "".join("01"[instructions.keeps(t, c)] for c in constraints)} for t in texts]
    made = json.dumps({"constraints": constraints, "texts": rows}, ensure_ascii=True, indent=0)
    (HERE / "instructions.json").write_text(made + "\n", encoding="utf-8")
    print(len(constraints), "constraints", len(texts), "texts")


if __name__ == "__main__":
    main()
