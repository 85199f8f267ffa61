"""Checkpoints when they are due, when somebody asks, and before the time is up.

Three files in the folder of the run are looked for after each step:

- `save`: write a checkpoint and go on;
- `stop`: write a checkpoint and end; the script puts it there before the time limit, and submits itself again;
- `halt`: write a checkpoint and end for good.
"""

from dataclasses import dataclass

import torch
import torch.distributed as dist
from torchtitan.components.checkpointer import CheckpointManager
from torchtitan.tools.utils import device_type
from torchtitan.trainer import Trainer

from .plan import FOLDER

_NOTHING, _SAVE, _STOP = 0, 1, 2


def _asked():
    """What the files ask for."""
    if (FOLDER / "stop").exists() or (FOLDER / "halt").exists():
        return _STOP
    return _SAVE if (FOLDER / "save").exists() else _NOTHING


class Checkpoints(CheckpointManager):
    """torchtitan's own, and the three files."""

    @dataclass(kw_only=True, slots=True)
    class Config(CheckpointManager.Config):
        pass

    stops = False

    def _should_save(self, curr_step, last_step=False):
        # One process looks, so that all do the same though a shared file system shows the file to some earlier.
        answer = torch.tensor([_asked() if dist.get_rank() == 0 else _NOTHING], device=device_type)
        dist.broadcast(answer, src=0)
        asked = int(answer.item())
        self.stops = asked == _STOP
        if asked == _SAVE and dist.get_rank() == 0:
            (FOLDER / "save").unlink(missing_ok=True)
        return super()._should_save(curr_step, last_step) or (asked != _NOTHING and not self.load_only)


class Run(Trainer):
    """torchtitan's own, which ends when the checkpoints say so."""

    @dataclass(kw_only=True, slots=True)
    class Config(Trainer.Config):
        pass

    def should_continue_training(self):
        goes_on = super().should_continue_training()
        if not goes_on and dist.get_rank() == 0:
            (FOLDER / "done").touch()
        return goes_on and not getattr(self.checkpointer, "stops", False)
