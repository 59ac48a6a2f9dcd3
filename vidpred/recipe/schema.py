"""The fields of a recipe. Settings of components are checked against the components' own Config, in `check`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Tag,
    model_validator,
)

from vidpred.contracts.base import (
    AnnealerNode,
    AugmentationNode,
    Config,
    DatasetNode,
    FilterNode,
    ForcingNode,
    MetricNode,
    ModelNode,
    Node,
    ObjectiveNode,
    ObserverNode,
    SharedDatasetNode,
)

Share = Annotated[float, Field(gt=0, le=1)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Rate = Annotated[float, Field(gt=0, le=1000)]
Penalty = Annotated[float, Field(ge=0, le=1000)]


class Sequence(Config):
    """What a clip is: `past` given frames, then `future` frames to predict."""

    past: PositiveInt = Field(2, description="frames that are given")
    future: PositiveInt = Field(10, description="frames that are predicted in training")
    last_frame_skip: bool = Field(
        False, description="decode with the skips of the frame that was fed last, not of the last given frame"
    )
    window: Literal["auto"] | PositiveInt = Field(
        "auto",
        description="steps handled at once: auto (a whole clip in training, 32 outside), or 1 for the step-by-step "
        "reference; only BatchNorm in training can tell the difference",
    )


class Feedback(Config):
    """What happens to a predicted frame before it is fed to the next step."""

    detach: bool = Field(False, description="stop the gradient through fed-back frames")
    clamp: bool = Field(True, description="clamp fed-back frames to [0, 1]")
    filter: FilterNode | None = Field(None, description="a filter for fed-back frames")
    filter_in: Literal["both", "training", "evaluation"] = Field("both", description="where the filter is on")


class Loss(Config):
    """What is minimised."""

    objective: ObjectiveNode = Field(Node(name="elbo"), description="the objective")
    beta_max: NonNegativeFloat = Field(1e-4, description="the KL term's weight is beta_max * the annealer's weight")


class Adam(Config):
    """Adam (Kingma & Ba 2015)."""

    name: Literal["adam"] = "adam"
    lr: Rate = Field(0.002, description="learning rate")
    betas: tuple[Decay, Decay] = Field((0.9, 0.999), description="decay of the running averages")
    weight_decay: Penalty = Field(0.0, description="L2 penalty")


class AdamW(Config):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019)."""

    name: Literal["adamw"] = "adamw"
    lr: Rate = Field(0.002, description="learning rate")
    betas: tuple[Decay, Decay] = Field((0.9, 0.999), description="decay of the running averages")
    weight_decay: Penalty = Field(0.01, description="decoupled weight decay")


class SGD(Config):
    """Stochastic gradient descent."""

    name: Literal["sgd"] = "sgd"
    lr: Rate = Field(0.01, description="learning rate")
    momentum: float = Field(0.9, ge=0, lt=1, description="momentum")
    nesterov: bool = Field(False, description="Nesterov's momentum")
    weight_decay: Penalty = Field(0.0, description="L2 penalty")

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov needs momentum; set momentum above 0, or nesterov: false")
        return self


class Constant(Config):
    """The learning rate stays as it is."""

    name: Literal["constant"] = "constant"


class StepDecay(Config):
    """The learning rate falls by `gamma` every `every` epochs."""

    name: Literal["step"] = "step"
    every: PositiveInt = Field(30, description="epochs between two falls")
    gamma: Share = Field(0.1, description="factor of each fall")


class MultiStep(Config):
    """The learning rate falls by `gamma` after each of these epochs."""

    name: Literal["multistep"] = "multistep"
    milestones: tuple[PositiveInt, ...] = Field(description="epochs after which it falls")
    gamma: Share = Field(0.1, description="factor of each fall")


class Cosine(Config):
    """The learning rate falls along half a cosine over the whole run, step by step."""

    name: Literal["cosine"] = "cosine"
    floor: NonNegativeFloat = Field(0.0, description="learning rate at the end")


class Exponential(Config):
    """The learning rate falls by `gamma` every epoch."""

    name: Literal["exponential"] = "exponential"
    gamma: Share = Field(0.99, description="factor of each epoch")


class OneCycle(Config):
    """The learning rate rises from lr / 25 to lr, then falls to almost nothing, step by step (Smith & Topin 2018)."""

    name: Literal["one_cycle"] = "one_cycle"
    rise: float = Field(0.3, gt=0, lt=1, description="share of the run spent rising")


class Plateau(Config):
    """The learning rate falls by `gamma` when the validation loss has not fallen for `patience` validations."""

    name: Literal["plateau"] = "plateau"
    patience: NonNegativeInt = Field(10, description="validations without improvement that are put up with")
    gamma: float = Field(0.1, gt=0, lt=1, description="factor of each fall")


Optimizer = Annotated[Adam | AdamW | SGD, Field(discriminator="name")]
Scheduler = Annotated[
    Constant | StepDecay | MultiStep | Cosine | Exponential | OneCycle | Plateau, Field(discriminator="name")
]


class Train(Config):
    """How long and in which pieces."""

    epochs: PositiveInt = Field(300, le=1_000_000, description="epochs of the whole run")
    batch_size: PositiveInt = Field(20, le=100_000, description="clips in a batch")
    steps_per_epoch: PositiveInt | None = Field(
        None,
        le=10_000_000,
        description="optimizer steps in an epoch, repeating clips with fresh windows; null: every window once",
    )
    window_start: Literal["random"] | NonNegativeInt = Field(
        "random", description="where in its clip a training window starts: random, or this frame"
    )
    stride: Literal["window"] | PositiveInt | None = Field(
        None,
        description="frames from one window of a clip to the next, as many windows as fit; window: its length; null: one of each clip",
    )
    augmentations: tuple[AugmentationNode, ...] = Field(
        (), description="change training windows as they are read, in this order"
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto", description="auto: bf16 where the device has it natively, else fp32"
    )
    max_skipped: PositiveInt = Field(
        20,
        description="steps in a row whose loss or gradient is not finite, after which the run stops; such a step changes nothing",
    )
    channels_last: bool = Field(True, description="keep maps channels-last in memory, which is faster on most devices")
    clip_grad_norm: PositiveFloat | None = Field(1.0, description="largest norm of the gradient; null: no limit")
    accumulate: PositiveInt = Field(
        1, le=10_000, description="batches whose gradients are added up for one optimizer step"
    )
    metrics: tuple[MetricNode, ...] = Field(
        (Node(name="psnr"),), description="measured on the training batches as they come"
    )
    reestimate_batches: NonNegativeInt = Field(
        4,
        le=10_000,
        description="batches for re-estimating BatchNorm's running statistics after each epoch; 0, or window 1: not at all",
    )
    workers: NonNegativeInt | None = Field(
        None,
        le=128,
        description="processes that read data; null: none on a CPU, up to 8 beside a GPU; changes no figure",
    )


class Validate(Config):
    """Free-running prediction from the prior on the validation split."""

    every: PositiveInt = Field(1, description="epochs between validations; the last epoch is always validated")
    future: Literal["all"] | PositiveInt | None = Field(
        None, description="frames that are predicted; null: as in training; all: every clip to its end"
    )
    seed: NonNegativeInt = Field(0, description="seed of the latents: two validations of the same weights agree")
    metrics: tuple[MetricNode, ...] = Field((Node(name="psnr"), Node(name="ssim")), description="what is measured")
    preview_every: PositiveInt = Field(
        10, description="epochs between previews and plots; the last epoch always has them"
    )
    preview_samples: int = Field(
        3, ge=1, le=16, description="futures that a preview shows of each clip, and picks the best of"
    )


class Save(Config):
    """Which checkpoints stay. `last` is written after every epoch."""

    every: PositiveInt | None = Field(
        10, description="epochs between checkpoints that are kept; null: keep none but last and best"
    )
    keep: PositiveInt = Field(2, description="how many of those are kept, the newest")
    best: tuple[str, ...] = Field(("psnr", "loss"), description="validation figures whose best epoch is kept")


def _count(value: Any) -> str:
    return "several" if isinstance(value, list | tuple) else "one"


Data = Annotated[
    Annotated[DatasetNode, Tag("one")] | Annotated[tuple[SharedDatasetNode, ...], Field(min_length=1), Tag("several")],
    Discriminator(_count),
]


class Recipe(Config):
    """One training run of vidpred."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$", description="the name of its runs: letters, digits, . _ -"
    )
    requires: tuple[str, ...] = Field((), description="plugin packages that must be installed: [vidpred-foo>=1]")
    seed: NonNegativeInt = Field(1, description="everything random in the run follows from it")
    data: Data = Field(
        description="the data set, or a list of them, each with its share of what training shows; the first also validates"
    )
    init_from: str | None = Field(
        None,
        description="weights to begin with: a checkpoint's folder, a run's (best_psnr, or last), or that of several runs (the newest)",
    )
    sequence: Sequence = Field(default_factory=Sequence, description="given and predicted frames")
    feedback: Feedback = Field(default_factory=Feedback, description="what happens to a frame that is fed back")
    model: ModelNode = Field(description="the model and its parts")
    loss: Loss = Field(default_factory=Loss, description="what is minimised")
    annealer: AnnealerNode = Field(Node(name="none"), description="how the KL term's weight changes")
    forcing: ForcingNode = Field(Node(name="constant"), description="how often a step is fed with the truth")
    optimizer: Optimizer = Field(default_factory=Adam, description="the optimizer")
    scheduler: Scheduler = Field(default_factory=Constant, description="how the learning rate changes")
    train: Train = Field(default_factory=Train, description="length and batches")
    validation: Validate = Field(default_factory=Validate, alias="validate", description="validation")
    save: Save = Field(default_factory=Save, description="checkpoints")
    observers: tuple[ObserverNode, ...] = Field((), description="observers")
    sample: dict[str, Any] = Field(
        default_factory=dict,
        description="what --sample changes: fields of this recipe, for a short run on rendered data",
    )

    @property
    def window_length(self) -> int:
        """Frames of a training window."""
        return self.sequence.past + self.sequence.future

    @property
    def validation_future(self) -> int | Literal["all"]:
        """Frames that validation predicts: as many as training, unless `validate.future` differs."""
        return self.validation.future or self.sequence.future

    @property
    def window_stride(self) -> int | None:
        """Frames from one training window of a clip to the next."""
        return self.window_length if self.train.stride == "window" else self.train.stride

    @model_validator(mode="before")
    @classmethod
    def _long_forms(cls, value: Any) -> Any:
        return expand_short_forms(value) if isinstance(value, dict) else value


def expand_short_forms(fields: dict[str, Any]) -> dict[str, Any]:
    """Short forms written out: `scheduler: cosine` is `{name: cosine}`, `optimizer: {lr: 0.001}` is Adam's, and a model
    without a name has the six slots."""
    fields = dict(fields)
    for key, default in (("model", "six_slots"), ("optimizer", "adam"), ("scheduler", "constant")):
        if isinstance(fields.get(key), str):
            fields[key] = {"name": fields[key]}
        elif isinstance(fields.get(key), dict):
            fields[key] = {"name": default, **fields[key]}
    return fields
