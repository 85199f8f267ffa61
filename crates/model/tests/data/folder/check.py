"""Loads a folder as anybody would, with transformers alone, and says what it sees.

    python check.py FOLDER QUESTION

QUESTION is a file of JSON: `texts`, a list of texts; `ids`, a list of token ids. The answer on standard output is JSON:
`architecture`; `ids`, the tokens of each text; `decoded`, these as text again; `chat`, a conversation of one question as
the template writes it; `logits`, one row for each of the given ids; `missing` and `unexpected`, the tensors that did not
fit; `generation`, what the model would do of itself when it generates.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, question = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))
tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
model, seen = AutoModelForCausalLM.from_pretrained(
    folder, local_files_only=True, dtype=torch.float32, output_loading_info=True
)
model.eval()
ids = [tokenizer(text, add_special_tokens=True)["input_ids"] for text in question["texts"]]
chat = None
if tokenizer.chat_template:
    turn = [{"role": "user", "content": "hello"}]
    chat = tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
with torch.no_grad():
    logits = model(torch.tensor([question["ids"]])).logits[0]
json.dump(
    {
        "architecture": type(model).__name__,
        "ids": ids,
        "decoded": [tokenizer.decode(one) for one in ids],
        "chat": chat,
        "logits": logits.tolist(),
        "missing": sorted(seen["missing_keys"]),
        "unexpected": sorted(seen["unexpected_keys"]),
        "generation": model.generation_config.to_diff_dict(),
        "eos": tokenizer.eos_token,
    },
    sys.stdout,
)
