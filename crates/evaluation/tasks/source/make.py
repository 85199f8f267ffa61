"""Makes the data files of the task set from the texts beside this script and from a seed.

    python3 source/make.py          # writes ../data/*.jsonl
    python3 source/make.py --check  # says whether they are as this script makes them

Nothing but the standard library is used. The right answer comes first in the texts; here it gets its place, so that
every place is right equally often and no place depends on who wrote the item.
"""

import ast
import json
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data"
SEED = 20261124
LETTERS = "ABCDE"
sys.path.insert(0, str(HERE.parent))


def lines(name):
    text = (HERE / name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def placed(rng, items):
    """Gives every item's right answer, which comes first in its choices, a place; places are used equally often."""
    count = len(items[0]["choices"])
    places = [i % count for i in range(len(items))]
    rng.shuffle(places)
    for item, place in zip(items, places):
        right, wrong = item["choices"][0], item["choices"][1:]
        assert len(set(item["choices"])) == count, item
        rng.shuffle(wrong)
        item["choices"] = wrong[:place] + [right] + wrong[place:]
        item["answer"], item["letter"] = place, LETTERS[place]
        item["note"] = item.pop("note")
    return items


def numbered(task, items):
    return [{"id": f"{task}-{index:03}", **item} for index, item in enumerate(items, 1)]


def knowledge(task):
    test, dev = [], []
    for line in lines(f"{task}.txt"):
        parts = [part.strip() for part in line.lstrip("!").split(" | ")]
        item = {"topic": parts[0], "question": parts[1], "choices": parts[2:-1], "note": parts[-1]}
        (dev if line.startswith("!") else test).append(item)
    rng = random.Random(f"{SEED} {task}")
    return {task: numbered(task, placed(rng, test)), f"{task}_dev": numbered(f"{task}_dev", placed(rng, dev))}


def reading(task):
    test, dev, name, passage = [], [], None, None
    for line in lines(f"{task}.txt"):
        if line.startswith(("= ", "!= ")):
            name, passage = line.split("= ")[1], None
        elif not line.startswith("? "):
            passage = line
        else:
            parts = [part.strip() for part in line[2:].split(" | ")]
            item = {"cluster": name, "passage": passage, "question": parts[0], "choices": parts[1:-1], "note": parts[-1]}
            (dev if name.endswith("-dev") else test).append(item)
    rng = random.Random(f"{SEED} {task}")
    return {task: numbered(task, placed(rng, test)), f"{task}_dev": numbered(f"{task}_dev", placed(rng, dev))}


# Word problems: every template takes a source of chance and gives (question, answer, working).


def en_apples(r):
    a, b, c = r.randint(12, 40), r.randint(3, 11), r.randint(5, 30)
    return f"Nora has {a} apples. She gives away {b} and then picks {c} more. How many apples does she have now?", a - b + c, f"{a} - {b} + {c}"


def en_boxes(r):
    a, b, c = r.randint(6, 19), r.randint(12, 36), r.randint(2, 11)
    return f"A shop receives {a} boxes with {b} cups each. {c} cups are broken. How many cups are whole?", a * b - c, f"{a} * {b} - {c}"


def en_price(r):
    p, n = r.randint(3, 19), r.randint(4, 12)
    paid = (p * n // 50 + 1) * 50
    return f"A book costs {p} dollars. Sam buys {n} of these books and pays with {paid} dollars. How many dollars does Sam get back?", paid - p * n, f"{paid} - {p} * {n}"


def en_speed(r):
    v, t, w, u = r.randint(40, 90), r.randint(2, 5), r.randint(30, 80), r.randint(2, 4)
    return f"A train travels at {v} km per hour for {t} hours and then at {w} km per hour for {u} hours. How many kilometres does it travel in all?", v * t + w * u, f"{v} * {t} + {w} * {u}"


def en_share(r):
    n, each, rest = r.randint(4, 9), r.randint(11, 25), r.randint(1, 3)
    return f"{n * each + rest} marbles are shared equally among {n} children, and each child gets as many as possible. How many marbles are left over?", rest, f"{n * each + rest} - {n} * {each}"


def en_percent(r):
    base, percent = r.randint(2, 30) * 20, r.choice([5, 10, 15, 20, 25, 30, 40])
    return f"A coat costs {base} dollars. Its price is reduced by {percent} percent. What is the new price in dollars?", base * (100 - percent) // 100, f"{base} * (100 - {percent}) / 100"


def en_area(r):
    a, b = r.randint(7, 28), r.randint(6, 24)
    return f"A rectangular garden is {a} metres long and {b} metres wide. How many metres of fence are needed to go once around it?", 2 * (a + b), f"2 * ({a} + {b})"


def en_ages(r):
    child, times, years = r.randint(7, 11), r.randint(5, 7), r.randint(4, 15)
    return f"Mia is {child} years old and her grandfather is {times} times as old. How old will her grandfather be in {years} years?", child * times + years, f"{child} * {times} + {years}"


def en_pages(r):
    per, days, rest = r.randint(14, 32), r.randint(6, 13), r.randint(5, 60)
    return f"Leo reads {per} pages a day. After {days} days he still has {rest} pages to read. How many pages does the book have?", per * days + rest, f"{per} * {days} + {rest}"


def en_average(r):
    a, b, c = r.randint(60, 95), r.randint(60, 95), r.randint(60, 95)
    c += (-(a + b + c)) % 3
    return f"Ada scores {a}, {b} and {c} points in three tests. What is the average of her three scores?", (a + b + c) // 3, f"({a} + {b} + {c}) / 3"


def ko_apples(r):
    a, b, c = r.randint(12, 40), r.randint(3, 11), r.randint(5, 30)
    return f"민준이는 사과를 {a}개 가지고 있었습니다. 동생에게 {b}개를 주고 시장에서 {c}개를 더 샀습니다. 민준이가 지금 가진 사과는 모두 몇 개입니까?", a - b + c, f"{a} - {b} + {c}"


def ko_boxes(r):
    a, b, c = r.randint(6, 19), r.randint(12, 36), r.randint(2, 11)
    return f"한 상자에 귤이 {b}개씩 들어 있는 상자가 {a}개 있습니다. 이 가운데 귤 {c}개가 상해서 버렸습니다. 남은 귤은 모두 몇 개입니까?", a * b - c, f"{a} * {b} - {c}"


def ko_price(r):
    p, n = r.randint(6, 19) * 100, r.randint(3, 8)
    paid = (p * n // 10000 + 1) * 10000
    return f"한 권에 {p}원인 공책을 {n}권 사고 {paid}원을 냈습니다. 거스름돈은 얼마입니까? (단위: 원)", paid - p * n, f"{paid} - {p} * {n}"


def ko_speed(r):
    v, t, w, u = r.randint(40, 90), r.randint(2, 5), r.randint(30, 80), r.randint(2, 4)
    return f"어느 자동차가 한 시간에 {v} km씩 {t}시간을 달린 뒤, 한 시간에 {w} km씩 {u}시간을 더 달렸습니다. 달린 거리는 모두 몇 km입니까?", v * t + w * u, f"{v} * {t} + {w} * {u}"


def ko_share(r):
    n, each, rest = r.randint(5, 9), r.randint(11, 25), r.randint(1, 4)
    return f"구슬 {n * each + rest}개를 {n}명에게 똑같이, 되도록 많이 나누어 주었습니다. 나누어 주고 남은 구슬은 몇 개입니까?", rest, f"{n * each + rest} - {n} * {each}"


def ko_percent(r):
    base, percent = r.randint(12, 90) * 1000, r.choice([5, 10, 15, 20, 25, 30, 40])
    return f"정가가 {base}원인 신발을 {percent}% 할인하여 팝니다. 할인된 가격은 얼마입니까? (단위: 원)", base * (100 - percent) // 100, f"{base} * (100 - {percent}) / 100"


def ko_area(r):
    a, b = r.randint(7, 28), r.randint(6, 24)
    return f"가로가 {a} m, 세로가 {b} m인 직사각형 모양의 꽃밭이 있습니다. 이 꽃밭의 둘레는 몇 m입니까?", 2 * (a + b), f"2 * ({a} + {b})"


def ko_ages(r):
    child, times, years = r.randint(6, 12), r.randint(5, 7), r.randint(4, 15)
    return f"서연이는 {child}살이고 할머니의 나이는 서연이 나이의 {times}배입니다. {years}년 뒤에 할머니는 몇 살이 됩니까?", child * times + years, f"{child} * {times} + {years}"


def ko_pages(r):
    per, days, rest = r.randint(14, 32), r.randint(6, 13), r.randint(5, 60)
    return f"지훈이는 책을 하루에 {per}쪽씩 {days}일 동안 읽었는데 아직 {rest}쪽이 남았습니다. 이 책은 모두 몇 쪽입니까?", per * days + rest, f"{per} * {days} + {rest}"


def ko_average(r):
    a, b, c = r.randint(60, 95), r.randint(60, 95), r.randint(60, 95)
    c += (-(a + b + c)) % 3
    return f"수빈이는 세 번의 시험에서 {a}점, {b}점, {c}점을 받았습니다. 세 시험의 평균은 몇 점입니까?", (a + b + c) // 3, f"({a} + {b} + {c}) / 3"


def plain_product(r):
    a, b, c = r.randint(12, 99), r.randint(12, 99), r.randint(100, 999)
    return f"{a} × {b} − {c}", a * b - c, f"{a} * {b} - {c}"


def plain_brackets(r):
    a, b, c = r.randint(100, 900), r.randint(100, 900), r.randint(3, 19)
    return f"({a} − {b}) × {c}", (a - b) * c, f"({a} - {b}) * {c}"


def plain_quotient(r):
    q, d, c = r.randint(21, 99), r.randint(6, 29), r.randint(10, 99)
    return f"{q * d} ÷ {d} + {c}", q + c, f"{q * d} / {d} + {c}"


def plain_sum(r):
    a, b, c = (r.randint(1000, 99999) for _ in range(3))
    return f"{a} + {b} − {c}", a + b - c, f"{a} + {b} - {c}"


def plain_squares(r):
    a, b = r.randint(11, 40), r.randint(11, 40)
    return f"{a}² + {b}²", a * a + b * b, f"{a} ** 2 + {b} ** 2"


TEMPLATES = {
    "arithmetic_en": [en_apples, en_boxes, en_price, en_speed, en_share, en_percent, en_area, en_ages, en_pages, en_average],
    "arithmetic_ko": [ko_apples, ko_boxes, ko_price, ko_speed, ko_share, ko_percent, ko_area, ko_ages, ko_pages, ko_average],
    "arithmetic_plain": [plain_product, plain_brackets, plain_quotient, plain_sum, plain_squares],
}


def arithmetic(task, count=30):
    """Items of one template share a cluster: what a model can do with one it can often do with all."""
    rng, made, seen = random.Random(f"{SEED} {task}"), [], set()
    templates = TEMPLATES[task]
    while len(made) < count + 5:
        template = templates[len(made) % len(templates)]
        question, answer, working = template(rng)
        if question in seen or answer < 0:
            continue
        assert eval(working) == answer, working
        seen.add(question)
        kind = template.__name__.split("_")[1]
        made.append({"cluster": kind, "question": question, "answer": str(answer), "note": f"{working} = {answer}"})
    return {task: numbered(task, made[:count]), f"{task}_dev": numbered(f"{task}_dev", made[count:])}


def blocks(name):
    block = None
    for line in (HERE / name).read_text(encoding="utf-8").split("\n"):
        if line.startswith("#"):
            continue
        if line.startswith("= "):
            block = {"head": line[2:], "prompt": [], ":": [], ">": [], "|": []}
            yield block
        elif line[:1] in (":", ">", "|"):
            block[line[0]].append(line[2:])
        elif line:
            block["prompt"].append(line)


def constraint(line):
    kind, _, rest = line.partition(" ")
    number, _, texts = rest.partition(" ")
    return {"kind": kind, "number": int(number or 0), "texts": texts.split(" | ") if texts else []}


def instruction(task):
    import instructions

    made = []
    for block in list(blocks(f"{task}.txt")):
        item = {
            "name": block["head"],
            "prompt": "\n".join(block["prompt"]),
            "constraints": [constraint(line) for line in block[":"]],
            "example": "\n".join(block[">"]),
        }
        assert instructions.check(item, [item["example"]])["prompt_acc"] == 1.0, item
        assert instructions.check(item, [""])["prompt_acc"] == 0.0, item
        made.append(item)
    return {task: numbered(task, made)}


def code():
    made = {"code_en": [], "code_ko": []}
    for block in list(blocks("code.txt")):
        name, entry_point, language = block["head"].split(" | ")
        tests = [dict(zip(("arguments", "expected"), line.split(" => "))) for line in block[">"]]
        item = {
            "name": name,
            "entry_point": entry_point,
            "prompt": "\n".join(block["prompt"]),
            "tests": tests,
            "solution": "\n".join(block["|"]),
        }
        space = {}
        exec(item["solution"], space)
        for test in tests:
            got = space[entry_point](*ast.literal_eval(test["arguments"]))
            assert repr(got) == test["expected"], (name, test, got)
        made[f"code_{language}"].append(item)
    return {task: numbered(task, items) for task, items in made.items()}


def everything():
    files = {}
    for task in ("knowledge_en", "knowledge_ko", "korea_ko"):
        files |= knowledge(task)
    for task in ("reading_en", "reading_ko"):
        files |= reading(task)
    for task in TEMPLATES:
        files |= arithmetic(task)
    for task in ("instruction_en", "instruction_ko"):
        files |= instruction(task)
    return files | code()


def main():
    check, stale = "--check" in sys.argv, []
    for name, rows in everything().items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        path = DATA / f"{name}.jsonl"
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(path.name)
        else:
            DATA.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{len(rows):4} {path.name}")
    if stale:
        sys.exit("not as made: " + ", ".join(stale))


if __name__ == "__main__":
    main()
