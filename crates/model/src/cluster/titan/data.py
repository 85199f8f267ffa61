"""Documents become tokens in the way of the recipe's own trainer."""

from dataclasses import dataclass

import numpy as np
from torchtitan.components.data import (
    ConcatThenSplitPackingConfig,
    GrainDataLoader,
    IndexedJsonlSource,
    SingleDatasetConfig,
)
from torchtitan.components.data.dataset import SampleProcessor, TextSequence

from .plan import FOLDER, PLAN


class Documents(SampleProcessor):
    """The border, the text, the border. Text that spells a special token is text: nobody ends a document from inside."""

    @dataclass(kw_only=True, slots=True)
    class Config(SampleProcessor.Config):
        pass

    def __init__(self, config, *, context):
        del config
        self._border = context.tokenizer.eos_id
        if self._border is None:
            raise ValueError("hf_assets/tokenizer_config.json names no eos_token; write the run anew")
        self._tokenizer = context.tokenizer.tokenizer
        self._tokenizer.encode_special_tokens = True

    def __call__(self, sample, rng):
        del rng
        ids = self._tokenizer.encode(sample["text"], add_special_tokens=False).ids
        ids = np.asarray([self._border, *ids, self._border], dtype=np.int64)
        return TextSequence(input_ids=ids[:-1], labels=ids[1:])


def loader(split, repeat=True):
    """Batches of a split: `train` or `validation`."""
    documents = SingleDatasetConfig(
        source=IndexedJsonlSource.Config(patterns=(str(FOLDER / "data" / f"{split}-*.jsonl"),)),
        processor=Documents.Config(),
    )
    return GrainDataLoader.Config(
        dataset=ConcatThenSplitPackingConfig(dataset=documents), seed=PLAN["seed"], shuffle=repeat, repeat=repeat
    )
