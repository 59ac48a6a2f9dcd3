"""Learned perceptual similarity. Its network's weights are downloaded once, when it is first used."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor
from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

import vidpred
from vidpred import Metric, VidpredError

PATIENCE = 20  # seconds that a silent server is waited for


class LPIPS(Metric):
    """Learned perceptual image patch similarity: distance of deep features, weighted as people judge. 0 is alike."""

    name = "lpips"
    reference = "Zhang et al. 2018, arXiv:1801.03924"
    title = "LPIPS"
    higher_is_better = False
    definition = "version 0.1 weights, frames scaled to [-1, 1], not resized"

    class Config(vidpred.Config):
        net: Literal["alex", "vgg", "squeeze"] = Field(
            "alex", description="network of the features: alex (most often reported), vgg or squeeze"
        )

    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._net: Any = None

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        if self._net is None:
            self._net = self._loaded()
        net = self._net.to(frames.device)
        pair = (frames, truth) if frames.shape[1] == 3 else (_rgb(frames), _rgb(truth))
        try:
            with torch.no_grad():
                made: Tensor = net(*pair, normalize=True)
        except RuntimeError as error:
            if "too small" not in str(error):
                raise
            raise VidpredError(
                f"lpips: frames of {frames.shape[2]}x{frames.shape[3]} are too small for {self.config.net}; leave it out"
            ) from error
        return made.flatten()

    def _loaded(self) -> Any:
        try:
            with _patience():
                return LearnedPerceptualImagePatchSimilarity(net_type=self.config.net, normalize=True).net
        except (OSError, RuntimeError) as error:  # no network, no such file, a broken download
            raise VidpredError(
                f"lpips: the weights of {self.config.net} cannot be had ({error}); they come from download.pytorch.org, once, into "
                f"{torch.hub.get_dir()}/checkpoints, where they may also be put by hand"
            ) from error


def _rgb(frames: Tensor) -> Tensor:
    """Grey frames as RGB."""
    if frames.shape[1] != 1:
        raise VidpredError(
            f"lpips: compares RGB or grey frames, but these have {frames.shape[1]} channels; leave it out"
        )
    return frames.expand(-1, 3, -1, -1)


@contextmanager
def _patience() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
