"""Whether this engine computes what the recipe's own trainer computes: `python -m daepyo_titan.parity`.

Loads the weights of `hf_assets`, runs the tokens of `parity.json` and holds each token's loss against the one written
there. In f32 on a processor or an accelerator; exits with 1 where one is farther off than 0.001 nats.
"""

import json
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch.nn.attention.flex_attention import flex_attention
from torchtitan.models.common.attention import FlexAttention

from .model import model_spec
from .plan import FOLDER

TOLERANCE = 1e-3


def losses(ids):
    """Nats of each token after the first."""
    torch.set_default_dtype(torch.float32)
    # Interpreted, so that the check needs neither a compiler nor an accelerator.
    FlexAttention._compiled_flex_attn = staticmethod(flex_attention)
    spec = model_spec()
    model = spec.model.build()
    model.init_states()
    adapter = spec.state_dict_adapter(spec.model, str(FOLDER / "hf_assets"))
    weights = {}
    for file in sorted((FOLDER / "hf_assets").glob("*.safetensors")):
        weights.update(load_file(file))
    missing, unexpected = model.load_state_dict(adapter.from_hf(weights), strict=False)
    if missing or unexpected:
        sys.exit(f"parity: tensors do not fit; missing {missing}, unexpected {unexpected}")
    tokens = torch.tensor(ids)
    positions = torch.arange(len(ids) - 1)
    with torch.no_grad():
        masks = model.get_attention_masks(positions)
        logits = model(tokens[:-1], attention_masks=masks, positions=positions)
    return F.cross_entropy(logits.reshape(len(ids) - 1, -1).float(), tokens[1:], reduction="none")


def main():
    written = FOLDER / "parity.json"
    if not written.exists():
        print("parity: skipped, the run came without weights to compare")
        return
    wanted = json.loads(written.read_text(encoding="utf-8"))
    found = losses(wanted["ids"])
    farthest = (found - torch.tensor(wanted["losses"])).abs().max().item()
    print(f"parity: mean loss {found.mean().item():.6f}, farthest token {farthest:.6f} nats off")
    if not farthest <= TOLERANCE:
        sys.exit(f"parity: {farthest:.6f} nats is more than {TOLERANCE}; do not train before the reason is found")


if __name__ == "__main__":
    main()
