"""A checkpoint becomes a Hugging Face folder: `python -m daepyo_titan.export STEP FOLDER [float32|bfloat16]`.

The folder is read by transformers, vLLM and `daepyo model serve` alike. The engine writes its last checkpoint as weights of
this form but without `config.json` and tokenizer; those before it are in its own form. Both are taken.
"""

import shutil
import sys
from pathlib import Path

import torch
import torch.distributed.checkpoint as dcp
from safetensors.torch import load_file, save_file
from torchtitan.components.checkpointer import ModelWrapper

from .model import model_spec
from .plan import FOLDER


def _weights(source):
    files = sorted(source.glob("*.safetensors"))
    if files:
        return {name: value for file in files for name, value in load_file(file).items()}
    spec = model_spec()
    with torch.device("cpu"):
        model = spec.model.build()
    state = ModelWrapper(model).state_dict()
    dcp.load(state, checkpoint_id=str(source))
    return spec.state_dict_adapter(spec.model, None).to_hf(state)


@torch.inference_mode()
def export(step, folder, dtype=torch.float32):
    weights = _weights(FOLDER / "out" / "checkpoint" / f"step-{step}")
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.to(dtype).contiguous().clone() for name, value in weights.items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    for file in (FOLDER / "hf_assets").iterdir():
        if file.suffix != ".safetensors" and file.name != "model.safetensors.index.json":
            shutil.copy(file, folder / file.name)


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    export(int(sys.argv[1]), Path(sys.argv[2]), getattr(torch, sys.argv[3]) if len(sys.argv) == 4 else torch.float32)


if __name__ == "__main__":
    main()
