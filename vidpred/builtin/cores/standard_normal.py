"""The fixed prior."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from vidpred import Core, FeatureSpec, Gaussian, Misfit, Source, at_least_float32


class StandardNormal(Core):
    """N(0, I) in the shape of the posterior, at every step. Reads nothing."""

    name = "standard_normal"
    reference = "SVG-FP, Denton & Fergus 2018, arXiv:1802.07687"
    default_reads = ()
    outputs_gaussian = True

    def __init__(
        self, config: Core.Config, sources: Mapping[Source, FeatureSpec], preferred: FeatureSpec | None = None
    ) -> None:
        super().__init__(config, sources, preferred)
        if preferred is None:
            raise Misfit("standard_normal takes its shape from the posterior, so it can only be a prior")
        self.spec = preferred

    def forward(self, inputs: Tensor, state: None) -> tuple[Gaussian, None]:
        zeros = at_least_float32(inputs).new_zeros((*inputs.shape[:2], *self.spec.shape))
        return Gaussian(zeros, zeros), None
