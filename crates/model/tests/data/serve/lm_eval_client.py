"""lm-eval against the server: `python lm_eval_client.py ADDRESS FOLDER`.

Three tasks of our own (multiple choice, rolling perplexity, generation) are asked through `local-completions` in several
ways, which must all agree to the last digit, and through `local-chat-completions`. Every log-likelihood is held against
one worked out here from plain requests.
"""

import json
import sys
from pathlib import Path

import requests
from lm_eval import simple_evaluate
from lm_eval.tasks import TaskManager

ADDRESS, FOLDER = sys.argv[1], Path(sys.argv[2])
ITEMS = [
    {"question": "질문: 어느 도시가 수도인가?", "choices": ["서울", "부산", "뷁"], "answer": 0},
    {"question": "question: which city is the capital?", "choices": ["the city on the river", "seven"], "answer": 0},
    {"question": "셋에 넷을 더하면", "choices": ["일곱이다", "셋이다"], "answer": 0},
    {"question": "three and four make", "choices": ["three", "seven", "four and four"], "answer": 1},
]
TEXTS = [{"text": "대한민국의 수도는 서울이다. " * 12}, {"text": "the capital of the country"}, {"text": "뷁 쀍 \U0001f600"}]

TASKS = {
    "serve_choice": """
task: serve_choice
dataset_path: json
dataset_kwargs: {data_files: {test: ITEMS_FILE}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{question}}"
doc_to_choice: "{{choices}}"
doc_to_target: "{{answer}}"
metric_list: [{metric: acc}]
""",
    "serve_rolling": """
task: serve_rolling
dataset_path: json
dataset_kwargs: {data_files: {test: TEXTS_FILE}}
test_split: test
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{text}}"
metric_list: [{metric: bits_per_byte}]
""",
    "serve_generate": """
task: serve_generate
dataset_path: json
dataset_kwargs: {data_files: {test: ITEMS_FILE}}
test_split: test
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "{{choices[answer]}}"
generation_kwargs: {until: ["\\n\\n", "없는 말"], max_gen_toks: 12, temperature: 0}
metric_list: [{metric: exact_match}]
""",
}


def write_tasks():
    for name, rows in {"ITEMS_FILE": ITEMS, "TEXTS_FILE": TEXTS}.items():
        path = FOLDER / f"{name}.json"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        for task in TASKS:
            TASKS[task] = TASKS[task].replace(name, str(path))
    folder = FOLDER / "tasks"
    folder.mkdir()
    for task, text in TASKS.items():
        (folder / f"{task}.yaml").write_text(text)
    return TaskManager(include_path=str(folder), include_defaults=False)


def measure(manager, tasks, model="local-completions", path="/v1/completions", **args):
    args = {"model": "tiny", "base_url": ADDRESS + path, "max_length": 200, "num_concurrent": 1, **args}
    found = simple_evaluate(
        model=model, model_args=args, tasks=tasks, task_manager=manager, log_samples=True, bootstrap_iters=0,
        apply_chat_template=model == "local-chat-completions",
    )
    return {task: [sample["resps"] for sample in sorted(samples, key=lambda sample: sample["doc_id"])]
            for task, samples in found["samples"].items()}


def post(path, **body):
    answer = requests.post(ADDRESS + path, json=body, timeout=120)
    answer.raise_for_status()
    return answer.json()


def tokens(text):
    return post("/tokenize", prompt=text, add_special_tokens=False)["tokens"]


def score(context, continuation):
    """The log-likelihood of token ids after others, from one plain request."""
    answer = post("/v1/completions", prompt=context + continuation, max_tokens=0, echo=True, logprobs=1)
    logprobs = answer["choices"][0]["logprobs"]
    return sum(logprobs["token_logprobs"][len(context):])


def check_choices(samples):
    for item, responses in zip(ITEMS, samples):
        for choice, response in zip(item["choices"], responses):
            context, whole = tokens(item["question"]), tokens(f"{item['question']} {choice}")
            expected = score(context, whole[len(context):])
            found = response[0][0] if isinstance(response[0], (list, tuple)) else response[0]
            assert abs(found - expected) < 1e-9, (item, choice, found, expected)
            assert found < 0


def check_rolling(samples):
    border = tokens("<|endoftext|>")
    for row, responses in zip(TEXTS, samples):
        ids = tokens(row["text"])
        if len(ids) > 190:
            continue
        found = responses[0]
        while isinstance(found, (list, tuple)):
            found = found[0]
        assert abs(found - score(border, ids)) < 1e-9, (row, found)


def main():
    manager = write_tasks()
    base = measure(manager, list(TASKS))
    check_choices(base["serve_choice"])
    check_rolling(base["serve_rolling"])
    likelihoods = ["serve_choice", "serve_rolling"]
    for args in [{"batch_size": 4}, {"num_concurrent": 8}]:
        again = measure(manager, likelihoods, **args)
        for task in likelihoods:
            assert again[task] == base[task], (args, task, again[task], base[task])
    # As text, windows of a rolling likelihood would be cut into other tokens; whole questions are not.
    again = measure(manager, ["serve_choice"], tokenized_requests=False)
    assert again["serve_choice"] == base["serve_choice"]
    again = measure(manager, ["serve_generate"], num_concurrent=4)
    assert again["serve_generate"] == base["serve_generate"]
    chat = measure(manager, ["serve_generate"], model="local-chat-completions", path="/v1/chat/completions")
    assert len(chat["serve_generate"]) == len(ITEMS)
    print(f"lm-eval: {sum(map(len, base['serve_choice']))} choices, {len(TEXTS)} texts and {len(ITEMS)} answers agree")


main()
