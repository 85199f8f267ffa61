"""The Qwen3 flavour of the recipe's sizes."""

from functools import partial

import torch.nn as nn
from torchtitan.distributed.pipeline_parallel import pipeline_llm
from torchtitan.models.common import CosSinRoPE, Embedding, Linear
from torchtitan.models.common.config_utils import get_attention_config, make_ffn_config, make_gqa_config
from torchtitan.models.common.nn_modules import RMSNorm
from torchtitan.models.common.param_init import skip_param_init
from torchtitan.models.qwen3 import Qwen3Model, parallelize_qwen3
from torchtitan.models.qwen3.model import Qwen3TransformerBlock
from torchtitan.models.qwen3.state_dict_adapter import Qwen3StateDictAdapter
from torchtitan.protocols.model_spec import ModelSpec

from .plan import PLAN

SHAPE = PLAN["shape"]
_MATRIX = {"weight": partial(nn.init.normal_, std=0.02), "bias": nn.init.zeros_}
# Into the residual stream: smaller by the number of matrices that write to it (GPT-2).
_OUTPUT = {"weight": partial(nn.init.normal_, std=0.02 / (2 * SHAPE["layers"]) ** 0.5), "bias": nn.init.zeros_}
_EMBEDDING = {"weight": partial(nn.init.normal_, std=0.02)}


def _norm(size):
    return RMSNorm.Config(normalized_shape=size, eps=SHAPE["norm_epsilon"], param_init={"weight": nn.init.ones_})


def _block(attention):
    rope = CosSinRoPE.Config(
        dim=SHAPE["head_size"], max_context_length=SHAPE["context"], theta=SHAPE["rope_theta"]
    )
    return Qwen3TransformerBlock.Config(
        attention_norm=_norm(SHAPE["width"]),
        ffn_norm=_norm(SHAPE["width"]),
        attention=make_gqa_config(
            dim=SHAPE["width"],
            n_heads=SHAPE["heads"],
            n_kv_heads=SHAPE["kv_heads"],
            head_dim=SHAPE["head_size"],
            wqkv_param_init=_MATRIX,
            wo_param_init=_OUTPUT,
            inner_attention=get_attention_config(attention),
            # One matrix each, so that Muon sees the same matrices as the recipe's own trainer.
            fuse_qkv=False,
            rope=rope,
            qk_norm=_norm(SHAPE["head_size"]),
        ),
        feed_forward=make_ffn_config(
            dim=SHAPE["width"], hidden_dim=SHAPE["hidden"], w1_param_init=_MATRIX, w2w3_param_init=_MATRIX
        ),
    )


def model_spec(attention="flex"):
    """The model of the plan, with torchtitan's own parallelism and names of tensors."""
    tied = SHAPE["tied"]
    config = Qwen3Model.Config(
        vocab_size=SHAPE["vocab"],
        dim=SHAPE["width"],
        norm=_norm(SHAPE["width"]),
        enable_weight_tying=tied,
        tok_embeddings=Embedding.Config(
            num_embeddings=SHAPE["vocab"],
            embedding_dim=SHAPE["width"],
            param_init={"weight": skip_param_init} if tied else _EMBEDDING,
        ),
        lm_head=Linear.Config(in_features=SHAPE["width"], out_features=SHAPE["vocab"], param_init=_MATRIX),
        layers=[_block(attention) for _ in range(SHAPE["layers"])],
    )
    return ModelSpec(
        name="qwen3",
        flavor=PLAN["name"],
        model=config,
        parallelize_fn=parallelize_qwen3,
        pipelining_fn=pipeline_llm,
        post_optimizer_build_fn=None,
        state_dict_adapter=Qwen3StateDictAdapter,
    )
