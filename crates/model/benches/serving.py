"""The peer of `serving.rs`: `python serving.py FOLDER BATCH PROMPT WRITTEN WRITES` prints wall and CPU seconds.

transformers' own `generate` (eager, with its cache) where WRITES is 1, one forward pass with log-softmax of every row
where it is 0.
"""

import sys
import time

import torch
from transformers import AutoModelForCausalLM

folder, (batch, prompt, written, writes) = sys.argv[1], map(int, sys.argv[2:])
torch.set_num_threads(1)
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
ids = torch.tensor([[(row * 977 + at * 131) % 8000 + 3 for at in range(prompt)] for row in range(batch)])


def write(count):
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=count, min_new_tokens=count, do_sample=False,
        eos_token_id=None, pad_token_id=0,
    )
    assert out.shape == (batch, prompt + count)


def score():
    logprobs = model(ids, use_cache=False).logits[:, :-1].log_softmax(-1)
    own = logprobs.gather(-1, ids[:, 1:, None])
    top = logprobs.topk(1, -1)
    assert own.shape == top.values.shape == (batch, prompt - 1, 1)


with torch.inference_mode():
    write(4) if writes else score()
    wall, cpu = time.perf_counter(), time.process_time()
    write(written) if writes else score()
    print(time.perf_counter() - wall, time.process_time() - cpu)
