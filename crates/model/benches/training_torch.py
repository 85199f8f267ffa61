"""Forward and backward of the model of `training.rs` in PyTorch, one thread, eager or compiled.

    python training_torch.py eager|compile

Measures once for every line it reads, and prints a line of JSON. The graph is that of Qwen3: RMSNorm, grouped-query
attention with norms of queries and keys, rotated halves, SwiGLU, tied embeddings; attention is PyTorch's own
`scaled_dot_product_attention`.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

VOCAB, WIDTH, LAYERS, HEADS, KV_HEADS, SIZE, HIDDEN, LENGTH, ROWS = 8192, 256, 6, 4, 2, 64, 768, 256, 16


def rotate(x, cosine, sine):
    first, second = x.chunk(2, -1)
    return x * cosine + torch.cat((-second, first), -1) * sine


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention_norm = nn.RMSNorm(WIDTH, 1e-6)
        self.projections = nn.Linear(WIDTH, (HEADS + 2 * KV_HEADS) * SIZE, bias=False)
        self.query_norm = nn.RMSNorm(SIZE, 1e-6)
        self.key_norm = nn.RMSNorm(SIZE, 1e-6)
        self.output = nn.Linear(HEADS * SIZE, WIDTH, bias=False)
        self.feed_forward_norm = nn.RMSNorm(WIDTH, 1e-6)
        self.gate_up = nn.Linear(WIDTH, 2 * HIDDEN, bias=False)
        self.down = nn.Linear(HIDDEN, WIDTH, bias=False)

    def forward(self, x, cosine, sine):
        projected = self.projections(self.attention_norm(x)).view(ROWS, LENGTH, HEADS + 2 * KV_HEADS, SIZE)
        query, key, value = projected.transpose(1, 2).split((HEADS, KV_HEADS, KV_HEADS), 1)
        query, key = rotate(self.query_norm(query), cosine, sine), rotate(self.key_norm(key), cosine, sine)
        key, value = (part.repeat_interleave(HEADS // KV_HEADS, 1) for part in (key, value))
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.output(mixed.transpose(1, 2).reshape(ROWS, LENGTH, HEADS * SIZE))
        gate, up = self.gate_up(self.feed_forward_norm(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.RMSNorm(WIDTH, 1e-6)
        angles = torch.outer(torch.arange(LENGTH), 10000.0 ** -(torch.arange(0, SIZE, 2) / SIZE)).repeat(1, 2)
        self.register_buffer("cosine", angles.cos())
        self.register_buffer("sine", angles.sin())
        for name, parameter in self.named_parameters():
            if "norm" not in name:
                writes = name.endswith(("output.weight", "down.weight"))
                nn.init.normal_(parameter, std=0.02 / (2 * LAYERS) ** 0.5 if writes else 0.02)

    def forward(self, inputs, targets):
        x = self.embedding(inputs)
        for block in self.blocks:
            x = block(x, self.cosine, self.sine)
        logits = F.linear(self.norm(x), self.embedding.weight)
        return F.cross_entropy(logits.view(-1, VOCAB), targets.view(-1))


def main():
    torch.set_num_threads(1)
    torch.manual_seed(1)
    model = Model()
    run = torch.compile(model) if sys.argv[1] == "compile" else model
    ids = torch.tensor([(place * place * 31 + place * 7) % VOCAB for place in range(ROWS * LENGTH + 1)])
    inputs, targets = ids[:-1].view(ROWS, LENGTH), ids[1:].view(ROWS, LENGTH)

    def step():
        for parameter in model.parameters():
            parameter.grad = None
        loss = run(inputs, targets)
        loss.backward()
        return loss.item()

    for _ in range(3):
        step()
    for _ in sys.stdin:
        start = time.process_time()
        loss = step()
        rate = ROWS * LENGTH / (time.process_time() - start)
        print(json.dumps({"tokens_per_cpu_second": rate, "loss": loss}), flush=True)


main()
