"""The optimizers and learning-rate schedulers of a recipe. Imports no torch."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator

from vidpred.contracts.base import Config

Share = Annotated[float, Field(gt=0, le=1)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Rate = Annotated[float, Field(gt=0, le=1000)]
Penalty = Annotated[float, Field(ge=0, le=1000)]


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
    """The learning rate is constant."""

    name: Literal["constant"] = "constant"


class StepDecay(Config):
    """The learning rate is multiplied by `gamma` every `every` epochs."""

    name: Literal["step"] = "step"
    every: PositiveInt = Field(30, description="epochs between two decreases")
    gamma: Share = Field(0.1, description="factor of each decrease")


class MultiStep(Config):
    """The learning rate is multiplied by `gamma` after each of these epochs."""

    name: Literal["multistep"] = "multistep"
    milestones: tuple[PositiveInt, ...] = Field(description="epochs after which it decreases")
    gamma: Share = Field(0.1, description="factor of each decrease")


class Cosine(Config):
    """The learning rate follows half a cosine over the complete run, step by step."""

    name: Literal["cosine"] = "cosine"
    floor: NonNegativeFloat = Field(0.0, description="learning rate at the end")


class Exponential(Config):
    """The learning rate is multiplied by `gamma` every epoch."""

    name: Literal["exponential"] = "exponential"
    gamma: Share = Field(0.99, description="factor per epoch")


class OneCycle(Config):
    """The learning rate rises from lr / 25 to lr, then falls to almost nothing, step by step (Smith & Topin 2018)."""

    name: Literal["one_cycle"] = "one_cycle"
    rise: float = Field(0.3, gt=0, lt=1, description="share of the run spent rising")


class Plateau(Config):
    """The learning rate is multiplied by `gamma` after more than `patience` validations without a lower loss."""

    name: Literal["plateau"] = "plateau"
    patience: NonNegativeInt = Field(10, description="validations without improvement before the rate drops")
    gamma: float = Field(0.1, gt=0, lt=1, description="factor of each decrease")


Optimizer = Annotated[Adam | AdamW | SGD, Field(discriminator="name")]
Scheduler = Annotated[
    Constant | StepDecay | MultiStep | Cosine | Exponential | OneCycle | Plateau, Field(discriminator="name")
]
