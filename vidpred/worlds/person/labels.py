"""Skeleton images: limbs as coloured lines on white, in the style of OpenPose (Cao et al. 2019, arXiv:1812.08008)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidpred.worlds.arrays import RGB, Float64Array
from vidpred.worlds.person.body import Skeleton
from vidpred.worlds.person.camera import HEIGHT, WIDTH, project_points
from vidpred.worlds.person.shapes import compose, line, strips

_HALF_WIDTH = 0.6  # of a line, pixels
_MARGIN = 2.0  # columns

# From, to, colour; or the colours of the left and the right one. The first line is on top.
_LINES: tuple[tuple[str, str, tuple[RGB, ...]], ...] = (
    ("nose", "eyes", ((0.70, 0.00, 1.00), (1.00, 0.00, 0.70))),
    ("eyes", "ears", ((0.50, 0.50, 1.00), (1.00, 0.50, 0.60))),
    ("elbows", "wrists", ((0.00, 0.80, 0.20), (1.00, 0.80, 0.00))),
    ("shoulders", "elbows", ((0.40, 0.85, 0.00), (1.00, 0.60, 0.00))),
    ("neck", "shoulders", ((0.65, 0.75, 0.10), (1.00, 0.35, 0.00))),
    ("neck", "nose", ((0.40, 0.00, 0.50),)),
    ("neck", "hip", ((0.95, 0.05, 0.10),)),
    ("ankles", "toes", ((0.30, 0.00, 0.70), (0.00, 0.45, 0.35))),
    ("knees", "ankles", ((0.15, 0.10, 1.00), (0.00, 0.85, 0.75))),
    ("hips", "knees", ((0.10, 0.40, 1.00), (0.00, 0.75, 0.55))),
    ("hip", "hips", ((0.20, 0.60, 1.00), (0.10, 0.65, 0.35))),
)


def render_labels(skeleton: Skeleton) -> NDArray[np.uint8]:
    """Render skeleton images [T, 32, 64, 3] with all limbs, also those that the body hides."""
    lines = [
        (_joint(skeleton, start, side), _joint(skeleton, end, side))
        for start, end, colours in _LINES
        for side in range(len(colours))
    ]
    start, end = (project_points(np.stack(points)) for points in zip(*lines, strict=True))  # [K, T, 2]
    colours = np.array([colour for _, _, sides in _LINES for colour in sides])
    labels = np.ones((len(skeleton.nose), 3, HEIGHT, WIDTH), np.float32)
    for times, columns in strips(project_points(skeleton.joints()), _MARGIN):
        covers = line(columns, start[:, times], end[:, times], _HALF_WIDTH)
        frame_colours = np.broadcast_to(colours, (covers.shape[1], *colours.shape))
        labels[times, :, :, columns] = compose(labels[times, :, :, columns], covers, frame_colours)
    return (labels * 255 + 0.5).astype(np.uint8).transpose(0, 2, 3, 1)


def _joint(skeleton: Skeleton, name: str, side: int) -> Float64Array:
    """Return a joint [T, 3]: the left (0) or the right (1) of a pair, or a single joint."""
    joints: Float64Array = getattr(skeleton, name)
    return joints if joints.ndim == 2 else joints[:, side]
