"""SVG's published scripts (Denton & Fergus 2018, arXiv:1802.07687), as plain loops over single frames.

They use a model's parts one frame and one step at a time, and nothing of the engine: no plan, no stretch, no
look-ahead. Added to the published loops are a condition (read by the frame predictor), noise that is given, and teacher
forcing. `x[i]` [B, C, H, W] is frame i, `condition[i]` what is known when it is predicted, `eps[i]` the noise of its
latent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import mse_loss


def train(
    net: Any,
    x: Sequence[Tensor],
    condition: Sequence[Tensor],
    eps: Mapping[int, Tensor],
    *,
    n_past: int,
    last_frame_skip: bool,
    forced: Collection[int],
    detach: bool,
    learned_prior: bool,
    beta: float,
) -> Tensor:
    """The loss of one training step: train_svg_fp.py, or train_svg_lp.py where the prior is learned."""
    posterior_hidden = prior_hidden = predictor_hidden = None
    mse = kld = torch.tensor(0.0)
    x_pred = x[0]
    for i in range(1, len(x)):
        x_in = x[i - 1] if i <= n_past or i in forced else x_pred
        h, skips = net.encoder(x_in)
        if last_frame_skip or i < n_past or i == 1:
            skip = skips
        h_target, _ = net.encoder(x[i])
        (mu, logvar), posterior_hidden = gaussian_lstm(net.posterior, h_target, posterior_hidden)
        z_t = mu + eps[i] * torch.exp(0.5 * logvar)
        h_pred, predictor_hidden = lstm(net.predictor, torch.cat([h, z_t, condition[i]], 1), predictor_hidden)
        x_pred, _ = net.decoder(h_pred, skip)
        mse = mse + mse_loss(x_pred, x[i])
        if learned_prior:
            (mu_p, logvar_p), prior_hidden = gaussian_lstm(net.prior, h, prior_hidden)
            kld = kld + kl_to_gaussian(mu, logvar, mu_p, logvar_p)
        else:
            kld = kld + kl_to_standard_normal(mu, logvar)
        if detach:
            x_pred = x_pred.detach()
    return mse + beta * kld


def sample(
    net: Any,
    x: Sequence[Tensor],
    condition: Sequence[Tensor],
    eps: Mapping[int, Tensor],
    *,
    n_past: int,
    last_frame_skip: bool,
    learned_prior: bool,
) -> list[Tensor]:
    """The frames that follow the given ones, from the prior: generate_svg_fp.py, or generate_svg_lp.py."""
    posterior_hidden = prior_hidden = predictor_hidden = None
    frames = []
    x_in = x[0]
    for i in range(1, len(x)):
        h, skips = net.encoder(x_in)
        if last_frame_skip or i < n_past or i == 1:
            skip = skips
        mu_p, logvar_p = torch.zeros_like(eps[i]), torch.zeros_like(eps[i])
        if learned_prior:
            (mu_p, logvar_p), prior_hidden = gaussian_lstm(net.prior, h, prior_hidden)
        if i < n_past:
            h_target, _ = net.encoder(x[i])
            (mu, logvar), posterior_hidden = gaussian_lstm(net.posterior, h_target, posterior_hidden)
            z_t = mu + eps[i] * torch.exp(0.5 * logvar)
            _, predictor_hidden = lstm(net.predictor, torch.cat([h, z_t, condition[i]], 1), predictor_hidden)
            x_in = x[i]
        else:
            z_t = mu_p + eps[i] * torch.exp(0.5 * logvar_p)
            h_pred, predictor_hidden = lstm(net.predictor, torch.cat([h, z_t, condition[i]], 1), predictor_hidden)
            x_in, _ = net.decoder(h_pred, skip)
            frames.append(x_in)
    return frames


def lstm(core: Any, inputs: Tensor, hidden: Any) -> tuple[Tensor, Any]:
    """One step: [B, C] -> [B, D]."""
    outputs, hidden = core(inputs[:, None], hidden)
    return outputs[:, 0], hidden


def gaussian_lstm(core: Any, inputs: Tensor, hidden: Any) -> tuple[tuple[Tensor, Tensor], Any]:
    """One step: [B, C] -> mean and log-variance [B, Z]."""
    (mu, logvar), hidden = core(inputs[:, None], hidden)
    return (mu[:, 0], logvar[:, 0]), hidden


def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, sigma) || N(0, I)), summed over latent dimensions, mean over the batch: train_svg_fp.py."""
    return 0.5 * torch.sum(mu.pow(2) + logvar.exp() - 1 - logvar) / len(mu)


def kl_to_gaussian(mu1: Tensor, logvar1: Tensor, mu2: Tensor, logvar2: Tensor) -> Tensor:
    """KL(N(mu1, sigma1) || N(mu2, sigma2)), summed over latent dimensions, mean over the batch: train_svg_lp.py."""
    sigma1, sigma2 = torch.exp(0.5 * logvar1), torch.exp(0.5 * logvar2)
    kld = torch.log(sigma2 / sigma1) + (logvar1.exp() + (mu1 - mu2) ** 2) / (2 * logvar2.exp()) - 1 / 2
    return kld.sum() / len(mu1)
