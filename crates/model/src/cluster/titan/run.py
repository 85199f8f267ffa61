"""The configuration of the run: `--module daepyo_titan.run --config train`."""

from torchtitan.components.loss import ChunkedLossWrapper, CrossEntropyLoss
from torchtitan.components.metrics import MetricsProcessor
from torchtitan.components.optimizer import LRSchedulersContainer, OptimizersContainer, ParamGroupConfig
from torchtitan.components.validate import Validator
from torchtitan.config import CompileConfig, DebugConfig, ParallelismConfig, TrainingConfig
from torchtitan.distributed.activation_checkpoint import SelectiveAC
from torchtitan.distributed.flex_shard import BucketConfig, ComputeLayout, Owned
from torchtitan.models.common.config_utils import decoder_vocab_size

from .checkpoint import Checkpoints, Run
from .data import loader
from .model import SHAPE, model_spec
from .plan import FOLDER, PLAN

_MATRICES = tuple(f"attention.qkv_linear.w{name}" for name in "qkv") + (
    "attention.wo",
    "feed_forward.w1",
    "feed_forward.w2",
    "feed_forward.w3",
)


def _adamw(pattern, decay):
    rates = PLAN["optimiser"]
    return ParamGroupConfig(
        pattern=pattern,
        optimizer_name="AdamW",
        optimizer_kwargs={
            "lr": rates["learning_rate"],
            "betas": (rates["beta1"], rates["beta2"]),
            "eps": rates["epsilon"],
            "weight_decay": decay,
        },
    )


def _optimiser():
    """AdamW, or Muon for the matrices inside blocks. Gains and the embedding are not decayed."""
    rates = PLAN["optimiser"]
    decay = rates["weight_decay"]
    # A tied head is the embedding, whose first name counts.
    spared = _adamw(r"(?:norm|tok_embeddings)\.weight$", 0.0)
    heads = [] if SHAPE["tied"] else [_adamw(r"lm_head\.weight$", decay)]
    if rates["kind"] == "adamw":
        return OptimizersContainer.Config(param_groups=[spared, *heads, _adamw(r".*", decay)])
    names = [[f"layers.{layer}.{name}.weight" for name in _MATRICES] for layer in range(SHAPE["layers"])]
    muon = ParamGroupConfig(
        pattern=r"\.(?:" + "|".join(name.replace(".", r"\.") for name in _MATRICES) + r")\.weight$",
        optimizer_name="DistMuon",
        optimizer_kwargs={
            "lr": rates["muon_learning_rate"],
            "weight_decay": decay,
            "momentum": rates["momentum"],
            "nesterov": True,
            "ns_steps": rates["newton_schulz_rounds"],
            # 0.2 * sqrt(max(rows, columns)), as in the recipe.
            "adjust_lr_fn": "match_rms_adamw",
            "foreach": False,
        },
    )
    return OptimizersContainer.Config(
        implementation="foreach",
        param_groups=[muon, spared, *heads],
        optimizer_factory_kwargs_by_name={
            "DistMuon": {
                "bucket_configs": tuple(
                    BucketConfig(name=f"layers.{layer}", patterns=tuple(matrices))
                    for layer, matrices in enumerate(names)
                ),
                "compute_sharding_by_fqn": {name: _owned() for matrix in names for name in matrix},
            }
        },
    )


def _owned():
    """A matrix whole on one of the processes that hold it in parts, for the time of the step."""
    return ComputeLayout(shardings_by_mesh_axis={"dp_shard": Owned()})


def train():
    """The whole run."""
    spec = model_spec()
    schedule, batch = PLAN["schedule"], PLAN["batch"]
    return Run.Config(
        model_spec=spec,
        hf_assets_path=str(FOLDER / "hf_assets"),
        dump_folder=str(FOLDER / "out"),
        loss=ChunkedLossWrapper.Config(
            loss_fn=CrossEntropyLoss.Config(global_vocab_size=decoder_vocab_size(spec))
        ),
        dataloader=loader("train"),
        optimizer=_optimiser(),
        lr_scheduler=LRSchedulersContainer.Config(
            warmup_steps=schedule["warmup_steps"],
            decay_ratio=schedule["cooldown_share"],
            decay_type=schedule["cooldown"],
            min_lr_factor=schedule["final_share"],
        ),
        training=TrainingConfig(
            num_tokens_per_microbatch_per_dp_rank=batch["tokens_per_microbatch"],
            num_tokens_per_train_step=batch["tokens"],
            max_context_length=SHAPE["context"],
            max_norm=PLAN["optimiser"]["clip"],
            steps=schedule["steps"],
        ),
        parallelism=ParallelismConfig(
            data_parallel_replicate_degree=batch["replicas"], data_parallel_shard_degree=batch["shards"]
        ),
        checkpoint=Checkpoints.Config(
            enable=True,
            interval=schedule["checkpoint_every"],
            keep_latest_k=schedule["checkpoints_kept"],
            last_save_model_only=True,
            last_save_in_hf=True,
            async_mode="async",
            **_start(),
        ),
        validator=Validator.Config(
            enable=True,
            freq=schedule["validate_every"],
            steps=PLAN["validation_steps"],
            dataloader=loader("validation"),
        ),
        metrics=MetricsProcessor.Config(log_freq=10, enable_tensorboard=True),
        activation_checkpoint=SelectiveAC.Config(),
        compile=CompileConfig(enable=True),
        debug=DebugConfig(seed=PLAN["seed"] % 2**31),
    )


def _start():
    """The weights to begin with, where the run came with some."""
    if not PLAN["starts_from_weights"]:
        return {}
    return {"initial_load_path": str(FOLDER / "hf_assets"), "initial_load_in_hf": True}
