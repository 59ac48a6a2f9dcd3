"""The lab CVAE's training script for pose video, as plain loops over single frames.

They use the networks of a model one frame and one step at a time, on maps [B, C, H, W], and nothing of the engine: no
plan, no stretch, no look-ahead, not even the parts' own folding of time. Noise as an argument, teacher forcing frame by
frame, and operations on a frame before it is fed back were added to the script. `x[t]` [B, C, H, W] is frame t,
`label[t]` the skeleton that belongs to it, `eps[t]` the noise of its latent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

Batch = tuple[Sequence[Tensor], Sequence[Tensor], Mapping[int, Tensor]]  # x, label, eps


def train_epochs(
    net: Any, epochs: Iterable[Iterable[Batch]], draw: Callable[[], float], *, ratio: float, lr: float, **how: Any
) -> list[float]:
    """Train with Adam; return the loss of each batch.

    One teacher-forcing draw per epoch decides for all frames of all its batches. `how`: see `train`.
    """
    optimizer = torch.optim.Adam(net.parameters(), lr)
    losses = []
    for batches in epochs:
        teacher_forcing = draw() < ratio
        for x, label, eps in batches:
            optimizer.zero_grad()
            loss = train(net, x, label, eps, forced=range(len(x)) if teacher_forcing else (), **how)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
    return losses


def train(
    net: Any,
    x: Sequence[Tensor],
    label: Sequence[Tensor],
    eps: Mapping[int, Tensor],
    *,
    past: int,
    forced: Collection[int],
    detach: bool,
    clamp: bool,
    beta: float,
) -> Tensor:
    """Return the loss of one training step."""
    mse = kld = torch.tensor(0.0)
    x_pred = x[0]
    for t in range(1, len(x)):
        x_in = x[t - 1] if t <= past or t in forced else x_pred
        h_label = net.condition.body(label[t])
        mu, logvar = gaussian(net.posterior, net.encoder.body(x[t]), h_label)
        z = mu + eps[t] * torch.exp(0.5 * logvar)
        out = generated(net, net.encoder.body(x_in), h_label, z)
        mse = mse + mse_loss(out, x[t])
        kld = kld + kl_to_standard_normal(mu, logvar)
        x_pred = out
        if clamp:
            x_pred = x_pred.clamp(0, 1)
        if detach:
            x_pred = x_pred.detach()
    return mse + beta * kld


def sample(
    net: Any, x: Sequence[Tensor], label: Sequence[Tensor], eps: Mapping[int, Tensor], *, past: int, clamp: bool
) -> list[Tensor]:
    """Return the frames after the given ones, from the prior N(0, I): one for each remaining label."""
    frames = []
    x_in = x[past - 1]
    for t in range(past, len(label)):
        out = generated(net, net.encoder.body(x_in), net.condition.body(label[t]), eps[t])
        frames.append(out)
        x_in = out.clamp(0, 1) if clamp else out
    return frames


def gaussian(posterior: Any, h_frame: Tensor, h_label: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and log-variance [B, Z, H, W]: a latent for every pixel."""
    h = posterior.body(torch.cat([h_frame, h_label], 1))
    return posterior.mean(h), posterior.logvar(h)


def generated(net: Any, h_frame: Tensor, h_label: Tensor, z: Tensor) -> Tensor:
    """Fusion, then the generator: the frame [B, C, H, W]."""
    out: Tensor = net.decoder.body(net.predictor.body(torch.cat([h_frame, h_label, z], 1)))
    return out


def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, sigma) || N(0, I)), summed over the latent's channels and pixels, mean over the batch."""
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp()) / len(mu)
