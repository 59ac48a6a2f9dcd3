"""The fields of a recipe. The settings of components are validated against their own Config, in `validation`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

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
from vidpred.recipe.optimizers import Adam, Constant, Optimizer, Scheduler


class Sequence(Config):
    """The frames of a clip: `past` given frames, then `future` frames to predict."""

    past: PositiveInt = Field(2, description="frames that are given")
    future: PositiveInt = Field(10, description="frames that are predicted in training")
    last_frame_skip: bool = Field(
        False, description="decode with the skip maps of the frame that was fed last, not of the last given frame"
    )
    window: Literal["auto"] | PositiveInt = Field(
        "auto",
        description="steps computed in one call: auto (a complete clip in training, 32 otherwise), or 1 for the "
        "step-by-step reference; changes results only through BatchNorm in training",
    )


class Feedback(Config):
    """How a predicted frame is changed before it is fed to the next step."""

    detach: bool = Field(False, description="stop the gradient through fed-back frames")
    clamp: bool = Field(True, description="clamp fed-back frames to [0, 1]")
    filter: FilterNode | None = Field(None, description="a filter for fed-back frames")
    filter_in: Literal["both", "training", "evaluation"] = Field("both", description="when the filter is used")


class Loss(Config):
    """The loss that training minimizes."""

    objective: ObjectiveNode = Field(Node(name="elbo"), description="the objective")
    beta_max: NonNegativeFloat = Field(
        1e-4, description="the weight of the KL term is beta_max * the weight of the annealer"
    )


class Train(Config):
    """Training: its length, its batches and how they are computed."""

    epochs: PositiveInt = Field(300, le=1_000_000, description="epochs of the complete run")
    batch_size: PositiveInt = Field(20, le=100_000, description="clips in a batch")
    steps_per_epoch: PositiveInt | None = Field(
        None,
        le=10_000_000,
        description="optimizer steps in an epoch, repeating clips with new windows; null: every window once",
    )
    window_start: Literal["random"] | NonNegativeInt = Field(
        "random", description="first frame of a training window in its clip: random, or this index"
    )
    stride: Literal["window"] | PositiveInt | None = Field(
        None,
        description="frames from one window of a clip to the next, as many windows as fit; window: its length; null: "
        "one window per clip",
    )
    augmentations: tuple[AugmentationNode, ...] = Field(
        (), description="applied to training windows when they are read, in this order"
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto", description="auto: bf16 if the device supports it natively, else fp32"
    )
    max_skipped: PositiveInt = Field(
        20,
        description="consecutive steps with a loss or gradient that is not finite, after which the run stops; such a "
        "step changes nothing",
    )
    channels_last: bool = Field(True, description="channels-last memory layout, which is faster on most devices")
    clip_grad_norm: PositiveFloat | None = Field(1.0, description="largest norm of the gradient; null: no limit")
    accumulate: PositiveInt = Field(
        1, le=10_000, description="batches whose gradients are accumulated for one optimizer step"
    )
    metrics: tuple[MetricNode, ...] = Field((Node(name="psnr"),), description="metrics of the training batches")
    reestimate_batches: NonNegativeInt = Field(
        4,
        le=10_000,
        description="batches for re-estimating the running statistics of BatchNorm after each epoch; 0, or window 1: "
        "no re-estimation",
    )
    workers: NonNegativeInt | None = Field(
        None, le=128, description="processes that read data; null: none on a CPU, up to 8 with a GPU; changes no result"
    )


class Validate(Config):
    """Validation: free-running prediction from the prior on the validation split."""

    every: PositiveInt = Field(1, description="epochs between validations; the last epoch is always validated")
    future: Literal["all"] | PositiveInt | None = Field(
        None, description="frames to predict; null: as many as in training; all: every clip to its end"
    )
    seed: NonNegativeInt = Field(
        0, description="seed of the latents: validating the same weights twice gives equal results"
    )
    metrics: tuple[MetricNode, ...] = Field((Node(name="psnr"), Node(name="ssim")), description="metrics")
    preview_every: PositiveInt = Field(
        10, description="epochs between previews and plots; the last epoch always has both"
    )
    preview_samples: int = Field(
        3, ge=1, le=16, description="samples per clip that a preview shows, and picks the best of"
    )


class Save(Config):
    """Which checkpoints are kept. `last` is written after every epoch."""

    every: PositiveInt | None = Field(
        10, description="epochs between checkpoints that are kept; null: keep none but last and best"
    )
    keep: PositiveInt = Field(2, description="number of these that are kept, the newest ones")
    best: tuple[str, ...] = Field(("psnr", "loss"), description="validation metrics whose best epoch is kept")


def _single_or_list(value: Any) -> str:
    return "several" if isinstance(value, list | tuple) else "one"


Data = Annotated[
    Annotated[DatasetNode, Tag("one")] | Annotated[tuple[SharedDatasetNode, ...], Field(min_length=1), Tag("several")],
    Discriminator(_single_or_list),
]


class Recipe(Config):
    """One training run of vidpred."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$", description="the name of its runs: letters, digits, . _ -"
    )
    requires: tuple[str, ...] = Field((), description="plugin packages that must be installed: [vidpred-foo>=1]")
    seed: NonNegativeInt = Field(1, description="seed of everything random in the run")
    data: Data = Field(
        description="the data set, or a list with shares of the training windows; the first also validates"
    )
    init_from: str | None = Field(
        None,
        description="initial weights: the folder of a checkpoint, of a run (best_psnr, or last), or of several runs "
        "(the newest)",
    )
    sequence: Sequence = Field(default_factory=Sequence, description="given and predicted frames")
    feedback: Feedback = Field(default_factory=Feedback, description="changes to frames that are fed back")
    model: ModelNode = Field(description="the model and its parts")
    loss: Loss = Field(default_factory=Loss, description="the loss")
    annealer: AnnealerNode = Field(Node(name="none"), description="schedule of the weight of the KL term")
    forcing: ForcingNode = Field(Node(name="constant"), description="schedule of teacher forcing")
    optimizer: Optimizer = Field(default_factory=Adam, description="the optimizer")
    scheduler: Scheduler = Field(default_factory=Constant, description="schedule of the learning rate")
    train: Train = Field(default_factory=Train, description="length and batches")
    validation: Validate = Field(default_factory=Validate, alias="validate", description="validation")
    save: Save = Field(default_factory=Save, description="checkpoints")
    observers: tuple[ObserverNode, ...] = Field((), description="observers")
    sample: dict[str, Any] = Field(
        default_factory=dict,
        description="changes of --sample: fields of this recipe, for a short run on rendered demo data",
    )

    @property
    def window_length(self) -> int:
        """Return the number of frames of a training window."""
        return self.sequence.past + self.sequence.future

    @property
    def validation_future(self) -> int | Literal["all"]:
        """Return the frames that validation predicts: as many as training, unless `validate.future` is set."""
        return self.validation.future or self.sequence.future

    @property
    def window_stride(self) -> int | None:
        """Return the frames from one training window of a clip to the next; None: one window per clip."""
        return self.window_length if self.train.stride == "window" else self.train.stride

    @model_validator(mode="before")
    @classmethod
    def _long_forms(cls, value: Any) -> Any:
        return expand_short_forms(value) if isinstance(value, dict) else value


def expand_short_forms(fields: dict[str, Any]) -> dict[str, Any]:
    """Expand short forms: `scheduler: cosine` is `{name: cosine}`, `optimizer: {lr: 0.001}` is Adam.

    A model without a name is `six_slots`.
    """
    fields = dict(fields)
    for key, default in (("model", "six_slots"), ("optimizer", "adam"), ("scheduler", "constant")):
        if isinstance(fields.get(key), str):
            fields[key] = {"name": fields[key]}
        elif isinstance(fields.get(key), dict):
            fields[key] = {"name": default, **fields[key]}
    return fields
