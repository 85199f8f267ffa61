"""Writes oracle.json.gz: what the hooks of an installed lm-evaluation-harness make of synthetic documents.

    python generate.py HASHES SQUAD_METRICS > oracle.json.gz

Run by hand, with the Python that has lm-eval 0.4.13 (and scikit-learn). HASHES holds lines "file<TAB>name<TAB>hash", the
file below lm_eval/tasks; a wrong hash is told by the test that reads it. SQUAD_METRICS is
transformers/data/metrics/squad_metrics.py of an unpacked transformers, which need not be installed. All documents here are
made up.
"""

import gzip
import importlib.util
import json
import random
import sys
import types
from pathlib import Path

import datasets
import lm_eval.tasks

datasets.disable_progress_bars()
OUT, sys.stdout = sys.stdout, sys.stderr  # some hooks print
TREE = Path(lm_eval.tasks.__file__).parent
RNG = random.Random(20261124)
MODULES = {}
GROUPS = []

# Hooks import what they do not need here; squad_metrics is the real one, without what it imports from its package.
lines = [line for line in open(sys.argv[2], encoding="utf-8") if not line.startswith("from ...")]
squad = types.ModuleType("transformers.data.metrics.squad_metrics")
exec("".join(lines).replace("logging.get_logger", "str"), squad.__dict__)
STUBS = {name: types.ModuleType(name) for name in ["jieba", "fuzzywuzzy", "rouge", "evaluate", "transformers", "transformers.data", "transformers.data.metrics"]}
STUBS["fuzzywuzzy"].fuzz = STUBS["rouge"].Rouge = STUBS["transformers"].AutoTokenizer = None
STUBS["transformers"].data, STUBS["transformers.data"].metrics = STUBS["transformers.data"], STUBS["transformers.data.metrics"]
STUBS["evaluate"].load = lambda name: types.SimpleNamespace(compute=lambda **kwargs: None)
STUBS["transformers.data.metrics"].squad_metrics = STUBS[squad.__name__] = squad

WORDS = (
    "강이 길다 하늘은 왜 파란가 다음 가운데 옳은 것은 서울 the a An river is long 42 3.5 isn't and or blue Sky état "
    "naïve -7 «quoted» ( paren ) it's 'x' \"y\" 100% [title] tail... e.g. U.S. 水 が ال كتاب"
).split()
BLANKS = [" ", " ", " ", "  ", "\n", " , "]


def text(most=8, least=0):
    words = []
    for _ in range(RNG.randint(least, most)):
        words += [RNG.choice(WORDS), RNG.choice(BLANKS)]
    return "".join(words) if RNG.random() < 0.3 else "".join(words).strip()


def some(most=8):
    return text(most, 1) or "x"


def pick(*among):
    return RNG.choice(among)


def function(file, name):
    if file not in MODULES:
        path = TREE / file
        spec = importlib.util.spec_from_file_location("hook_" + str(len(MODULES)), path)
        module = importlib.util.module_from_spec(spec)
        real = {name: sys.modules.pop(name, None) for name in STUBS}
        sys.modules.update(STUBS)
        spec.loader.exec_module(module)
        for stub, was in real.items():
            sys.modules.pop(stub)
            if was is not None:
                sys.modules[stub] = was
        MODULES[file] = module
    return getattr(MODULES[file], name)


def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    return "NaN" if value != value else value


def group(kind, file, name, inputs, call, **more):
    cases = []
    for given in inputs:
        case = {"in": plain(given)}
        try:
            case["out"] = plain(call(function(file, name), given))
        except Exception as fault:
            case["raises"] = type(fault).__name__
        cases.append(case)
    assert any("out" in case for case in cases), (file, name, cases[0])
    GROUPS.append({"kind": kind, "file": file, "name": name, "hash": HASHES.get((file, name), ""), **more, "cases": cases})


def field(file, name, docs):
    group("field", file, name, docs, lambda f, doc: f(json.loads(json.dumps(doc))))


def docs(file, name, rows):
    """Each case is a whole set of rows, so that filters are seen; lm-eval begins its random numbers with seed 0."""

    def call(f, rows):
        random.seed(0)
        return f(datasets.Dataset.from_list(rows)).to_list()

    group("docs", file, name, [rows], call)


def results(file, name, pairs):
    group("results", file, name, pairs, lambda f, pair: f(json.loads(json.dumps(pair[0])), pair[1]))


def aggregation(file, name, lists):
    group("aggregation", file, name, lists, lambda f, items: f([tuple(item) for item in items]))


def metric(file, name, pairs):
    group("metric", file, name, pairs, lambda f, pair: f(references=pair[0], predictions=pair[1]))


def samples(file, name):
    group("samples", file, name, [None], lambda f, _: f())


def filter_class(file, name, kwargs, pairs):
    """Each case is a document and its answers."""
    made = function(file, name)(**kwargs)
    group("filter", file, name, pairs, lambda _, pair: list(made.apply([pair[1]], [pair[0]]))[0], kwargs=kwargs)


def filter_function(file, name, pairs):
    group("filter", file, name, pairs, lambda f, pair: f([pair[1]], [pair[0]])[0], kwargs={})


HASHES = {}
for line in open(sys.argv[1], encoding="utf-8") if len(sys.argv) > 1 else []:
    where, what, digits = line.rstrip("\n").split("\t")
    HASHES[where, what] = digits


# ---- Documents of one subject ----

SUBJECTS = ["anatomy", "astronomy", "biology", "Anatomy", "business", "law", "", "anatomy "]
for file, name, column, values in [
    ("global_mmlu/full/ko/utils.py", "process_anatomy", "subject", SUBJECTS),
    ("global_mmlu/default/ko/utils.py", "process_social_sciences", "subject_category", ["Social Sciences", "STEM", "social sciences"]),
    ("global_mmlu/default/ko/utils.py", "process_stem", "subject_category", ["Social Sciences", "STEM", "stem"]),
    ("include/default/Albanian/utils.py", "process_arts_humanities", "domain", ["Arts & Humanities", "STEM", "Arts"]),
    ("openai-mmmlu/default/utils.py", "process_anatomy", "Subject", ["anatomy", "anatomy_test.csv_ko-KR.csv", "anatomy_test-ko.csv", "x", None]),
    ("mmlu_prox/ko/utils.py", "process_computer_science", "category", ["computer science", "computer_science", "law"]),
    ("mmlu_pro/utils.py", "process_law", "category", ["computer science", "law"]),
]:
    docs(file, name, [{"n": n, column: RNG.choice(values)} for n in range(24)])
for language in ["de", "es", "fr", "hi", "it", "pt", "th"]:
    subtasks = [f"mmlu_{language}_chat.anatomy", "anatomy", f"mmlu_{language}_chat.law", f"mmlu_{language}_chat.anatomy"]
    docs(f"llama3/instruct/mmlu_{language}/utils.py", "process_docs_anatomy", [{"n": n, "subtask_name": s} for n, s in enumerate(subtasks)])
docs("bigbench/utils.py", "filter_multiple_choice", [{"multiple_choice_targets": ["a"] * (n % 3)} for n in range(6)])
docs("eus_exams/utils.py", "process_docs", [{"answer": n % 6, "candidates": pick(["", "", "", ""], ["a", "", "", ""], ["a", "b", "c", "d"])} for n in range(24)])
docs("noreval/noropenbookqa/utils.py", "filter_dataset", [{"n": n, "fact": pick("", "x", " ")} for n in range(8)])

# ---- Rows with choices ----

docs("mmlusr/answer_only/utils.py", "process_docs", [
    {"question": some(), "choice1": pick(None, "", some()), "choice2": some(), "choice3": some(), "choice4": pick("", some()), "answer": pick(None, " a\n", "B")}
    for _ in range(8)
])
docs("tmmluplus/default/utils.py", "process_docs", [{"question": some(), "A": some(), "B": some(), "C": some(), "D": some(), "answer": pick(*"ABCD")} for _ in range(6)])
docs("tmlu/default/utils.py", "process_docs", [
    {"question": some(), "A": some(), "B": some(), "C": some(), "D": some(), "E": pick(None, "", some()), "F": None, "answer": pick(*"ABCD")} for _ in range(8)
])
docs("arabic_leaderboard_complete/arabic_leaderboard_avca/utils.py", "process_docs", [{"question": some(), "answer": pick("صح", "خطأ")} for _ in range(5)])
for tree in ["complete", "light"]:
    end = "" if tree == "complete" else "_light"
    docs(f"arabic_leaderboard_{tree}/arabic_leaderboard_arabic_mmlu{end}/utils.py", "process_docs", [
        {"subject": pick("a_b_c", "law"), "question": some(), "A": some(), "B": some(), "C": some(), "D": some(), "answer": pick(*"ABCD")} for _ in range(6)
    ])
docs("arabic_leaderboard_complete/arabic_leaderboard_alghafa/utils.py", "process_docs", [
    {"query": some(), "sol1": some(), "sol2": some(), "label": pick("0", "1"), "sol3": some()} for _ in range(6)
])
for dialect in ["EGY", "LEV"]:
    docs(f"aradice/ArabicMMLU/{dialect}/utils.py", "process_docs", [
        {
            "Subject": pick("Law", "Physics"), "Level": pick(None, "", "High", "Univ"), "Country": pick(None, "Egypt", "UAE"),
            "context": pick(None, "", some()), "question": some(), "Answer Key": pick("A", "B"),
            "options": {"A": some(), "B": some(), "C": pick(None, some()), "D": pick(None, some()), "E": None},
        }
        for _ in range(10)
    ])
docs("aradice/cultural-benchmark/utils.py", "process_docs", [{"Option A": some(), "Option B": some(), "Option C": some(), "q": 1} for _ in range(4)])

# ---- Worked answers ----

PROX = [
    {"question": text(), **{f"option_{n}": pick(None, some(3)) if n > 2 else some(3) for n in range(10)}, "cot_content": pick("A: x. ", "답: 한 단계씩 생각해 봅시다. ", "A: Let's think step by step. ") + text()}
    for _ in range(6)
]
for language in ["ko", "en", "ja"]:
    field(f"mmlu_prox/{language}/utils.py", "doc_to_text", PROX)
    field(f"mmlu_prox/{language}/utils.py", "fewshot_to_text", PROX)
PRO = [
    {"question": text(), "options": [some(3) for _ in range(RNG.choice([2, 4, 10, 12, 17]))], "cot_content": pick("A: Let's think step by step. ", "A: Let's think step by step.\n", "") + text() + " The answer is (B)." + pick("", " The answer is (C)")}
    for _ in range(12)
]
for file in ["mmlu_pro/utils.py", "mmlu-pro-plus/utils.py"]:
    field(file, "doc_to_text", PRO)
    field(file, "fewshot_to_target", PRO)
field("llama3/instruct/mmlu_pro/utils.py", "fewshot_to_text", PRO)

# ---- Prompts ----

AFRI = [{"subject": pick("a_b", "law"), "question": text(), "choices": repr([some(3) for _ in range(RNG.choice([3, 4, 4, 4, 5]))])} for _ in range(6)] + [{"subject": "x", "question": "y", "choices": "[1, 2.5, None, True]"}]
for way in ["direct", "translate"]:
    for number in range(1, 6):
        field(f"afrimmlu/{way}/prompt_{number}/utils.py", "doc_to_text", AFRI)
        field(f"afrimmlu/{way}/prompt_{number}/utils.py", "doc_to_choice", AFRI)
field("afrixnli/lai prompt/direct/utils.py", "doc_to_text", [{"premise": text(), "hypothesis": text()} for _ in range(4)])
for file in ["afrixnli/direct/prompt_1/utils.py", "afrixnli/anli prompt/en-direct/utils.py", "afrixnli/direct/prompt_5/utils.py"]:
    field(file, "doc_to_target", [{"label": n} for n in range(4)])
field("afrobench/masakhapos/prompt_1/utils.py", "doc_to_target", [{"upos": [RNG.randrange(18) for _ in range(5)]}, {"upos": []}, {"upos": [18]}])
field("paloma/paloma_utils.py", "doc_to_target", [{"text": text()}, {"text": 3.0}, {"text": None}])
field("noreval/nortruthfulqa/multiple_choice/nno/utils.py", "p0_nn", [{"question": text()} for _ in range(3)])
field("greekmmlu/utils.py", "doc_to_text", [{"question": text(), "subject": pick("Law", "nothing"), "choices": [some(3) for _ in range(n)]} for n in [2, 4, 5]])
field("greekmmlu/utils.py", "doc_to_choice", [{"choices": ["x"] * n} for n in range(6)])
for file, subject in [("darijammlu/utils.py", "subject_darija"), ("egymmlu/utils.py", "egy_subject")]:
    field(file, "doc_to_text", [{subject: some(2), "question": text(), "context": pick("", text()), "choices": [some(3) for _ in range(n)]} for n in [2, 3, 5, 6]])
    field(file, "doc_to_choice", [{"choices": ["x"] * n} for n in range(7)])
ARABIC = [
    {"Level": pick(None, "", "High", "Univ"), "Country": pick(None, "", "Egypt"), "Subject": pick("Law", "Math"), "Question": text(), "Context": pick(None, "", some()), "Option 1": some(2), "Option 2": some(2), "Option 3": pick(None, some(2)), "Option 4": pick("", some(2)), "Option 5": pick(None, some(2)), "is_few_shot": 0}
    for _ in range(10)
] + [{"Level": "Other"}]
field("arabicmmlu/utils.py", "doc_to_text", ARABIC)
field("arabicmmlu/utils.py", "doc_to_choice", ARABIC)
field("leaderboard/musr/utils.py", "doc_to_text", [{"narrative": text(), "question": text(), "choices": repr([some(2), "x"])} for _ in range(3)])

# ---- Agreement ----


def pairs(labels, count):
    return [[RNG.choice(labels), RNG.choice(labels)] for _ in range(count)]


PAIRS = [pairs([0, 1], 7), pairs([0, 1, 2, 3], 40), pairs(list(range(12)), 300), pairs(["b", "a", "강"], 25), [[1, 1]], [[0, 1]], [[1, 0], [2, 2], [0, 0]], pairs(list(range(200)), 900)]
for file, name in [
    ("afrimmlu/direct/prompt_1/utils.py", "weighted_f1_score"), ("aradice/ArabicMMLU/EGY/metrics.py", "micro_f1_score"),
    ("noreval/norec/utils.py", "multi_f1"), ("kobest/utils.py", "macro_f1_score"),
]:
    aggregation(file, name, PAIRS)
TAGS = ["PER: " + w + "$$LOC: " + v for w in ["Kim", "the U.S.", "A  Lee"] for v in ["Seoul", "서울.", ""]] + ["PER: a $ LOC: b", "x", "", "PER: Kim. LOC: the Seoul, ORG: a b", "DATE: 3   May\t2020"]
aggregation("afrobench/masakhaner/prompt_1/utils.py", "span_f1_agg", [pairs(TAGS, n) for n in [1, 5, 30]])
POS = ["NOUN", "VERB", "X"]
aggregation("afrobench/masakhapos/prompt_1/utils.py", "acc_score", [
    [[[RNG.choice(POS) for _ in range(4)], [[RNG.choice(POS) for _ in range(RNG.randint(1, 3))], [RNG.choice(POS)]]] for _ in range(6)],
])
aggregation("afrobench/afriqa/prompt_1/utils.py", "f1", [[[text(), text()] for _ in range(20)], [["the river", "a river"]], [["", ""]]])
ANSWERS = [[{"answers": [text(4) for _ in range(RNG.randint(1, 3))]}, [text(4)]] for _ in range(20)] + [[{"answers": ["the a"]}, ["an"]], [{"answers": []}, ["x"]]]
for language in ["ar", "en", "de", "es", "hi", "vi", "zh"]:
    results("mlqa/utils.py", f"process_results_{language}", ANSWERS + [[{"answers": ["الكتاب der Fluss của 水が流れる"]}, ["كتاب fluss là 水 が"]]])

# ---- Korean core sets ----

COPA = [{"premise": text(), "question": pick("원인", "결과", " 결과 ", "x"), "alternative_1": some(), "alternative_2": some(), "label": pick(0, 1)} for _ in range(8)]
for name in ["copa_doc_to_text", "copa_doc_to_target", "copa_doc_to_choice"]:
    field("kobest/utils.py", name, COPA)
field("kobest/utils.py", "sentineg_doc_to_text", [{"sentence": text()} for _ in range(3)])
field("kobest/utils.py", "wic_doc_to_text", [{"context_1": text(), "context_2": text(), "word": some(1)} for _ in range(3)])
docs("kobest/utils.py", "hellaswag_process_doc", [{"context": text(), **{f"ending_{n}": some() for n in range(1, 5)}, "label": pick(0, 3)} for _ in range(4)])
IDS = ["CSAT_korean_22_3", "CSAT_korean_23_34", "CSAT_korean_23_35", "CSAT_korean_20_11", "CSAT_korean_20_10", "CSAT_korean_21_2", "TK_4", "TK_5", "Kedu_16_1", "Kedu_15_2", "Kedu_1_3", "PSE_korean_2", "KHB_1", "Korean_History_2", "KIIP_economy_3", "Law_1", "PSAT_2", "politics_3", "Popular_4", "society_1", "TRADITION_9", "geography_2", "x"]
CLICK = [{"id": i, "question": pick("질문", "대화를 읽고", "발화 의도", "질의"), "paragraph": pick("", some()), "choices": ["가", "나", "다", "라"] + (["마"] if "CSAT" in i else []), "answer": pick("가", "라")} for i in IDS for _ in range(2)]
CLICK += [{"id": "CSAT_korean_20_11", "question": "q", "paragraph": None, "choices": ["가", "나", "다", "라", "마"], "answer": "마"}, {"id": "x", "question": "q", "paragraph": "", "choices": ["가", "나", "다"], "answer": "바"}, {"id": "x", "question": "q", "paragraph": "", "choices": ["가", "나", "다", "라", "마"], "answer": "마"}]
for name in ["get_context", "get_target", "get_choices"]:
    field("click/click_cul/utils.py", name, CLICK[::3] + CLICK[-3:])
for name in ["economy", "geography", "history", "law", "politics", "kpop", "society", "tradition"]:
    docs("click/click_cul/utils.py", f"extract_{name}", CLICK)
for name in ["text", "grammar", "function"]:
    docs("click/click_lang/utils.py", f"extract_{name}", CLICK)
docs("csatqa/utils.py", "process_docs", [{"context": text(), "question": text(), **{f"option#{n}": some(3) for n in range(1, 6)}, "gold": pick("1", "5")} for _ in range(4)])
MEDICAL = ["정답: B", "정답은 C 입니다", "A. 그리고 b.", "the e answer", "정답 d", "B", "가나다", "정답:A 정답: E", "Bd C", "ㄱA B가", ""]
filter_class("kormedmcqa/utils.py", "ExtractChoiceFilter", {}, [[{}, MEDICAL]])
MATH = [
    r"\boxed{42}", r"so $\boxed{x = \frac12}$.", r"\boxed{\frac{1}{2}} and \boxed{3", r"\fbox{7}", r"$x=5$ then $y = 6$", "the total is 12.5 km", "a = b = 3.", "no number", "", "$$", "$ $",
    r"$\frac34$", r"$\sqrt3$", r"\boxed{\sqrt2 + \sqrt{3}}", r"\boxed{0.5}", r"\boxed{.5}", r"\boxed{1/2}", r"\boxed{01/2}", r"\boxed{-1/2}", r"\boxed{ 3 }", r"\boxed{3.0}", r"\boxed{1e3}", r"\boxed{50\%}",
    r"\boxed{5 \text{ cm}}", r"\boxed{5 \text{ cm} \text{ x}}", r"\boxed{90^\circ}", r"\boxed{\left(1, 2\right)}", r"\boxed{\frac}", r"\boxed{\frac1}", r"\boxed{\sqrt}", r"\boxed{\dfrac{a}{b}}", r"\boxed{k=7}", r"\boxed{abc=7}",
    r"\boxed{1,000}", "$5$", "10 11a 12", "price $3.50", r"\boxed{\$5}", r"\boxed{ .5}", r"\boxed{a\\b}", r"\boxed{inf}", r"\boxed{NaN}", r"\boxed{1_000}", r"\boxed{}", r"\boxed 3$ x", "a=1\\nb", "= ", "답: 42\n", r"\boxed{답 = 3}", "٣ 4", r"\boxed{½}",
    r"\boxed{2/3/4}", r"\boxed{+1/2}", r"\boxed{1e400}", r"\boxed{\frac1{72}}", r"\boxed{\frac{72}1}", r"\boxed{x\!y}", r"\boxed{tfrac12}", r"$1$ $2 = 3$",
]
GOLD = ["42", "0.5", 3, 3.0, 7, "1/2", r"\frac{1}{2}", "12.5", 1000, r"\frac{3}{4}", r"\sqrt{3}", "5", "", None, "1,000", "-0.5", True, "=", "x = 5", "6"]
hrm = [[{"answer": gold, "question": " q "}, [told]] for told in MATH for gold in RNG.sample(GOLD, 7)]
hrm += [[{"answer": told}, [told]] for told in MATH]
results("hrm8k/default/utils.py", "process_results", hrm)
field("hrm8k/default/utils.py", "doc_to_target", [{"answer": gold} for gold in GOLD + MATH])
for file, column in [("hrm8k/default/utils.py", "question"), ("hrm8k/en/utils.py", "original")]:
    for name in ["doc_to_text", "doc_to_text_mmmlu"]:
        field(file, name, [{column: " \n" + text() + "\u3000"}, {"x": 1}, {column: None}])

# ---- Mathematics ----

SOLUTIONS = [told for told in MATH if "boxed" in told or "fbox" in told]
results("hendrycks_math/utils.py", "process_results", [[{"solution": s}, [t]] for s in SOLUTIONS for t in RNG.sample(MATH, 4) + ["$" + s[7:-1] + "$"]])
docs("hendrycks_math/utils.py", "process_docs", [{"problem": text(), "solution": s, "level": 1} for s in [r"\boxed{42}", r"x \boxed{a} \boxed{\frac{1}{2}}", r"\boxed 3$ x"]])
results("aime/utils.py", "process_results", [[{pick("answer", "Answer"): g}, [t]] for t in MATH for g in RNG.sample(["42", 7, "3", r"\frac{1}{2}", "0.5"], 2)])

# ---- Endings, sentences, blanks ----

MARKED = ["[header] go [title] on", "a  b   c", " [x] y", "ÉCOLE Dort", "it is [a] [b", "x [title]", "ǆ x", "ß", "İstanbul x", ""]
docs("french_bench/utils.py", "process_docs", [{"ctx_a": m, "ctx_b": RNG.choice(MARKED), "activity_label": some(2), "endings": RNG.sample(MARKED, 4), "label": pick("0", "3")} for m in MARKED])
docs("darijahellaswag/utils.py", "process_docs", [{"ctx": m, "activity_label": some(2), "endings": RNG.sample(MARKED, 4), "label": pick("0", "3")} for m in MARKED])
docs("histoires_morales/utils.py", "process_docs", [{k: RNG.choice(MARKED) for k in ["norm", "situation", "intention", "moral_action", "immoral_action"]} for _ in range(6)])
docs("okapi/arc_multilingual/utils.py", "process_docs", [
    {"id": str(n), "instruction": RNG.choice(MARKED), "option_a": "a ", "option_b": RNG.choice(MARKED), "option_c": some(2), "option_d": pick("", some(2)), "option_e": pick(None, "", "e"), "answer": pick(*"ABCDE")} for n in range(8)
])
docs("okapi/truthfulqa_multilingual/utils.py", "process_docs", [
    {"question": pick(None, *MARKED), "mc1_targets_choices": ["a", "b"], "mc2_targets_choices": ["a", "b", "c"], "mc2_targets_labels": [1, 0, 1], "z": 1} for _ in range(5)
])
docs("llama3/instruct/arc_challenge/utils.py", "process_docs", [
    {"question": some(), "choices": {"text": ["w", "x", "y", "z"][:n], "label": (["A", "B", "C", "D"] if n % 2 else ["1", "2", "3", "4"])[:n]}, "answerKey": pick("1", "4", "A", "D"), "n": n} for n in [3, 4, 4, 4, 4, 4]
])
GPQA = [{"Incorrect Answer 1": pick(None, *MARKED), "Incorrect Answer 2": some(3), "Incorrect Answer 3": pick("same", some(2)), "Correct Answer": pick("same", " a [title] b "), "n": n} for n in range(12)]
for file in ["gpqa/cot_n_shot/utils.py", "gpqa/zeroshot/utils.py", "gpqa/n_shot/utils.py", "leaderboard/gpqa/utils.py"]:
    docs(file, "process_docs", GPQA)
ETHICS = [{"activity": text(), "baseline": text()} for _ in range(12)]
field("hendrycks_ethics/utils.py", "doc_to_text", ETHICS)
field("hendrycks_ethics/utils.py", "doc_to_target", ETHICS)
PAIR = ["He did n't ( go ) .", "\" quoted \" text , ok !", "Ends;", "Élan ?", "x", " y . ", "It 's .", "what ,"]
docs("catalan_bench/utils.py", "process_doc_nli", [{"premise": a, "hypothesis": RNG.choice(PAIR), "n": 1} for a in PAIR])
docs("galician_bench/utils.py", "process_doc_nli", [{"sentence1": a, "sentence2": RNG.choice(PAIR), "gold_label": pick("entailment", "neutral", "contradiction")} for a in PAIR])
for file, name in [("paws-x/utils.py", "process_docs_paraphrases"), ("catalan_bench/utils.py", "process_docs_paraphrases"), ("galician_bench/utils.py", "process_docs_paws")]:
    docs(file, name, [{"sentence1": pick(None, "", a), "sentence2": pick("", *PAIR), "label": n} for n, a in enumerate(PAIR * 2)] + [{"sentence1": "A b.", "sentence2": "C d.", "label": 9}])
docs("galician_bench/utils.py", "process_docs_paraphrases", [{"Frase": pick(None, a), "Paráfrase": pick("", *PAIR), "Avaliación": n} for n, a in enumerate(PAIR * 2)] + [{"Frase": "A b.", "Paráfrase": "C d.", "Avaliación": 9}])
docs("catalan_bench/utils.py", "process_docs_copa_ca", [{"choice1": RNG.choice(PAIR), "choice2": "İx", "q": 1} for _ in range(3)])
ID = [{"premise": pick("Ia pergi. ", " x", "."), "question": pick("cause", "effect", "x"), "choice1": RNG.choice(PAIR), "choice2": pick("Y", "")} for _ in range(8)]
field("copal_id/utils.py", "doc_to_choice", ID)
field("copal_id/utils.py", "doc_to_text_id", ID)
docs("arithmetic/utils.py", "process_docs", [{"context": " Q: 1\n\nA: 2\n\n\nQ: x ", "completion": " 3"}])
BLANK = [{"sentence": pick("a _ b.", "_ x", "x _", "a _ b _ c", "none"), "option1": some(2), "option2": some(2), "answer": pick("1", "2", "3", "")} for _ in range(12)] + [{"sentence": "It was _.", "option1": "a", "option2": "b", "answer": "1"}]
for file in ["aradice/winogrande/utils.py", "xwinograd/utils.py", "icelandic_winogrande/preprocess_winogrande.py"]:
    for name in ["doc_to_text", "doc_to_target", "doc_to_choice"]:
        field(file, name, BLANK)
field("aradice/openbookqa/utils.py", "doc_to_text", [{"question": {"stem": " a \n"}}, {"question": {}}])
field("crows_pairs/utils.py", "doc_to_choice", [{"sent_more": "a", "sent_less": "b"}, {"sent_more": "a"}])
for direction in ["african-english", "english-african"]:
    reverse = direction == "english-african"
    mafand = [{"translation": t} for t in [{"en": "x", "swa": "y"}, {"fr": "x", "bam": "y"}, {"swa": "y", "en": "x"}, {"en": "x"}, {"en": "x", "xyz": "y"}, {"fr": "f", "en": "e", "hau": "h"}]]
    for number in [1, 3] if reverse else [1]:
        field(f"afrobench/mafand/prompt_{number}/{direction}/utils.py", f"create_{'reverse' if reverse else 'text'}_prompt_{number}", mafand)
    field(f"afrobench/mafand/prompt_1/{direction}/utils.py", "get_target_reverse" if reverse else "get_target", mafand)

# ---- Examinations ----

field("medmcqa/utils_medmcqa.py", "doc_to_text", [{"question": text(), "opa": some(2), "opb": "b", "opc": None, "opd": "d"}, {"question": None, "opa": 1, "opb": 1, "opc": 1, "opd": 1}])
field("pubmedqa/preprocess_pubmedqa.py", "doc_to_text", [{"CONTEXTS": [text(), text()], "QUESTION": text()}, {"CONTEXTS": [], "QUESTION": None}])
field("medqa/preprocess_medqa.py", "doc_to_text", [{"sent1": text(), **{f"ending{n}": some(2) for n in range(4)}}])
field("medqa/preprocess_medqa.py", "doc_to_target", [{"label": 2}, {}])
LOGIQA = [{"context": text(), "text": text(), "question": text(), "options": [some(2) for _ in range(n)], "label": pick("a", " b\n", "c", "e")} for n in [2, 4, 5]]
field("logiqa/utils_logiqa.py", "doc_to_text", LOGIQA)
field("logiqa/utils_logiqa.py", "doc_to_target", LOGIQA)
field("logiqa2/utils_logiqa2.py", "doc_to_text", LOGIQA)
for name in ["doc_to_text", "doc_to_choice"]:
    field("leaderboard/mmlu_pro/utils.py", name, [{"question": text(), "options": ["x"] * n} for n in [0, 3, 10, 26, 27]])
field("glue/mnli/utils.py", "doc_to_text", [{"premise": text(), "hypothesis": h} for h in ["a.", "a", " a. ", ""]])

# ---- Likelihoods ----


def weighed(count):
    return [[RNG.choice([-1.5, -2.25, -3.0, -0.1, -40.0, -7.7]), RNG.random() < 0.3] for _ in range(count)]


results("agieval/utils.py", "process_results_mcqa", [[{"gold": [RNG.randrange(4)], "choices": [pick("a", "가나다", "long one", "xy") for _ in range(4)]}, weighed(4)] for _ in range(20)])
results("agieval/utils.py", "process_results", [[{"answer": g}, [t]] for t in MATH for g in RNG.sample(["42", "7", r"\frac{1}{2}", "0.5", "$5$", "x", "1,000", r"\boxed{3}"], 4)])
MC2 = [[{"mc2_targets": {"labels": [1] * n + [0] * m}}, weighed(n + m)] for n in [1, 2, 5, 9] for m in [1, 3, 8]] + [[{"mc2_targets": {"labels": [1, 1]}}, weighed(2)]]
for file in ["okapi/truthfulqa_multilingual/utils.py", "truthfulqa-multi/utils.py", "galician_bench/utils.py"]:
    results(file, "process_results_mc2", MC2)
results("okapi/truthfulqa_multilingual/utils.py", "process_results_mc2", [[{"mc2_targets": {"labels": [RNG.randint(0, 1) for _ in range(12)]}}, weighed(12)] for _ in range(6)])
results("crows_pairs/utils.py", "process_results", [[{}, weighed(2)] for _ in range(5)] + [[{}, weighed(3)]])
BBQ = [
    [
        {
            "label": RNG.randrange(3), "context_condition": pick("ambig", "disambig"), "question_type": pick("pro-stereo", "anti-stereo", "other"), "question_polarity": pick("neg", "nonneg"),
            "answer_info": {f"ans{n}": ["x", pick("old", "M, old", "young", "F,  young ")] for n in range(3)}, "stereotyped_groups": pick(["old"], ["young", "x"], []),
        },
        weighed(pick(3, 5)),
    ]
    for _ in range(60)
]
results("cabbq/utils.py", "process_results", BBQ)
for name, width in [("acc_ambig_agg", 2), ("acc_disambig_agg", 2), ("bias_score_ambig_agg", 3), ("bias_score_disambig_agg", 4)]:
    aggregation("cabbq/utils.py", name, [[[RNG.randint(0, 1) for _ in range(width)] for _ in range(n)] for n in [1, 3, 25]] + [[[0] * width]])

# ---- Words ----

SQUAD = [text(4) for _ in range(12)] + ["the a", "", "The River!", "river"]
results("noreval/norquad/utils.py", "process_results", [[{"answers": {"text": [RNG.choice(SQUAD)]}}, [RNG.choice(SQUAD)]] for _ in range(30)] + [[{"answers": {"text": []}}, ["x"]]])
results("catalan_bench/utils.py", "process_results_qa", [[{"answers": [{"text": RNG.choice(SQUAD)}]}, [RNG.choice(SQUAD)]] for _ in range(30)])
results("longbench/metrics.py", "get_qa_f1_with_score", ANSWERS)
for name in ["exact", "f1"]:
    metric("french_bench/utils.py", name, [[[RNG.choice(SQUAD + ["la rivière", "une rivière"])], [RNG.choice(SQUAD + ["les rivière"])]] for _ in range(20)])
for language in ["ar", "bn", "en", "fi", "id", "ko", "ru", "sw", "te"]:
    results("tydiqa/utils.py", f"process_results_{language}", ANSWERS[:8] + [[{"answers": ["الكتاب the river를 水"]}, ["كتاب river를 水"]]])

# ---- Groups ----

for name, kind in [("age", "age"), ("autre", "autre"), ("disability", "disability"), ("gender", "gender"), ("nationality", "nationality"), ("appearance", "physical-appearance"), ("race_color", "race-color"), ("religion", "religion"), ("orientation", "sexual-orientation"), ("socio", "socioeconomic")]:
    docs("crows_pairs/utils.py", f"filter_{name}", [{"bias_type": b} for b in [kind, kind + "/x", "x" + kind, "", "age", "gender"]])
CATEGORIES = ["ao3_english", "ao3_nonenglish", "arxiv_cs", "arxiv_math", "arxiv_other", "arxiv_physics", "bbc_news", "biorxiv_all", "github_cpp", "github_javascript", "github_markdown", "github_other", "github_python", "wikipedia_english", "wikipedia_nonenglish"]
for name in CATEGORIES:
    docs("uncheatable_eval/uncheatable_eval_utils.py", f"filter_{name}", [{"category": c} for c in CATEGORIES])
for name in ["female", "male", "neutral"]:
    docs("winogender/utils.py", f"filter_{name}", [{"gender": g} for g in ["female", "male", "neutral", ""]])
for name in ["english", "french"]:
    docs("glianorex/preprocess_glianorex.py", f"filter_{name}", [{"language": g} for g in ["en", "fr", "en-US", "x"]])
for code, language in [("ar", "arabic"), ("bn", "bengali"), ("en", "english"), ("fi", "finnish"), ("id", "indonesian"), ("ko", "korean"), ("ru", "russian"), ("sw", "swahili"), ("te", "telugu")]:
    docs("tydiqa/utils.py", f"process_docs_{code}", [{"id": f"{l}-{n}", "title": "t", "context": "c", "question": "q", "answers": {"text": ["a", "b"], "answer_start": [1, 2]}} for n, l in enumerate([language, "korean", language, "x" + language])])
docs("mlqa/utils.py", "process_docs", [{"context": "c", "question": "q", "answers": {"text": ["a"], "answer_start": [1]}, "id": "1"}])

# ---- Filters ----

BBH = [
    [{"input": "Which?\nOptions:\n(A) the river\n(B) river (two)\n(C) x, y.\n"}, ["The answer is (B).", "river", "it is the river!", "Answer: C", "answer:   B and (", "nothing", "", "(A) or (C)", "X, Y", "x, y."]],
    [{"input": "Options:\n(A) 1.5\n(B) a|b\n"}, ["a|b", "1x5", "1.5", "(b)"]],
    [{"input": "none"}, ["(A)", "x: ", "x"]],
]
for kwargs in [
    {"regex_pattern": r"\(([A-Z])\)", "group_select": 0}, {"regex_pattern": r"(\([A-Z]\))", "group_select": -1, "ignore_case": True, "ignore_punctuation": True, "regexes_to_ignore": [r"\bthe\b"]},
    {"fallback": "none"}, {"regex_pattern": r"answer is \(([A-Z])\)|(river)", "ignore_case": True},
]:
    filter_class("bbh/cot_zeroshot/utils.py", "MultiChoiceRegexFilter", kwargs, BBH[:2] if "ignore_punctuation" in kwargs else BBH)
filter_class("bbh/cot_zeroshot/utils.py", "MapRegexFilter", {"regex_pattern_to_value": {r"\b(yes|valid)\b": "Yes", r"\bno\b": "No", "maybe": ""}, "ignore_case": True, "group_select": -1}, [[{}, ["Yes it is", "no", "NO, yes", "maybe", "x", "invalid valid"]]])
filter_class("bbh/cot_zeroshot/utils.py", "WordSortFilter", {}, [[{"input": "Sort. List: banana apple cherry"}, ["apple banana cherry", "banana, apple; cherry then apple banana cherry", "", "cherry apple", "applebanana"]]])
CODE = [[{"prompt": "def f():\n", "suffix": "\n# end"}, ["    return 1", "    return 1\n```\nmore ```", "```", ""]]]
filter_function("humaneval/utils.py", "build_predictions", CODE)
filter_function("humaneval/utils.py", "build_predictions_instruct", CODE)
filter_function("humaneval_infilling/utils.py", "build_predictions", CODE)
filter_function("mbpp/utils.py", "build_predictions", [[{}, ["python\nx = 1\n```\n", "\nx = 1\n``` and ```python\ny\n```", "x", "python\nx", "```python\na\n```", "py\na\n\n```", ""]]])
samples("mbpp/utils.py", "list_fewshot_samples")

# ---- Whole texts, spans ----

WIKI = [" = Title = \n He said , \" hello \" ; it 's 3 @.@ 5 – 10 @,@ 000 @-@ odd : ( a ) [ b ] { c } ' d ' s ' N ! ? . ", "= = x = =\n= = = y = = =", " 20 ° C  \n ( a (b ) c ) \"x\" y \" z", "", "한국어 , 글 . /' 5/ x"]
for file, column, name in [("wikitext/preprocess_wikitext.py", "page", "wikitext_detokenizer"), ("c4/preprocess_c4.py", "text", "c4_detokenizer"), ("french_bench/preprocess_wikitext.py", "paragraph", "wikitext_detokenizer")]:
    field(file, name, [{column: w} for w in WIKI])
    results(file, "process_results", [[{column: w}, [-12.5]] for w in WIKI])
DATES = [{"day": "", "month": "", "year": ""}, {"day": "3", "month": "May", "year": "1990"}, {"day": "", "month": "", "year": "1990"}]
docs("drop/utils.py", "process_docs", [
    {
        "query_id": str(n), "passage": "p", "question": "q", "section_id": "s",
        "answer": {"number": pick("", "5"), "date": RNG.choice(DATES), "spans": pick(["a", "b c"], ["d"])},
        "validated_answers": {"number": ["", "5", ""], "date": [RNG.choice(DATES) for _ in range(3)], "spans": [["d"], [], pick(["a", "b c"], ["e"])]},
    }
    for n in range(8)
])
SPANS = ["the 5 rivers", "5", "5.0", "five-year plan", "Kim Lee", "Lee", "a", "", "1,000", "1000 km", "U.S. Army", "army", "inf x", "1_0 y", "서울 강", "-3"]
results("drop/utils.py", "process_results", [[{"answers": [[RNG.choice(SPANS) for _ in range(RNG.randint(1, 4))] for _ in range(RNG.randint(1, 3))]}, [RNG.choice(SPANS) for _ in range(RNG.choice([1, 1, 1, 2, 3, 5]))]] for _ in range(120)])

# ---- Arabic, Norwegian, long contexts, more ----

for tree, end in [("complete", ""), ("light", "_light")]:
    base = f"arabic_leaderboard_{tree}/arabic_leaderboard_arabic_"
    docs(f"{base}exams{end}/utils.py", "process_docs", [{"subject": "a_b", "question": text(), "A": some(2), "B": "b", "C": "c", "D": "d", "answer": pick(*"ABCD")} for _ in range(3)])
    docs(f"{base}mt_boolq{end}/utils.py", "process_docs", [{"question": text(), "passage": text(), "answer": a} for a in [True, False]])
    docs(f"{base}mt_copa{end}/utils.py", "process_docs", [{"premise": text(), "choice1": some(2), "choice2": "b", "question": q, "label": 1} for q in ["cause", "effect"]])
    docs(f"{base}mt_hellaswag{end}/utils.py", "process_docs", [{"ctx": "a [b] c", "endings": repr(["x [y]", "z", "it's"]), "label": "2"}])
    docs(f"{base}mt_toxigen{end}/utils.py", "process_docs", [{"text": text(), "toxicity_ai": a, "toxicity_human": 3.0} for a in [1.0, 2.5, 4.0]])
field("toxigen/utils.py", "doc_to_target", [{"toxicity_ai": a, "toxicity_human": 3.0} for a in [1.0, 2.5, 4.0]])
for dialect in ["EGY", "ENG", "LEV", "MSA"]:
    docs(f"aradice/boolq/{dialect}/utils.py", "process_docs", [{"question": q, "answer": pick(True, False)} for q in [" a? ", "b؟", "c", "d ؟?"]])
    docs(f"aradice/boolq/{dialect}/utils.py", "process_docs", [{"question": q, "answer": pick("true", "false")} for q in [" a? ", "b"]])
NORWEGIAN = [{"question": text(), "mc1_targets": {"choices": [some(2) for _ in range(n)]}, "choices": {"text": [some(2) for _ in range(n)], "label": ["A", "B", "C"][:n]}} for n in [1, 2, 3]]
for language in ["nn", "nb"]:
    for number in range(1, 5):
        field(f"noreval/nortruthfulqa/multiple_choice/{'nno' if language == 'nn' else 'nob'}/utils.py", f"p{number}_{language}", NORWEGIAN)
        if number != 2:
            field(f"noreval/nrk_quiz_qa/{'nno' if language == 'nn' else 'nob'}/utils.py", f"p{number}_{language}", NORWEGIAN)
docs("noreval/norquad/utils.py", "process_docs", [{"context": c, "question": " a  b\n"} for c in ["T\n\nx\ny", " T ", "", "T \r\n x"]])
for number in range(5):
    field("noreval/norquad/utils.py", f"p{number}", [{"title": "t", "passage": text(), "question": text()}, {"title": "t"}])
CLASSES = ["river", "big river", "lake", "sea", "seaside", "가"]
results("longbench/metrics.py", "get_classification_with_score", [[{"answers": [RNG.choice(CLASSES)], "all_classes": CLASSES}, [" and ".join(RNG.sample(CLASSES, RNG.randint(1, 4)))]] for _ in range(40)])
results("longbench/metrics.py", "get_count_with_score", [[{"answers": ["5"]}, [t]] for t in ["5", "5 of 10", "no", "5 5 6", "05"]])
results("longbench/metrics.py", "get_retrieval_with_score", [[{"answers": [a]}, [t]] for t in ["5", "Paragraph 5 or 6", ""] for a in ["Paragraph 5", "x"]])
results("longbench/metrics.py", "get_retrieval_zh_with_score", [[{"answers": [a]}, [t]] for t in ["5", "段落5 6", ""] for a in ["段落5", "x"]])
results("babilong/common_utils.py", "process_results", [[d, [t]] for d in [{"target": " Garden "}, {}, {"target": "garden\nx"}] for t in ["the GARDEN.", "\x01garden\tx", "no"]])
aggregation("portuguese_bench/assin2_utils.py", "macro_f1", PAIRS)
aggregation("super_glue/cb/aggregate.py", "cb_multi_fi", PAIRS[:3] + [[[1, 1]], [[0, 2], [2, 2], [1, 0]]])
BOOK = [{"question": {"stem": "s", "choices": [{"text": "x", "label": "A"}, {"text": "y", "label": "B"}]}, "answerKey": k} for k in ["A", " B", "C", "B "]]
for name in ["doc_to_choice", "doc_to_target"]:
    field("aradice/openbookqa/utils.py", name, BOOK)
GLIANOREX = [{"question": text(), "options": {"A": "x", "B": None}, "answer_idx": "B"}]
for name in ["doc_to_text", "doc_to_target"]:
    field("glianorex/preprocess_glianorex.py", name, GLIANOREX)
EUS = [{"question": text(), "context": text(), "candidates": ["x"] * n} for n in [1, 2, 4]]
field("eus_trivia/utils.py", "doc_to_text", EUS)
field("eus_trivia/utils.py", "doc_to_choice", EUS)
field("eus_reading/utils.py", "doc_to_text_context", EUS)
field("mathqa/utils.py", "doc_to_choice", [{"options": o} for o in ["a ) 38 , b ) 27.675 , c ) 30 , d ) data , e ) none of these", "a ) 1 , b ) 2, 3 , c ) x , d ) y , e ) z ,", ""]])
docs("physics_gre/utils.py", "process_docs", [{"has_image": i, "input": " q ", "target_scores": {"a": s, "b": 1 - s}} for i in [True, False] for s in [0, 1]])
XCOPA = [{"premise": " P x. ", "question": q, "choice1": "Ab", "choice2": c} for q in ["cause", "effect", "x"] for c in ["Ć", ""]]
field("basque_bench/utils.py", "xcopa_doc_to_text", XCOPA)
field("basque_bench/utils.py", "xcopa_doc_to_choice", XCOPA)
docs("basque_bench/utils.py", "paws_process_docs", [{"sentence1": pick(None, "", a), "sentence2": pick("", *PAIR), "label": n} for n, a in enumerate(PAIR * 2)] + [{"sentence1": "A b.", "sentence2": "C d.", "label": 9}])

OUT.buffer.write(gzip.compress(json.dumps(GROUPS, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0))
