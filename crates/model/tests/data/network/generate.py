"""Writes the check values of the network: small random models of Hugging Face transformers, with what PyTorch makes of
one batch.

    python generate.py

Each `*.json` holds a shape, the weights by name, ids, targets and their weights, and what follows from them: logits,
the loss of each target, and the gradient of `scale * sum(weight * loss)` of every tensor. Tensors are base64 of
little-endian f32. Made with torch 2.13 and transformers 5.24.
"""

import base64
import json
import pathlib

import torch
import transformers

HERE = pathlib.Path(__file__).parent
ROWS, LENGTH, VOCAB, SCALE = 2, 75, 40, 0.125

COMMON = dict(
    vocab_size=VOCAB,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    intermediate_size=20,
    max_position_embeddings=128,
    attention_dropout=0.0,
)

LLAMA_ROPE = dict(
    rope_type="llama3",
    rope_theta=10000.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=32,
)

MODELS = {
    "qwen3": transformers.Qwen3ForCausalLM(
        transformers.Qwen3Config(
            **COMMON,
            head_dim=6,
            rms_norm_eps=1e-6,
            tie_word_embeddings=True,
            rope_parameters=dict(rope_type="default", rope_theta=1000000.0),
        )
    ),
    "llama": transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            **COMMON, head_dim=8, rms_norm_eps=1e-5, tie_word_embeddings=False, rope_parameters=LLAMA_ROPE
        )
    ),
    "qwen2": transformers.Qwen2ForCausalLM(
        transformers.Qwen2Config(
            **COMMON,
            rms_norm_eps=1e-6,
            tie_word_embeddings=False,
            rope_parameters=dict(rope_type="default", rope_theta=10000.0),
        )
    ),
}


def packed(tensor):
    return base64.b64encode(tensor.detach().float().contiguous().numpy().astype("<f4").tobytes()).decode()


def shape(name, config):
    scaling = None
    if config.rope_parameters["rope_type"] == "llama3":
        scaling = dict(
            factor=config.rope_parameters["factor"],
            low_frequency_factor=config.rope_parameters["low_freq_factor"],
            high_frequency_factor=config.rope_parameters["high_freq_factor"],
            original_context=config.rope_parameters["original_max_position_embeddings"],
        )
    return dict(
        vocab=config.vocab_size,
        width=config.hidden_size,
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads,
        head_size=getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads,
        hidden=config.intermediate_size,
        context=config.max_position_embeddings,
        rope_theta=config.rope_parameters["rope_theta"],
        rope_scaling=scaling,
        norm_epsilon=config.rms_norm_eps,
        head_norms=name == "qwen3",
        attention_bias=name == "qwen2",
        tied=config.tie_word_embeddings,
    )


def scramble(model):
    """Weights that make every part matter: far from the start, where attention is flat and gains are 1."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            random = torch.randn_like(parameter)
            parameter.copy_(1 + 0.3 * random if "norm" in name else 0.4 * random)


def check(name, model):
    scramble(model)
    ids = torch.randint(0, VOCAB, (ROWS, LENGTH))
    targets = torch.randint(0, VOCAB, (ROWS, LENGTH))
    weights = (torch.rand(ROWS, LENGTH) + 0.5) * (torch.rand(ROWS, LENGTH) > 0.3)
    logits = model(ids).logits.float()
    losses = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    loss = (losses * weights.flatten()).sum()
    (SCALE * loss).backward()
    return dict(
        shape=shape(name, model.config),
        rows=ROWS,
        length=LENGTH,
        scale=SCALE,
        inputs=ids.flatten().tolist(),
        targets=targets.flatten().tolist(),
        weights=packed(weights),
        logits=packed(logits),
        losses=packed(losses),
        loss=loss.item(),
        tensors={n: packed(p) for n, p in model.named_parameters()},
        gradients={n: packed(p.grad) for n, p in model.named_parameters()},
    )


torch.set_num_threads(1)
torch.manual_seed(20261124)
for name, model in MODELS.items():
    model.train()
    (HERE / f"{name}.json").write_text(json.dumps(check(name, model), indent=0) + "\n")
