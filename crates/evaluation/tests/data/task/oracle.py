"""Writes what PyYAML and lm-eval's TaskManager make of a folder, as JSON, for the differential tests.

    python oracle.py yaml FOLDER OUT     every *.yaml as PyYAML loads it
    python oracle.py tasks FOLDER OUT    names, groups, tags, and every task's resolved configuration

Functions are not imported: they are written as {"!function": "file:name"}. No data set is opened.
"""

import dataclasses
import json
import sys
from pathlib import Path

import yaml


class Named:
    """Stands in for a function: it can be called, so that it counts as one, and knows where it is."""

    def __init__(self, file, name):
        self.file, self.name = str(file), name
        self.__name__ = name

    def __call__(self, *_args, **_kwargs):
        raise RuntimeError("not a real function")

    def __deepcopy__(self, _memo):
        return self


def plain(value):
    if isinstance(value, Named):
        return {"!function": f"{value.file}:{value.name}"}
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else {"float": repr(float(value))}
    if isinstance(value, float):
        return {"float": repr(value)}
    return str(value)


def read_yaml(folder, out):
    class Loader(yaml.CSafeLoader):
        pass

    yaml.add_constructor("!function", lambda loader, node: {"!spec": loader.construct_scalar(node)}, Loader=Loader)
    with open(out, "w", encoding="utf-8") as file:
        for path in sorted(Path(folder).glob("**/*.yaml"), key=lambda p: p.as_posix()):
            row = {"file": str(path)}
            try:
                row["tree"] = plain(yaml.load(path.open("rb"), Loader=Loader))
            except Exception as fault:  # noqa: BLE001
                row["fault"] = f"{type(fault).__name__}: {fault}"
            file.write(json.dumps(row) + "\n")


def read_tasks(folder, out):
    import importlib.util
    import logging

    logging.disable(logging.CRITICAL)
    from lm_eval.api import task as api_task
    from lm_eval.config.task import TaskConfig
    from lm_eval.tasks import TaskManager, _factory, _yaml_loader

    def named(qual, base_dir):
        module, _, name = qual.rpartition(".")
        beside = (base_dir / f"{module.replace('.', '/')}.py").resolve()
        if not beside.exists() and "." in module:
            found = importlib.util.find_spec(module)
            return Named(found.origin, name) if found else Named(beside, name)
        return Named(beside, name)

    def init(self, data_dir=None, cache_dir=None, download_mode=None, config=None):
        self._config = TaskConfig(**config)

    _yaml_loader._import_func_in_yml = named
    api_task.ConfigurableTask.__init__ = init
    manager = TaskManager(include_path=folder, include_defaults=False)
    with open(out, "w", encoding="utf-8") as file:
        names = {"tasks": manager.all_subtasks, "groups": manager.all_groups, "tags": manager.all_tags}
        names["classes"] = sorted(n for n, e in manager.task_index.items() if e.kind.name == "PY_TASK")
        file.write(json.dumps(names) + "\n")
        for name in manager.all_tasks:
            row = {"name": name}
            try:
                if manager.task_index[name].kind.name == "PY_TASK":
                    row["class"] = True
                else:
                    loaded = manager.load(name)
                    row["group_map"] = loaded["group_map"]
                    row["groups"] = {
                        key: {
                            "alias": group.alias,
                            "aggregate": plain(group.aggregate_metric_list),
                            "metadata": plain(group.metadata),
                        }
                        for key, group in loaded["groups"].items()
                    }
                    tasks = {key: plain(task._config) for key, task in loaded["tasks"].items()}
                    # A task that stands alone is written once; in a group only what the group made of it.
                    row["tasks"] = tasks
            except Exception as fault:  # noqa: BLE001
                row["fault"] = f"{type(fault).__name__}: {fault}"
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    {"yaml": read_yaml, "tasks": read_tasks}[sys.argv[1]](sys.argv[2], sys.argv[3])
