"""Runs the whole task set in lm-eval with two models that are no models: one that is always right, one that never is.

    python3 source/check_in_lm_eval.py      # needs lm-eval

Every task has to load, render and score there: 1 for the first, 0 for the second. The working directory is changed to the
task folder, for lm-eval looks for data files there.
"""

import os
import pathlib
import sys

TASKS = pathlib.Path(__file__).resolve().parent.parent
os.chdir(TASKS)
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")

from lm_eval import simple_evaluate
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager


def right_answer(doc):
    korean = any("가" <= c <= "힣" for c in str(doc))
    cue = "정답" if korean else "Answer"
    if "letter" in doc:
        return f"A와 B를 견주어 본다.\n{cue}: {doc['letter']}"
    if "constraints" in doc:
        return doc["example"]
    if "solution" in doc:
        return f"Here it is.\n```python\n{doc['solution']}\n```\nDone."
    return f"1 + 1 = 2\n{cue}: {int(doc['answer']):,}"


class Known(LM):
    def __init__(self, right):
        super().__init__()
        self.right = right

    def generate_until(self, requests, disable_tqdm=False):
        # An empty answer keeps no instruction; the other one names no letter and no number.
        never = ["" if "constraints" in r.doc else "잘 모르겠습니다" for r in requests]
        return [right_answer(r.doc) for r in requests] if self.right else never

    def loglikelihood(self, requests, disable_tqdm=False):
        def weigh(request):
            gold = "ABCDE"[request.doc["answer"]]
            hit = request.arguments[1].strip() == gold
            return (-1.0 if hit == self.right else -2.0, False)

        return [weigh(r) for r in requests]

    def loglikelihood_rolling(self, requests, disable_tqdm=False):
        raise NotImplementedError


def main():
    manager = TaskManager(include_path=str(TASKS), include_defaults=False)
    names = ["daepyo_core", "daepyo_choice_ll", "daepyo_coding"]
    faults = 0
    for right in (True, False):
        found = simple_evaluate(
            Known(right), tasks=names, task_manager=manager, bootstrap_iters=0, confirm_run_unsafe_code=True, verbosity="ERROR"
        )
        for task, metrics in sorted(found["results"].items()):
            told = {key: value for key, value in metrics.items() if isinstance(value, float) and "stderr" not in key}
            size = len(found["samples"].get(task, []))
            wrong = {key: value for key, value in told.items() if value != float(right)}
            faults += len(wrong)
            print(("right" if right else "wrong"), task, size, told, "FAULT" if wrong else "")
    sys.exit(f"{faults} scores are not as they have to be" if faults else 0)


if __name__ == "__main__":
    main()
