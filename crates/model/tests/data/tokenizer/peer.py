"""What Hugging Face `tokenizers` makes of the same documents.

usage: peer.py encode TOKENIZER_JSON DOCUMENTS OUT    ids as little-endian u32: for each document how many, then they
       peer.py train DOCUMENTS VOCAB_SIZE OUT         a tokenizer.json with the pattern of Qwen2, specials as ours

DOCUMENTS holds one JSON string a line. `encode` keeps special text ordinary; `encode-special` does not.
"""

import array
import json
import sys

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def documents(path):
    with open(path, encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines]


def load(path, ordinary):
    tokenizer = Tokenizer.from_file(path)
    tokenizer.encode_special_tokens = ordinary
    return tokenizer


def rows(tokenizer, texts):
    for start in range(0, len(texts), 1000):
        yield from tokenizer.encode_batch_fast(texts[start : start + 1000], add_special_tokens=False)


def save(ids, out):
    flat = array.array("I")
    for row in ids:
        flat.append(len(row))
        flat.extend(row)
    with open(out, "wb") as file:
        flat.tofile(file)


def train_on(texts, size):
    tokenizer = Tokenizer(models.BPE())
    cut = pre_tokenizers.Split(Regex(QWEN2), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [cut, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["encode" | "encode-special" as way, tokenizer, texts, out]:
            save([row.ids for row in rows(load(tokenizer, way == "encode"), documents(texts))], out)
        case ["train", texts, size, out]:
            train_on(documents(texts), int(size)).save(out)
        case _:
            sys.exit(__doc__)
