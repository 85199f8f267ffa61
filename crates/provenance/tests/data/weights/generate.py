"""Writes the fixtures beside it with torch and safetensors, and what torch makes of them, as `oracle.json`.

usage: generate.py (in an environment with torch and safetensors)
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).parent


def main():
    torch.manual_seed(1)
    wide = torch.randn(40, 48) * 0.02
    tensors = {
        "model.layers.0.mlp.gate_proj.weight": wide.to(torch.bfloat16),
        "model.layers.0.mlp.up_proj.weight": wide.to(torch.float16),
        "model.layers.0.self_attn.k_proj.weight": wide,
        "model.layers.0.self_attn.q_proj.weight": wide.double(),
        "model.layers.0.mlp.down_proj.weight": wide.T.contiguous().to(torch.bfloat16),
        "model.layers.0.self_attn.v_proj.weight": (wide * 1000).to(torch.float8_e4m3fn),
        "model.layers.0.self_attn.o_proj.weight": (wide * 1000).T.contiguous().to(torch.float8_e5m2),
        "model.norm.weight": torch.tensor([1.0, float("nan"), float("inf"), 0.0, -0.0, 2.0**-149]).float(),
        "model.layers.0.empty": torch.empty(0, 5),
        "position_ids": torch.arange(4),
    }
    save_file(tensors, HERE / "torch.safetensors", metadata={"format": "pt"})
    oracle = {}
    for name, tensor in tensors.items():
        values = tensor.to(torch.float32)
        # Bits, because JSON has no infinity.
        oracle[name] = {
            "bits": values.view(torch.int32).flatten().tolist(),
            "norms": values.double().norm(dim=0 if "down" in name or "o_proj" in name else -1).flatten().tolist()
            if values.dim() == 2 and values.numel() else [],
        }
    (HERE / "oracle.json").write_text(json.dumps(oracle))


main()
