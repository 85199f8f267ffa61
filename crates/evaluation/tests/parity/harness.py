"""Runs lm-eval itself over synthetic documents and writes down what it asked and what it scored.

usage: harness.py OUT TASK_LIST

OUT/data/<set>/<configuration>/<split>.jsonl   the documents, made up from a seed
OUT/expected.json                              per task: every sample's hashes, answers and metrics, and the results

A document has the columns that the task's own templates and functions read. Their kinds are found by trying: a kind is
right when lm-eval can ask and score every document with it. The model is a made-up one whose answers come from a hash of
what it is asked, so nothing is downloaded and every run is the same.
"""

import hashlib
import json
import random
import re
import sys
from pathlib import Path

import datasets
import jinja2
import jinja2.meta
import yaml

DOCUMENTS = 6
TRIES = 60
SCHEMAS = Path(__file__).with_name("schemas.yaml")
WORDS = "river bridge seven lamp 서울 강 나무 학교 apple quiet 정답 봄 stone letter 3 12 바다 number music 별".split()
ENVIRONMENT = jinja2.Environment()


def digest(*parts):
    return hashlib.sha256("\x00".join(map(str, parts)).encode()).digest()


def sentence(rng, most=7):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, most)))


# Kinds of columns, the likeliest first.
KINDS = {
    "text": lambda rng: sentence(rng),
    "index": lambda rng: rng.randint(0, 3),
    "choices": lambda rng: [sentence(rng, 3) + f" {place}" for place in range(4)],
    "letter": lambda rng: rng.choice("ABCD"),
    "number": lambda rng: rng.randint(1, 900),
    "digit": lambda rng: str(rng.randint(1, 4)),
    "truth": lambda rng: rng.random() < 0.5,
    "labelled": lambda rng: {"text": [sentence(rng, 3) for _ in range(4)], "label": ["A", "B", "C", "D"]},
    "texts": lambda rng: [sentence(rng) for _ in range(2)],
    "literal": lambda rng: repr([sentence(rng, 3) for _ in range(4)]),
    "answers": lambda rng: {"text": [sentence(rng, 2)], "answer_start": [0]},
}
LIKELY = [
    (re.compile(r"choices|options|endings|candidates"), "choices"),
    (re.compile(r"^(label|gold|idx|answer_idx|answer_index|correct)$"), "index"),
    (re.compile(r"answers"), "answers"),
    (re.compile(r"answerkey|^answer$", re.I), "letter"),
]


def columns_of(config):
    """Every name that a template of the task reads."""
    names = set()

    def visit(value):
        if isinstance(value, str):
            try:
                names.update(jinja2.meta.find_undeclared_variables(ENVIRONMENT.parse(value)))
            except jinja2.TemplateError:
                pass
            if re.fullmatch(r"\w+", value):
                names.add(value)
        elif isinstance(value, dict):
            for each in value.values():
                visit(each)
        elif isinstance(value, list):
            for each in value:
                visit(each)

    fewshot = config.get("fewshot_config") or {}
    for key in ("doc_to_text", "doc_to_target", "doc_to_choice", "gen_prefix"):
        visit(config.get(key))
        visit(fewshot.get(key) if isinstance(fewshot, dict) else None)
    return sorted(names - {"range", "loop"})


class Documents:
    """Splits of a data set, made up. Stands in for `datasets.load_dataset`."""

    def __init__(self, task, kinds, splits, fixed):
        self.made = {}
        for split in splits:
            rng = random.Random(f"{task}/{split}")
            rows = [self.row(rng, place, kinds, fixed) for place in range(DOCUMENTS)]
            self.made[split] = rows

    @staticmethod
    def row(rng, place, kinds, fixed):
        row = {name: KINDS[kind](rng) for name, kind in kinds.items()}
        for name, values in fixed.items():
            row[name] = values[place % len(values)]
        return row

    def load(self):
        return datasets.DatasetDict({split: datasets.Dataset.from_list(rows) for split, rows in self.made.items()})


def model_class():
    from lm_eval.api.model import LM

    class MadeUp(LM):
        """Answers from a hash of what it is asked; half of its texts hold the target, in wordings that occur."""

        tokenizer_name = "none"

        def __init__(self):
            super().__init__()
            self.targets = {}

        def loglikelihood(self, requests):
            return [self.weigh(*request.args) for request in requests]

        def loglikelihood_rolling(self, requests):
            return [self.weigh("", request.args[0])[0] for request in requests]

        @staticmethod
        def weigh(context, continuation):
            lot = digest(context, continuation)
            return -(int.from_bytes(lot[:4], "big") % 100000) / 1000, lot[4] % 3 == 0

        def generate_until(self, requests):
            answers = []
            for request in requests:
                lot = digest(request.args[0], len(answers))
                target = self.targets.get(request.doc_id, sentence(random.Random(lot)))
                if isinstance(target, list):
                    target = target[0] if target else ""
                wordings = [f"{target}", f" {target}.", f"The answer is {target}.", f"정답은 {target}입니다.", f"#### {target}",
                            f"So the answer is ({target}).", sentence(random.Random(lot)), f"답: {target}\n\n", "", "$12,345.00 ... 7"]
                answers.append(wordings[lot[0] % len(wordings)])
            return answers

        def apply_chat_template(self, messages, add_generation_prompt=True):
            return json.dumps(messages, ensure_ascii=False)

    return MadeUp


def splits_of(config):
    fewshot = config.get("fewshot_config") or {}
    named = [config.get(key) for key in ("training_split", "validation_split", "test_split", "fewshot_split")]
    return [split for split in dict.fromkeys(named + [fewshot.get("split")]) if split]


def plain(value):
    """A value as JSON has it."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return str(value)


def run(name, manager, documents, chat):
    from lm_eval.evaluator import evaluate

    datasets.load_dataset = lambda *_args, **_kwargs: documents.load()
    loaded = manager.load([name])
    task = loaded["tasks"][name]
    task.set_fewshot_seed(seed=1234)
    if task.get_config("num_fewshot") is None:
        task.set_config(key="num_fewshot", value=0)
    model = model_class()()
    docs = list(task.eval_docs)
    if not docs:
        raise ValueError("no documents")
    model.targets = {place: task.doc_to_target(doc) for place, doc in enumerate(docs)}
    if task.get_config("doc_to_choice") is not None:
        for place, doc in enumerate(docs):
            target = model.targets[place]
            if isinstance(target, int):
                model.targets[place] = task.doc_to_choice(doc)[target]
    results = evaluate(lm=model, task_dict=loaded, bootstrap_iters=100, log_samples=True, apply_chat_template=chat,
                       fewshot_as_multiturn=chat, confirm_run_unsafe_code=True)
    samples = results["samples"][name]
    figures = {key: value for key, value in results["results"][name].items() if "," in key}
    return {
        "n_shot": results["n-shot"].get(name),
        "samples": [sample_of(sample) for sample in samples],
        "results": plain(figures),
    }


def sample_of(sample):
    told = {key: sample[key] for key in ("doc_id", "filter", "doc_hash", "prompt_hash", "target_hash")}
    told["arguments"] = [digest(*[json.dumps(plain(part), sort_keys=True, ensure_ascii=False) for part in arguments]).hex()
                         for arguments in sample["arguments"]]
    told["resps"] = plain(sample["resps"])
    told["metrics"] = {metric: plain(sample[metric]) for metric in sample["metrics"]}
    return told


def candidates(columns, schema):
    """Assignments of kinds to columns: what a schema says, then the likeliest, then others by lot."""
    open_columns = [name for name in columns if name not in schema]
    first = {}
    for name in open_columns:
        first[name] = next((kind for pattern, kind in LIKELY if pattern.search(name)), "text")
    yield first
    rng = random.Random(str(columns))
    for _ in range(TRIES if open_columns else 0):
        yield {name: first[name] if rng.random() < 0.5 else rng.choice(list(KINDS)) for name in open_columns}


def attempt(name, config, manager, chat):
    schemas = yaml.safe_load(SCHEMAS.read_text(encoding="utf-8")) or {}
    schema = schemas.get(config.get("dataset_path"), {})
    schema = schema.get(name, schema) if isinstance(schema.get(name), dict) else schema
    kinds_said = {column: kind for column, kind in schema.items() if isinstance(kind, str)}
    fixed = {column: values for column, values in schema.items() if isinstance(values, list)}
    columns = [name for name in columns_of(config) if name not in fixed]
    reason = None
    for kinds in candidates(columns, kinds_said):
        kinds = {**kinds, **kinds_said}
        documents = Documents(config.get("dataset_path"), kinds, splits_of(config), fixed)
        try:
            return run(name, manager, documents, chat), documents
        except Exception as error:  # noqa: BLE001: whatever lm-eval raises, this assignment is wrong
            reason = reason or f"{type(error).__name__}: {error}"
    raise ValueError(reason)


def main():
    out, tasks = Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8").split()
    import logging

    logging.disable(logging.CRITICAL)
    datasets.disable_progress_bars()
    from lm_eval.tasks import TaskManager
    from lm_eval.tasks._yaml_loader import load_yaml

    manager = TaskManager()
    told = {}
    for name in tasks:
        try:
            config = load_yaml(manager._index[name].yaml_path, resolve_func=False)
            expected, documents = attempt(name, config, manager, chat=False)
            expected["dataset_path"], expected["dataset_name"] = config.get("dataset_path"), config.get("dataset_name")
            told[name] = expected
            write(out / "data" / name, documents)
        except Exception as error:  # noqa: BLE001
            told[name] = {"skipped": f"{type(error).__name__}: {error}"[:300]}
    (out / "expected.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    asked = [name for name, each in told.items() if "skipped" not in each]
    print(f"{len(asked)} of {len(tasks)} tasks asked and scored by lm-eval")


def write(folder, documents):
    """Each task has its own documents, so that tasks of one set do not overwrite each other's."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, rows in documents.made.items():
        with open(folder / f"{split}.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


if __name__ == "__main__":
    main()
