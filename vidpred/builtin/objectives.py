"""Objectives: what training minimises."""

from __future__ import annotations

import torch

from vidpred import Clip, Losses, Objective, Rollout, at_least_float32


class ELBO(Objective):
    """Sum over time of squared error (mean over batch, pixels) + beta * KL (sum over latents, mean over batch)."""

    name = "elbo"
    reference = "Denton & Fergus 2018, eq. 2, arXiv:1802.07687"

    def __call__(self, rollout: Rollout, clip: Clip, beta: float) -> Losses:
        """Sum `total` over the scored steps; the terms `mse` and `kl` are means over them."""
        scored = torch.tensor([step.scored for step in rollout.steps], device=clip.frames.device)
        truth = clip.frames[:, rollout.steps[0].t : rollout.steps[-1].t + 1]
        error = (at_least_float32(rollout.frames) - truth).square().mean((0, 2, 3, 4))[scored]
        kl = rollout.latent.kl(rollout.prior).mean(0)[scored]
        return Losses((error + beta * kl).sum(), {"mse": error.detach().mean(), "kl": kl.detach().mean()})
