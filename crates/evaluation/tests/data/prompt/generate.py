"""Asks lm-evaluation-harness for prompts and hashes and writes them to `golden.json.gz`, next to this file.

    pip install "lm-eval[api]==0.4.13"
    python generate.py

Every case is a task, its data and what a run decides. The tasks and the data were written for this project; they touch
every rule by which a document becomes a prompt.
"""

import gzip
import json
import os
import pathlib
import random
import tempfile

os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"

import datasets  # noqa: E402
from lm_eval.api.task import ConfigurableTask  # noqa: E402
from lm_eval.models.api_models import JsonChatStr  # noqa: E402
from lm_eval.utils import handle_non_serializable, hash_string  # noqa: E402

datasets.disable_progress_bars()

HERE = pathlib.Path(__file__).parent
WORDS = "강 산 바다 하늘 river stone cloud ember 구름 별 leaf 'quote' \"word\" back\\slash tab\tend 100% ½".split(" ")


def phrase(rnd, count):
    return " ".join(rnd.choice(WORDS) for _ in range(count))


def questions(seed, count):
    """Questions with four options, an index, a letter and a working."""
    rnd = random.Random(seed)
    rows = []
    for number in range(count):
        answer = rnd.randrange(4)
        rows.append({
            "id": number,
            "question": phrase(rnd, 5) + "?",
            "options": [phrase(rnd, 2) for _ in range(4)],
            "answer": answer,
            "letter": "ABCD"[answer],
            "working": f"{phrase(rnd, 3)} #### {rnd.randrange(1000)}",
            "topic": rnd.choice(["역사", "law", " space "]),
            "score": rnd.choice([0.5, 1e16, 1e-7, 3.0]),
            "flag": rnd.random() < 0.5,
            "note": rnd.choice([None, "a note\n"]),
            "nested": {"text": [phrase(rnd, 1) for _ in range(3)], "label": ["x", "y", "z"]},
            "aliases": [phrase(rnd, 1), phrase(rnd, 2)],
        })
    return rows


def blanks(seed, count):
    """Sentences with a gap that one of two words fills."""
    rnd = random.Random(seed)
    rows = []
    for _ in range(count):
        first, second = rnd.sample(["cat", "dog", "새", "곰"], 2)
        rows.append({"sentence": f"The _ {phrase(rnd, 2)}.", "one": first, "two": second, "answer": rnd.choice(["1", "2"])})
    return rows


SMALL = {"train": questions(1, 9), "validation": questions(2, 6), "test": questions(3, 7)}
LARGE = {"train": questions(4, 300), "test": questions(5, 8)}
TWINS = {"test": questions(6, 5) + questions(6, 5)[:4] + questions(6, 5)[:3]}
GAPS = {"train": blanks(7, 8), "test": blanks(8, 6)}

GENERATE = {
    "output_type": "generate_until",
    "training_split": "train",
    "test_split": "test",
    "doc_to_text": "Q: {{question}}\nA:",
    "doc_to_target": "{{working.split('####')[-1].strip()}}",
    "num_fewshot": 3,
}
CHOICE = {
    "output_type": "multiple_choice",
    "training_split": "train",
    "test_split": "test",
    "doc_to_text": "{{question}}\n{% for o in options %}{{loop.index}}. {{o}}\n{% endfor %}정답:",
    "doc_to_choice": "options",
    "doc_to_target": "answer",
    "num_fewshot": 2,
}
CHAT = {"apply_chat_template": True}
ONE_TURN = {"apply_chat_template": True, "fewshot_as_multiturn": False}
SYSTEM = {"system_instruction": "You are careful."}

CASES = [
    ("generate", GENERATE, SMALL, {}),
    ("generate_large_pool", {**GENERATE, "num_fewshot": 5}, LARGE, {}),
    ("generate_six_of_many", {**GENERATE, "num_fewshot": 6}, LARGE, {}),
    ("generate_no_shots", {**GENERATE, "num_fewshot": 0}, SMALL, {"num_fewshot": 4}),
    ("generate_overridden_shots", GENERATE, SMALL, {"num_fewshot": 1}),
    ("generate_seed", GENERATE, SMALL, {"seed": 42}),
    ("generate_chat", GENERATE, SMALL, CHAT),
    ("generate_one_turn", GENERATE, SMALL, ONE_TURN),
    ("generate_limit", GENERATE, LARGE, {"limit": 3}),
    ("generate_samples", GENERATE, LARGE, {"samples": [1, 4, 6]}),
    ("column_as_text", {**GENERATE, "doc_to_text": "question", "doc_to_target": "letter"}, SMALL, {}),
    ("description", {**GENERATE, "description": "The topic is {{topic}}.\n\n"}, SMALL, {}),
    ("description_column", {**GENERATE, "description": "topic"}, SMALL, SYSTEM),
    ("description_system", {**GENERATE, "description": "Answer:"}, SMALL, SYSTEM),
    ("description_system_chat", {**GENERATE, "description": "Answer."}, SMALL, {**CHAT, **SYSTEM}),
    ("description_system_one_turn", {**GENERATE, "description": "Answer."}, SMALL, {**ONE_TURN, **SYSTEM}),
    ("delimiters", {**GENERATE, "target_delimiter": "\n=> ", "fewshot_delimiter": "\n---\n"}, SMALL, SYSTEM),
    ("delimiters_one_turn", {**GENERATE, "target_delimiter": "\n=> ", "fewshot_delimiter": "\n---\n"}, SMALL, ONE_TURN),
    ("values", {
        **GENERATE,
        "doc_to_text": "{{score}} {{flag}} {{note}} {{nested}} {{options}} {{aliases[0]}} {{nested.text[1]}} {{id}}"
                       "{% if note is not none %}{{note}}{% endif %}",
        "doc_to_target": "{{nested.label.index('y')}} {{question | length}} {{options | join(';')}}",
    }, SMALL, {}),
    ("filters", {
        **GENERATE,
        "doc_to_text": "{{question | regex_replace('[aeiou]', '_')}} {{topic.strip() | capitalize}} {{working[:4]}}",
        "doc_to_target": "{{working.split('#### ')[1]}}",
    }, SMALL, {}),
    ("gen_prefix", {**GENERATE, "gen_prefix": "Let me think."}, SMALL, {}),
    ("gen_prefix_space", {**GENERATE, "gen_prefix": "So: "}, SMALL, {}),
    ("gen_prefix_template", {**GENERATE, "gen_prefix": "{{topic}}:"}, SMALL, CHAT),
    ("gen_prefix_one_turn", {**GENERATE, "gen_prefix": "Hm"}, SMALL, ONE_TURN),
    ("gen_prefix_no_shots", {**GENERATE, "gen_prefix": "Hm", "num_fewshot": 0}, SMALL, {**ONE_TURN, **SYSTEM}),
    ("gen_prefix_of_shots", {**GENERATE, "gen_prefix": "Hm", "fewshot_config": {"gen_prefix": "topic"}}, SMALL, {}),
    ("digits_stay_text", {**GENERATE, "doc_to_target": "{{id}}"}, SMALL, {}),
    ("list_literal_target", {**GENERATE, "doc_to_target": "{{aliases}}"}, SMALL, {}),
    ("bracket_target", {**GENERATE, "doc_to_target": "[{{letter}}]"}, SMALL, {}),
    ("list_target", {**GENERATE, "doc_to_target": "aliases"}, SMALL, {}),
    ("repeats_until", {**GENERATE, "repeats": 2, "generation_kwargs": {"until": ["\n"], "temperature": 0}}, SMALL, {}),
    ("samples_inline", {
        **GENERATE,
        "fewshot_config": {"sampler": "first_n", "samples": [
            {"question": "첫째?", "working": "#### 1"}, {"question": "둘째?", "working": "#### 2"},
            {"question": "셋째?", "working": "#### 3"}, {"question": "넷째?", "working": "#### 4"}]},
    }, SMALL, {}),
    ("samples_inline_drawn", {
        **GENERATE,
        "fewshot_config": {"samples": [{"question": f"q{i}", "working": f"#### {i}"} for i in range(5)]},
    }, SMALL, {}),
    ("shots_written_otherwise", {
        **GENERATE,
        "fewshot_config": {
            "split": "validation", "doc_to_text": "예: {{question}}", "doc_to_target": "working",
            "target_delimiter": " -> ", "fewshot_delimiter": "\n##\n",
        },
    }, SMALL, {}),
    ("first_n", {**GENERATE, "fewshot_config": {"sampler": "first_n"}}, SMALL, {}),
    ("first_n_same_split", {**GENERATE, "fewshot_split": "test", "fewshot_config": {"sampler": "first_n"}}, SMALL, {}),
    ("same_split", {**GENERATE, "fewshot_split": "test"}, SMALL, {}),
    ("same_split_large", {**GENERATE, "fewshot_split": "test", "test_split": "test", "num_fewshot": 5},
     {"train": [], "test": questions(9, 60)}, {"limit": 12}),
    ("twins", {**GENERATE, "training_split": None, "fewshot_split": "test", "num_fewshot": 4}, TWINS, {}),
    ("twins_chat", {**CHOICE, "training_split": None, "fewshot_split": "test", "num_fewshot": 4}, TWINS, CHAT),
    ("validation_only", {**GENERATE, "training_split": None, "test_split": None, "validation_split": "validation"},
     SMALL, {}),
    ("validation_shots", {**GENERATE, "training_split": None, "validation_split": "validation"}, SMALL, {}),
    ("test_shots", {**GENERATE, "training_split": None}, SMALL, {}),
    ("choice", CHOICE, SMALL, {}),
    ("choice_chat", CHOICE, SMALL, CHAT),
    ("choice_one_turn", CHOICE, SMALL, ONE_TURN),
    ("choice_prefix_chat", {**CHOICE, "gen_prefix": "답은"}, SMALL, CHAT),
    ("choice_prefix_space_chat", {**CHOICE, "gen_prefix": "답은 "}, SMALL, CHAT),
    ("choice_prefix", {**CHOICE, "gen_prefix": "답은"}, SMALL, {}),
    ("choice_template", {
        **CHOICE, "doc_to_choice": "{{[options[0], options[1], letter, topic]}}", "doc_to_target": "{{answer}}",
    }, SMALL, {}),
    ("choice_template_text", {**CHOICE, "doc_to_choice": "['A', 'B', \"C's\", 'D']"}, SMALL, {}),
    ("choice_list", {**CHOICE, "doc_to_choice": ["가", "나", "다", "라"], "target_delimiter": ""}, SMALL, {}),
    ("choice_dict", {**CHOICE, "doc_to_choice": {"a": "A", "b": "B", "c": "C", "d": "D"}}, SMALL, {}),
    ("choice_text_target", {**CHOICE, "doc_to_choice": ["A", "B", "C", "D"], "doc_to_target": "letter"}, SMALL, {}),
    ("choice_text_template", {**CHOICE, "doc_to_choice": ["A", "B", "C", "D"], "doc_to_target": "{{letter}}"}, SMALL, {}),
    ("choice_fixed_target", {**CHOICE, "doc_to_target": 0}, SMALL, {}),
    ("choice_nested", {**CHOICE, "doc_to_choice": "{{nested.text}}", "doc_to_target": "{{nested.label.index('z')}}"},
     SMALL, {}),
    ("choice_mutual", {
        **CHOICE, "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True},
                                  {"metric": "acc_mutual_info", "aggregation": "mean", "higher_is_better": True}],
    }, SMALL, {}),
    ("choice_many_targets", {**CHOICE, "doc_to_target": "{{[0, 2]}}", "num_fewshot": 0}, SMALL, {}),
    ("choice_generated", {**CHOICE, "output_type": "generate_until"}, SMALL, {}),
    ("inputs", {
        "output_type": "multiple_choice", "training_split": "train", "test_split": "test",
        "doc_to_text": "{{ {'1': 0, '2': 1}[answer] }}",
        "doc_to_choice": "{% set i = sentence.index('_') %}{{[one, two] | map('string') | list}}",
        "doc_to_target": "{% set i = sentence.index('_') + 1 %}{{sentence[i:].strip()}}",
        "num_fewshot": 0,
    }, GAPS, {}),
    ("inputs_shots", {
        "output_type": "multiple_choice", "training_split": "train", "test_split": "test",
        "doc_to_text": "{% if answer == '1' %}0{% else %}1{% endif %}",
        "doc_to_choice": "{{['The ' ~ one, 'The ' ~ two]}}",
        "doc_to_target": "{{sentence.split('_ ')[1]}}",
        "num_fewshot": 2,
    }, GAPS, {}),
    ("inputs_chat", {
        "output_type": "multiple_choice", "training_split": "train", "test_split": "test",
        "doc_to_text": "{% if answer == '1' %}0{% else %}1{% endif %}",
        "doc_to_choice": "{{['The ' ~ one, 'The ' ~ two]}}",
        "doc_to_target": "{{sentence.split('_ ')[1]}}",
        "num_fewshot": 2, "gen_prefix": "Well",
    }, GAPS, ONE_TURN),
    ("loglikelihood", {
        "output_type": "loglikelihood", "test_split": "test", "doc_to_text": "{{question.split(' ')[:-1] | join(' ')}}",
        "doc_to_target": "{{' ' ~ question.split(' ')[-1]}}",
    }, SMALL, {}),
    ("rolling", {
        "output_type": "loglikelihood_rolling", "test_split": "test", "doc_to_text": "", "doc_to_target": "question",
    }, SMALL, {}),
]


def load(config, data, folder):
    files = {}
    for split, rows in data.items():
        if rows:
            path = folder / f"{split}.json"
            path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
            files[split] = str(path)
    config = json.loads(json.dumps(config))
    return ConfigurableTask(config={
        **config, "dataset_path": "json", "dataset_kwargs": {"data_files": files, "cache_dir": str(folder / "cache")},
    })


def chat(messages, add_generation_prompt=True):
    return JsonChatStr(json.dumps(messages, ensure_ascii=False))


def text(argument):
    return argument.prompt if isinstance(argument, JsonChatStr) else argument


def ask(name, config, data, options):
    with tempfile.TemporaryDirectory() as folder:
        task = load({"task": name, **config}, data, pathlib.Path(folder))
        if options.get("num_fewshot") is not None and task.config.num_fewshot != 0:
            task.set_config("num_fewshot", options["num_fewshot"])
        if task.config.num_fewshot is None:
            task.set_config("num_fewshot", 0)
        task.set_fewshot_seed(options.get("seed", 1234))
        task.build_all_requests(
            limit=options.get("limit"),
            samples=options.get("samples"),
            system_instruction=options.get("system_instruction"),
            apply_chat_template=options.get("apply_chat_template", False),
            fewshot_as_multiturn=options.get("fewshot_as_multiturn", True),
            chat_template=chat if options.get("apply_chat_template") else None,
        )
        by_document = {}
        for instance in task.instances:
            by_document.setdefault(instance.doc_id, []).append(instance)
        items = []
        for place, (_, instances) in enumerate(sorted(by_document.items())):
            instances.sort(key=lambda instance: instance.idx)
            target = task.doc_to_target(instances[0].doc)
            document = json.dumps(instances[0].doc, indent=2, default=handle_non_serializable, ensure_ascii=False)
            requests = [[text(argument) for argument in instance.args] for instance in instances]
            items.append({
                "doc_id": options["samples"][place] if options.get("samples") else place,
                # Two in full, for people; of the rest the hash is enough.
                **({"requests": requests} if place < 2 else {}),
                "requests_hash": hash_string(json.dumps(requests, ensure_ascii=False)),
                "target": str(target),
                "doc_hash": hash_string(document),
                "prompt_hash": hash_string(instances[0].arguments[0]),
                "target_hash": hash_string(str(target)),
            })
        data = {split: [dict(row) for row in rows] for split, rows in task.dataset.items()}
        kinds = {"multiple_inputs": bool(task.multiple_input), "multiple_targets": bool(task.multiple_target)}
        return {"name": name, "config": config, "options": options, "data": data, **kinds, "items": items}


def main():
    cases, data = [], []
    for name, config, rows, options in CASES:
        made = ask(name, config, rows, options)
        rows = made.pop("data")
        if rows not in data:
            data.append(rows)
        cases.append({**made, "data": data.index(rows)})
    golden = {"data": data, "cases": cases}
    text = json.dumps(golden, ensure_ascii=False, indent=0) + "\n"
    (HERE / "golden.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    print(len(cases), "cases,", sum(len(case["items"]) for case in cases), "items")


if __name__ == "__main__":
    main()
