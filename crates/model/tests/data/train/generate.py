"""Writes optimiser.json: a few steps of torch's AdamW and Muon on the tensors of a tiny model.

Run with PyTorch 2.9 or newer: python generate.py. First weights and gradients are a formula that the test knows too.
"""

import json
import math
import pathlib

import torch

torch.set_num_threads(1)

VOCAB, WIDTH, HEADS, KV_HEADS, HEAD, HIDDEN = 11, 8, 2, 1, 4, 16
PLACES = [
    ("embedding", VOCAB, WIDTH),
    ("gain", 1, WIDTH),
    ("matrix", HEADS * HEAD, WIDTH),
    ("matrix", KV_HEADS * HEAD, WIDTH),
    ("matrix", KV_HEADS * HEAD, WIDTH),
    ("gain", 1, HEAD),
    ("gain", 1, HEAD),
    ("matrix", WIDTH, HEADS * HEAD),
    ("gain", 1, WIDTH),
    ("matrix", HIDDEN, WIDTH),
    ("matrix", HIDDEN, WIDTH),
    ("matrix", WIDTH, HIDDEN),
    ("gain", 1, WIDTH),
]
STEPS = 6
RATE, DECAY, BETAS, EPSILON, MOMENTUM, CLIP = 0.01, 0.1, (0.9, 0.99), 1e-8, 0.95, 1.0


def number(place, step):
    # A phase that grows with the square, so that no matrix of these is of low rank.
    return math.sin(place * place * 0.137 + place * 12.9898 + step * 78.233)


def tensors(step, scale):
    start, out = 0, []
    for kind, rows, columns in PLACES:
        values = [number(start + place, step) * scale for place in range(rows * columns)]
        shape = (columns,) if kind == "gain" else (rows, columns)
        out.append(torch.tensor(values, dtype=torch.float64).to(torch.float32).reshape(shape))
        start += rows * columns
    return out


def share(step):
    return min(1.0, (step + 1) / 3)


def in_f32(gradient, coefficients, rounds, epsilon):
    """torch's own function, without its cast to bf16."""
    a, b, c = coefficients
    x = gradient.T.clone() if gradient.size(0) > gradient.size(1) else gradient.clone()
    x.div_(x.norm().clamp(min=epsilon))
    for _ in range(rounds):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if gradient.size(0) > gradient.size(1) else x


def run(muon):
    parameters = [torch.nn.Parameter(tensor) for tensor in tensors(0, 0.5)]
    pairs = list(zip(PLACES, parameters))
    matrices = [parameter for (kind, _, _), parameter in pairs if kind == "matrix"]
    others = [parameter for (kind, _, _), parameter in pairs if kind != "matrix"]
    groups = [{"params": others, "weight_decay": 0.0}]
    if not muon:
        groups.append({"params": matrices, "weight_decay": DECAY})
    optimisers = [torch.optim.AdamW(groups, lr=RATE, betas=BETAS, eps=EPSILON)]
    if muon:
        optimisers.append(
            torch.optim.Muon(
                matrices, lr=RATE, weight_decay=DECAY, momentum=MOMENTUM, adjust_lr_fn="match_rms_adamw"
            )
        )
    norms = []
    for step in range(STEPS):
        # Some gradients are clipped and some are not.
        for parameter, gradient in zip(parameters, tensors(step + 1, 0.03 * (step + 1))):
            parameter.grad = gradient
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters, CLIP)))
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = RATE * share(step)
            optimiser.step()
    return norms, torch.cat([parameter.detach().flatten() for parameter in parameters]).tolist()


def main():
    norms, adamw = run(False)
    _, muon_bf16 = run(True)
    torch.optim._muon._zeropower_via_newtonschulz = in_f32
    _, muon = run(True)
    rounded = lambda values: [float(f"{value:.9g}") for value in values]
    written = {
        "torch": torch.__version__,
        "norms": rounded(norms),
        "adamw": rounded(adamw),
        "muon": rounded(muon),
        "muon_bf16": rounded(muon_bf16),
    }
    path = pathlib.Path(__file__).parent / "optimiser.json"
    path.write_text(json.dumps(written, indent=0) + "\n")


main()
