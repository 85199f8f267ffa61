"""Writes golden.json: synthetic documents and answers, and what lm-eval 0.4.13 makes of them.

Run with an environment that has lm-eval 0.4.13, numpy, scikit-learn and sacrebleu 2.6:

    python generate.py > golden.json

Every case goes through the real classes: ConfigurableTask with its filters, process_results, and the aggregation with
its standard errors (2,000 draws). All texts are made here from a seeded generator; nothing is taken from a data set.
"""

import io
import json
import os
import random
import sys
from contextlib import redirect_stdout, redirect_stderr

os.environ["DISABLE_MULTIPROC"] = "1"

import datasets
from lm_eval.api.task import ConfigurableTask
from lm_eval.evaluator_utils import _compute_task_aggregations

DRAWS = 2000
WORDS = "강 산 바다 나무 the river runs, down to 3.5 seas; don't stop - it's 1,000 km. 빛과 그림자 \"yes\" no? (maybe) A&B x".split()


def text(rnd, low, high):
    return " ".join(rnd.choice(WORDS) for _ in range(rnd.randint(low, high)))


def near(rnd, words):
    """A text a few edits and shifts away."""
    words = words.split()
    for _ in range(rnd.randint(0, 4)):
        if not words:
            break
        kind, place = rnd.randint(0, 3), rnd.randrange(len(words))
        if kind == 0:
            words.pop(place)
        elif kind == 1:
            words.insert(place, rnd.choice(WORDS))
        elif kind == 2:
            words[place] = rnd.choice(WORDS)
        else:
            at = rnd.randrange(len(words))
            words[at:at], words[place : place + 3] = words[place : place + 3], []
    return " ".join(words)


def plain(value):
    """Values of numpy and tuples as JSON knows them."""
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def run(name, config, docs, answers):
    """`answers`: for every document a list of requests, each a list of repeats."""
    full = {
        "task": name,
        "dataset_path": "synthetic",
        "test_split": "test",
        "doc_to_text": "text",
        "doc_to_target": "target",
        "custom_dataset": lambda **_: {"test": datasets.Dataset.from_list(docs)},
        **config,
    }
    task = ConfigurableTask(config=full)
    task._instances = []
    expected, items = {}, []
    for doc_id, doc in enumerate(task.eval_docs):
        made = task.construct_requests(doc, "" if not task.multiple_input else [""] * task.multiple_input, metadata=(name, doc_id, 1))
        made = made if isinstance(made, list) else [made]
        assert len(made) == len(answers[doc_id]), name
        for instance, repeats in zip(made, answers[doc_id]):
            instance.resps = [tuple(r) if isinstance(r, list) else r for r in repeats]
            instance.doc_id = doc_id
        task._instances.extend(made)
        choices = task.doc_to_choice(doc) if full.get("doc_to_choice") else None
        seen = {key: value for key, value in docs[doc_id].items() if key in ("text", "choices")}
        items.append({"doc": seen, "target": task.doc_to_target(doc), "choices": choices, "answers": answers[doc_id]})
    task.apply_filters()
    raw = {}
    samples = []
    for pipeline in task.instances[0].filtered_resps:
        for doc_id, doc in enumerate(task.eval_docs):
            requests = [i for i in task.instances if i.doc_id == doc_id]
            results = [i.filtered_resps[pipeline] for i in requests]
            scores = task.process_results(doc, results)
            # A log-likelihood goes through the filters as it is.
            filtered = plain(results) if task.OUTPUT_TYPE == "generate_until" else []
            samples.append({"doc_id": doc_id, "filter": pipeline, "filtered": filtered, "scores": plain(scores)})
            for metric, value in scores.items():
                raw.setdefault((metric, pipeline), []).append(value)
    aggregated, effective = _compute_task_aggregations(task, raw, DRAWS)
    shown = {key: value for key, value in full.items() if key not in ("custom_dataset", "task")}
    return {
        "name": name,
        "config": shown,
        "items": items,
        "samples": samples,
        "aggregated": plain(aggregated),
        "effective": effective,
    }


def choices(rnd, name, count, metrics, n=40, targets="int", extra=None, double=False):
    docs, answers = [], []
    for index in range(n):
        options = [text(rnd, 1, 4) for _ in range(count)]
        gold = rnd.randrange(count)
        target = {"int": gold, "text": options[gold], "many": sorted({gold, rnd.randrange(count)})}[targets]
        if targets == "int" and count > 2 and index % 11 == 3:
            target = count + 2
        if targets == "text" and index % 11 == 3:
            target = "none of them"
        docs.append({"text": f"q{index}", "options": options, "target": target})
        sums = [-rnd.uniform(0.5, 30.0) for _ in range(count * (2 if double else 1))]
        if index % 7 == 0:
            sums[1] = sums[0]
        answers.append([[[value, rnd.random() < 0.4]] for value in sums])
    config = {
        "output_type": "multiple_choice",
        "doc_to_choice": "options",
        "metric_list": [{"metric": metric} for metric in metrics],
        **(extra or {}),
    }
    return run(name, config, docs, answers)


def several_inputs(rnd):
    docs, answers = [], []
    for index in range(20):
        docs.append({"text": rnd.randrange(2), "options": [text(rnd, 2, 5), text(rnd, 2, 5)], "target": text(rnd, 1, 3)})
        answers.append([[[-rnd.uniform(0.5, 9.0), bool(rnd.randrange(2))]] for _ in range(2)])
    config = {
        "output_type": "multiple_choice",
        "doc_to_choice": "options",
        "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}],
    }
    return run("several_inputs", config, docs, answers)


def likelihood(rnd):
    docs = [{"text": f"q{i}", "target": text(rnd, 1, 5)} for i in range(30)]
    answers = [[[[-rnd.uniform(0.1, 12.0), rnd.random() < 0.5]]] for _ in docs]
    return run("likelihood", {"output_type": "loglikelihood"}, docs, answers)


def rolling(rnd):
    docs = [{"text": "", "target": text(rnd, 5, 40) + rnd.choice(["", "\n", "  끝"])} for _ in range(25)]
    answers = [[[-rnd.uniform(20.0, 400.0)]] for _ in docs]
    return run("rolling", {"output_type": "loglikelihood_rolling"}, docs, answers)


def generated(name, config, docs, texts):
    config = {"output_type": "generate_until", **config}
    return run(name, config, docs, [[repeats] for repeats in texts])


def arithmetic(rnd):
    docs, texts = [], []
    for index in range(40):
        gold = rnd.choice([str(rnd.randrange(100)), f"{rnd.randrange(1, 9)},{rnd.randrange(100, 999)}", f"${rnd.randrange(50)}."])
        docs.append({"text": f"q{index}", "target": f"so it is {rnd.randrange(9)}\n#### {gold}"})
        other = str(rnd.randrange(100))
        texts.append(
            [
                rnd.choice(
                    [
                        f"It is {gold}.\n#### {gold}",
                        f"The answer is {gold}.",
                        f"#### {other} and #### {gold}",
                        f"답은 {other} 또는 {gold} 입니다",
                        "I cannot say",
                        "",
                        f"  #### {gold}  \n\n",
                    ]
                )
            ]
        )
    config = {
        "metric_list": [
            {
                "metric": "exact_match",
                "ignore_case": True,
                "ignore_punctuation": False,
                "regexes_to_ignore": [",", "\\$", "(?s).*#### ", "\\.$"],
            }
        ],
        "filter_list": [
            {"name": "strict", "filter": [{"function": "regex", "regex_pattern": "#### (\\-?[0-9\\.\\,]+)"}, {"function": "take_first"}]},
            {
                "name": "flexible",
                "filter": [
                    {"function": "regex", "group_select": -1, "regex_pattern": "(-?[$0-9.,]{2,})|(-?[0-9]+)"},
                    {"function": "take_first"},
                ],
            },
            {"name": "none", "filter": [{"function": "take_first"}]},
        ],
    }
    return generated("arithmetic", config, docs, texts)


def repeated(rnd):
    docs = [{"text": f"q{i}", "target": rnd.choice("abc")} for i in range(20)]
    texts = [[f" {rnd.choice('abcABC')}{rnd.choice(['', '!', '7'])} " for _ in range(5)] for _ in docs]
    metric = {"metric": "exact_match", "ignore_case": True, "ignore_punctuation": True, "ignore_numbers": True}
    config = {
        "repeats": 5,
        "metric_list": [metric],
        "filter_list": [
            {"name": "first", "filter": [{"function": "remove_whitespace"}, {"function": "take_first"}]},
            {
                "name": "vote",
                "filter": [
                    {"function": "remove_whitespace"},
                    {"function": "lowercase"},
                    {"function": "majority_vote"},
                    {"function": "take_first"},
                ],
            },
            {
                "name": "vote of three",
                "filter": [
                    {"function": "take_first_k", "k": 3},
                    {"function": "uppercase"},
                    {"function": "remove_whitespace"},
                    {"function": "majority_vote"},
                    {"function": "take_first"},
                ],
            },
            {"name": "all", "filter": [{"function": "remove_whitespace"}]},
            {"name": "letters", "filter": [{"function": "remove_whitespace"}, {"function": "take_first"}, {"function": "take_first"}]},
        ],
    }
    return generated("repeated", config, docs, texts)


def targets(rnd):
    many = [{"text": "", "target": [rnd.choice("abcd") for _ in range(rnd.randint(1, 3))]} for _ in range(20)]
    texts = [[rnd.choice(["a", "b", "A", "zz"])] for _ in many]
    metric = {"metric": "exact_match", "ignore_case": True}
    yield generated("several_targets", {"metric_list": [metric]}, many, texts)
    numbers = [{"text": "", "target": rnd.randrange(4)} for _ in range(20)]
    yield generated("number_target", {}, numbers, [[rnd.choice("0123")] for _ in numbers])
    truths = [{"text": "", "target": bool(rnd.randrange(2))} for _ in range(12)]
    yield generated("truth_target", {}, truths, [[rnd.choice(["True", "False", "true"])] for _ in truths])
    picked = [{"text": "", "options": ["가", "나", "다"], "target": rnd.randrange(3)} for _ in range(20)]
    yield generated("choice_target", {"doc_to_choice": "options"}, picked, [[rnd.choice("가나다")] for _ in picked])
    mapped = [{"text": "", "target": rnd.randrange(3)} for _ in range(20)]
    config = {
        "metric_list": [{"metric": "exact_match"}, {"metric": "bypass"}],
        "filter_list": [
            {
                "name": "mapped",
                "filter": [
                    {"function": "regex", "regex_pattern": "\\b([ABC])\\b"},
                    {"function": "map", "mapping_dict": {"A": 0, "B": 1, "C": 2}, "default_value": -1},
                    {"function": "take_first"},
                ],
            }
        ],
    }
    yield generated("mapped", config, mapped, [[rnd.choice(["A", "is B.", "(C)", "nothing"])] for _ in mapped])


def options(rnd):
    docs, texts = [], []
    lists = [["Guilty", "Guilty of Romance", "Not guilty!"], ["한국", "일본", "중국", "한국인"], ["x-1", "y.2", "z (3)", "w"]]
    for index in range(36):
        listed = lists[index % 3]
        letter = rnd.randrange(len(listed))
        docs.append({"text": "", "choices": listed, "target": f"({chr(65 + letter)})"})
        said = listed[letter]
        texts.append(
            [
                rnd.choice(
                    [
                        f"So the answer is ({chr(65 + letter)}).",
                        f"I think {said}, surely.",
                        f"I think {said.upper()}",
                        f"Answer: {chr(65 + letter)}",
                        f"Answer:\n {chr(65 + letter)}) {said[:3]}",
                        "none",
                    ]
                )
            ]
        )
    step = {"function": "multi_choice_regex", "regex_pattern": "(\\([A-Z]\\))"}
    loose = {"ignore_case": True, "ignore_punctuation": True, "regexes_to_ignore": ["\\s+$"]}
    config = {
        "metric_list": [{"metric": "exact_match"}],
        "filter_list": [
            {"name": "strict", "filter": [step, {"function": "take_first"}]},
            {"name": "loose", "filter": [{**step, **loose, "group_select": -1}, {"function": "take_first"}]},
        ],
    }
    return generated("options", config, docs, texts)


def entities(rnd):
    said = [
        "Person: Kim, Lee\nLocation: none",
        "PER: 김구 $$ loc: Seoul, Busan $$ ORG: None",
        "Date : 1945 $$",
        "nothing here",
        "organization: A person: B$$$ time: now",
        "people: none\npersons: A$",
    ]
    docs = [{"text": "", "target": "per: kim"} for _ in said]
    config = {
        "metric_list": [{"metric": "exact_match"}],
        "filter_list": [{"name": "spans", "filter": [{"function": "format_span"}, {"function": "take_first"}]}],
    }
    yield generated("entities", config, docs, [[one] for one in said])
    tagged = ["[('the', 'DET'), ('dog', 'NOUN')]", "no tags", "('가', 'X')", "('a', 'B'), ('c, 'D')"]
    docs = [{"text": "", "target": "DET"} for _ in tagged]
    config = {
        "metric_list": [{"metric": "exact_match"}],
        "filter_list": [{"name": "tags", "filter": [{"function": "regex_pos"}, {"function": "take_first"}]}],
    }
    yield generated("tags", config, docs, [[one] for one in tagged])


def translated(rnd):
    measures = [{"metric": metric} for metric in ("bleu", "chrf", "chrf++", "ter")]
    docs = [{"text": "", "target": text(rnd, 0, 25)} for _ in range(40)]
    texts = [[near(rnd, doc["target"])] for doc in docs]
    texts[0], texts[1] = [""], ["<skipped>&quot;x&amp;y&quot; 3-4 a-\nb\u00a0c"]
    yield generated("translated", {"metric_list": measures}, docs, texts)
    long = [{"text": "", "target": text(rnd, 60, 120)} for _ in range(4)]
    shifted = [[near(rnd, near(rnd, near(rnd, doc["target"])))] for doc in long]
    yield generated("translated_long", {"metric_list": measures}, long, shifted)
    few = lambda low, high: " ".join(rnd.choice("abcdef") for _ in range(rnd.randint(low, high)))
    mixed = [{"text": "", "target": few(0, 12)} for _ in range(40)]
    mixed_up = [[rnd.choice([few(0, 12), " ".join(rnd.sample(doc["target"].split(), len(doc["target"].split())))])] for doc in mixed]
    yield generated("translated_mixed", {"metric_list": measures}, mixed, mixed_up)
    poor = [{"text": "", "target": "one two"} for _ in range(3)]
    yield generated("translated_poorly", {"metric_list": measures}, poor, [["one"], ["zwei drei"], ["two one"]])


def averaged(rnd):
    docs = [{"text": f"q{i}", "target": text(rnd, 1, 2)} for i in range(31)]
    answers = [[[[-rnd.uniform(0.1, 12.0), rnd.random() < 0.5]]] for _ in docs]
    for aggregation in ("median", "nanmean"):
        config = {
            "output_type": "loglikelihood",
            "metric_list": [
                {"metric": "perplexity", "aggregation": aggregation, "higher_is_better": True},
                {"metric": "acc", "aggregation": aggregation},
            ],
        }
        yield run(aggregation, config, docs, answers)


def main():
    rnd = random.Random(20261124)
    cases = [
        choices(rnd, "two_choices", 2, ["acc", "acc_norm", "acc_bytes", "f1", "mcc", "exact_match", "brier_score"]),
        choices(rnd, "four_choices", 4, ["acc", "acc_norm", "acc_bytes", "mcc", "exact_match"]),
        choices(rnd, "text_targets", 3, ["acc", "acc_norm", "exact_match"], targets="text"),
        choices(rnd, "several_right", 4, ["acc", "acc_norm", "acc_bytes", "exact_match"], targets="many"),
        choices(rnd, "mutual_information", 3, ["acc", "acc_mutual_info"], double=True),
        choices(rnd, "default_metrics", 3, [], extra={"metric_list": None}),
        several_inputs(rnd),
        likelihood(rnd),
        rolling(rnd),
        arithmetic(rnd),
        repeated(rnd),
        *targets(rnd),
        options(rnd),
        *entities(rnd),
        *translated(rnd),
        *averaged(rnd),
    ]
    return {"lm_eval": "0.4.13", "draws": DRAWS, "cases": cases}


if __name__ == "__main__":
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        golden = main()
    json.dump(golden, sys.stdout, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
