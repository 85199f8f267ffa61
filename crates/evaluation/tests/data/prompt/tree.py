"""Asks lm-evaluation-harness for the prompts of its own task tree over made-up rows, and writes them to the file named.

    python tree.py golden.json
    DAEPYO_TREE_GOLDEN=golden.json cargo test -p evaluation --test evaluation tree

Tasks whose prompts need no Python are taken, one for each set of templates that differs. Rows are made up from what the
templates do with a column: a text, a list, a dictionary. Tasks for which no such row works in lm-eval itself are left out.
The result has other people's task texts in it and is not kept.
"""

import json
import logging
import os
import random
import sys

os.environ["HF_DATASETS_OFFLINE"] = "1"
logging.disable(logging.CRITICAL)

import datasets  # noqa: E402
from jinja2 import nodes  # noqa: E402
from lm_eval import utils  # noqa: E402
from lm_eval.api.task import ConfigurableTask  # noqa: E402
from lm_eval.tasks import _yaml_loader  # noqa: E402

import generate  # noqa: E402

FUNCTION = "!function "
_yaml_loader._mk_function_ctor = lambda base, resolve: lambda loader, node: FUNCTION + loader.construct_scalar(node)
from lm_eval.tasks import TaskManager  # noqa: E402

FIELDS = ["output_type", "training_split", "validation_split", "test_split", "fewshot_split", "doc_to_text",
          "doc_to_target", "doc_to_choice", "description", "target_delimiter", "fewshot_delimiter", "fewshot_config",
          "gen_prefix", "num_fewshot", "repeats"]
TEXT_METHODS = {"strip", "lstrip", "rstrip", "split", "replace", "capitalize", "lower", "upper", "title", "startswith"}


class Shape:
    """What is known of a value from how templates use it."""

    def __init__(self):
        self.keys, self.items, self.text, self.number, self.among = {}, None, False, False, []

    def key(self, name):
        return self.keys.setdefault(name, Shape())

    def item(self):
        self.items = self.items or Shape()
        return self.items

    def make(self, rnd, depth=0):
        if self.among:
            return rnd.choice(self.among)
        if self.keys:
            return {name: shape.make(rnd, depth + 1) for name, shape in self.keys.items()}
        if self.items and not self.text:
            return [self.items.make(rnd, depth + 1) for _ in range(6)]
        if self.number:
            return rnd.randrange(3)
        return generate.phrase(rnd, 3)


def shape_of(node, scope):
    """The shape behind an expression, where it leads to a column."""
    if isinstance(node, nodes.Name):
        return scope.setdefault(node.name, Shape())
    if isinstance(node, nodes.Getattr):
        inner = shape_of(node.node, scope)
        return inner and inner.key(node.attr)
    if isinstance(node, nodes.Getitem):
        inner = shape_of(node.node, scope)
        if inner is None or isinstance(node.arg, nodes.Slice):
            return inner
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return inner.key(node.arg.value)
        index = shape_of(node.arg, scope)
        if index:
            index.number = True
        return inner.item()
    return None


def look(node, scope):
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
        owner = shape_of(node.node.node, scope)
        if owner and node.node.attr in TEXT_METHODS:
            owner.text = True
        elif owner and node.node.attr == "index":
            owner.item()
        if node.node.attr == "index" and isinstance(node.node.node, nodes.List) and node.args:
            place = shape_of(node.args[0], scope)
            if place:
                place.among = [item.value for item in node.node.node.items if isinstance(item, nodes.Const)]
        for child in node.args:
            look(child, scope)
        return
    if isinstance(node, nodes.For):
        inner = shape_of(node.iter, scope)
        scope = dict(scope)
        if inner and isinstance(node.target, nodes.Name):
            scope[node.target.name] = inner.item()
    if isinstance(node, nodes.Assign):
        scope[node.target.name] = Shape()
    if isinstance(node, nodes.Filter) and node.name in ("join", "map", "list"):
        inner = shape_of(node.node, scope)
        if inner:
            inner.item()
    if isinstance(node, (nodes.Name, nodes.Getattr, nodes.Getitem)):
        shape_of(node, scope)
    for child in node.iter_child_nodes():
        look(child, scope)


def templates(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from templates(inner)


def columns(config):
    scope = {}
    for name in ["doc_to_text", "doc_to_target", "doc_to_choice", "description", "gen_prefix", "fewshot_config"]:
        for source in templates(config.get(name)):
            if "{" in source:
                look(utils.env.parse(source), scope)
            elif source.isidentifier() and name in ("doc_to_text", "doc_to_target", "doc_to_choice"):
                shape = scope.setdefault(source, Shape())
                if name == "doc_to_choice":
                    shape.item()
                if name == "doc_to_target" and config["output_type"] == "multiple_choice":
                    shape.number = True
    for name in ("range", "loop", "true", "false", "none"):
        scope.pop(name, None)
    return scope


def rows(scope, seed, count, numbers):
    rnd = random.Random(seed)
    made = []
    for _ in range(count):
        row = {name: shape.make(rnd) for name, shape in scope.items()}
        for name in numbers:
            row[name] = rnd.randrange(2)
        made.append(row)
    return made


def ask(name, config, options):
    scope = columns(config)
    splits = {config.get(f"{split}_split") for split in ("training", "validation", "test", "fewshot")}
    splits |= {(config.get("fewshot_config") or {}).get("split")}
    plain = [column for column, shape in scope.items() if not (shape.keys or shape.items or shape.text or shape.among)]
    for numbers in [[]] + [[column] for column in plain] + [plain]:
        data = {split: rows(scope, f"{name}{split}", 14, numbers) for split in sorted(filter(None, splits))}
        sets = datasets.DatasetDict({split: datasets.Dataset.from_list(given) for split, given in data.items()})
        datasets.load_dataset = lambda *args, **kwargs: sets
        generate.load = lambda config, data, folder: ConfigurableTask(config={**config, "dataset_path": "json"})
        try:
            return generate.ask(name, config, data, options)
        except Exception as fault:
            last = fault
    raise last


def main():
    index = TaskManager().task_index
    seen, cases, data, faults = set(), [], [], {}
    for name, entry in sorted(index.items()):
        if entry.cfg is None or "task" not in entry.cfg or not isinstance(entry.cfg.get("task"), str) or entry.yaml_path is None:
            continue
        loaded = _yaml_loader.load_yaml(entry.yaml_path, resolve_func=False)
        config = {key: loaded[key] for key in FIELDS if loaded.get(key) is not None}
        config.setdefault("output_type", "generate_until")
        shown = json.dumps([config, loaded.get("process_docs"), loaded.get("doc_to_image")], sort_keys=True)
        if FUNCTION in shown or loaded.get("doc_to_image") or "class" in loaded or shown in seen:
            continue
        seen.add(shown)
        number = len(cases)
        options = [{}, {"num_fewshot": 2}, {"num_fewshot": 2, "apply_chat_template": True},
                   {"num_fewshot": 2, "apply_chat_template": True, "fewshot_as_multiturn": False}][number % 4]
        try:
            case = ask(name, config, {**options, "limit": 3})
        except Exception as fault:
            faults[name] = f"{type(fault).__name__}: {fault}"[:160]
            continue
        given = case.pop("data")
        data.append(given)
        cases.append({**case, "data": len(data) - 1})
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump({"data": data, "cases": cases}, file, ensure_ascii=False)
    print(len(seen), "sets of templates,", len(cases), "asked,", len(faults), "left out")
    for name, fault in list(faults.items())[:30]:
        print(" ", name, fault)


if __name__ == "__main__":
    main()
