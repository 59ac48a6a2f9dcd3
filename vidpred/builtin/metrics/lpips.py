"""Learned perceptual similarity (LPIPS). The weights of its network are downloaded when it is first used."""

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
from vidpred.toolbox import is_output_too_small

TIMEOUT = 20  # seconds without an answer from the server, after which the download fails


class LPIPS(Metric):
    """Learned perceptual image patch similarity: a distance of deep features, weighted to agree with people.

    0 is equal.
    """

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
        """Raises VidpredError if weights could not be downloaded, or frames are too small or neither RGB nor grey."""
        if self._net is None:
            self._net = self._load_net()
        net = self._net.to(frames.device)
        pair = (frames, truth) if frames.shape[1] == 3 else (_to_rgb(frames), _to_rgb(truth))
        try:
            with torch.no_grad():
                distance: Tensor = net(*pair, normalize=True)
        except RuntimeError as error:
            if not is_output_too_small(error):
                raise
            raise VidpredError(
                f"lpips: frames of {frames.shape[2]}x{frames.shape[3]} are too small for {self.config.net}; "
                "leave it out"
            ) from error
        return distance.flatten()

    def _load_net(self) -> Any:
        try:
            with _socket_timeout():
                return LearnedPerceptualImagePatchSimilarity(net_type=self.config.net, normalize=True).net
        except (OSError, RuntimeError) as error:  # no network, no such file, an incomplete download
            raise VidpredError(
                f"lpips: the weights of {self.config.net} could not be downloaded ({error}); they come from "
                f"download.pytorch.org, once, into {torch.hub.get_dir()}/checkpoints, where you can also put them "
                "yourself"
            ) from error


def _to_rgb(frames: Tensor) -> Tensor:
    """Repeat a grey channel three times."""
    if frames.shape[1] != 1:
        raise VidpredError(
            f"lpips: compares RGB or grey frames, but these have {frames.shape[1]} channels; leave it out"
        )
    return frames.expand(-1, 3, -1, -1)


@contextmanager
def _socket_timeout() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
