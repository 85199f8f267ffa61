"""Writes the folders beside this file with transformers: tiny random models of each family that is read, with the logits
that transformers computes from them.

    OMP_NUM_THREADS=1 python generate.py

Made with transformers 5.24.0, tokenizers 0.23.3, torch 2.15.0.
"""

import json
import shutil
from pathlib import Path

import numpy
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, PreTrainedTokenizerFast, Qwen2Config, Qwen3Config

HERE = Path(__file__).parent
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEXT = "The harbour of Saebyeok opens at dawn. 새벽 항구는 새벽에 열린다. 3 + 4 = 7.\n" * 8
INPUTS = [0] + [(37 * place * place + 11 * place + 5) % 290 for place in range(31)]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tokenizer():
    whole = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(PATTERN), behavior="isolated")
    bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    whole.pre_tokenizer = pre_tokenizers.Sequence([split, bytes_only])
    whole.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=290, special_tokens=SPECIALS, initial_alphabet=alphabet, show_progress=False)
    whole.train_from_iterator([TEXT], trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=whole, bos_token=SPECIALS[0], eos_token=SPECIALS[0], pad_token=SPECIALS[0],
        additional_special_tokens=SPECIALS[1:], clean_up_tokenization_spaces=False, model_max_length=64,
    )
    fast.chat_template = TEMPLATE
    return fast


def write(name, config, dtype, **how):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(20260101)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            # Gains near one, biases near nothing and matrices large enough that every part moves the logits.
            one = 1.0 if parameter.ndim == 1 and parameter.mean() == 1 else 0.0
            parameter.copy_(one + 0.25 * torch.randn_like(parameter))
        model.to(dtype).save_pretrained(folder, **how)
        # Read anew: the change of kind has also rounded the angles of the model in memory.
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        logits = model(torch.tensor([INPUTS])).logits[0].numpy()
    numpy.ascontiguousarray(logits, dtype="<f4").tofile(folder / "logits.bin")
    (folder / "inputs.json").write_text(json.dumps(INPUTS) + "\n")
    tokenizer().save_pretrained(folder)


SIZES = dict(
    vocab_size=292, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, bos_token_id=0, eos_token_id=0, pad_token_id=0,
)
STRETCH = dict(
    rope_type="llama3", rope_theta=500.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
    original_max_position_embeddings=16,
)

write("qwen3", Qwen3Config(**SIZES, head_dim=12, tie_word_embeddings=True), torch.float32)
write("qwen2", Qwen2Config(**SIZES, rms_norm_eps=1e-5), torch.bfloat16, max_shard_size="20KB")
write("llama", LlamaConfig(**SIZES, rope_parameters=STRETCH), torch.float16)
write("mistral", MistralConfig(**SIZES, sliding_window=None, tie_word_embeddings=True), torch.bfloat16)
