"""The condition encoder of the pose family, for drawn skeletons."""

from __future__ import annotations

from pydantic import Field, PositiveInt
from torch import Tensor, nn

import vidpred
from vidpred import ConditionEncoder, FeatureSpec, Misfit
from vidpred.builtin.layers.residual import Residual


class PoseEncoder(ConditionEncoder):
    """Condition maps [N, C, H, W], such as drawn skeletons, -> maps [N, dim, H, W] of the same size."""

    name = "pose"
    reference = "the lab CVAE for pose-conditioned video"

    class Config(vidpred.Config):
        dim: PositiveInt = Field(32, ge=2, description="channels of the features")
        slope: float = Field(
            1.0,
            ge=0,
            le=1,
            description="negative slope of the LeakyReLU after the first layer; 1: no activation, as published",
        )

    config: Config

    def __init__(self, config: Config, condition: FeatureSpec) -> None:
        super().__init__(config, condition)
        if condition.size is None:
            raise Misfit(
                f"pose encodes maps, but these conditions are vectors of {condition}; use identity or standardize"
            )
        if min(condition.size) < 4:
            raise Misfit(f"pose needs maps of 4x4 or more, but these conditions are {condition}")
        half = config.dim // 2
        self.body = nn.Sequential(
            nn.ReflectionPad2d(3),
            nn.Conv2d(condition.channels, half, 7),
            nn.BatchNorm2d(half),
            nn.LeakyReLU(config.slope),
            Residual(half, config.dim),
        )
        self.spec = FeatureSpec(config.dim, condition.size)

    def forward(self, conditions: Tensor) -> Tensor:
        features: Tensor = self.body(conditions)
        return features
