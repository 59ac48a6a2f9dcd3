"""Poses of the person, and measurements of rendered frames."""

from __future__ import annotations

import numpy as np

from vidpred.worlds.person.body import Skeleton, Stance, pose_skeleton
from vidpred.worlds.person.camera import HEIGHT, WIDTH, project_points
from vidpred.worlds.person.gait import walk_path
from vidpred.worlds.person.room import FLOOR

TRAIN, VAL = 1200, 250  # frames
ALL_COLUMNS = slice(0, WIDTH)


def standing(heading: float = 0.0, **changes: float) -> Skeleton:
    """Two frames of a person who stands still in the middle, arms down."""
    rest = {
        "x": 0.0,
        "y": 0.0,
        "bend": 0.0,
        "crouch": 0.0,
        "split": 0.0,
        "left_raise": 0.1,
        "left_out": np.pi / 2,
        "left_elbow": 0.0,
        "right_raise": 0.1,
        "right_out": np.pi / 2,
        "right_elbow": 0.0,
        "heading": heading,
    }
    stance = Stance(**{name: np.full(2, value) for name, value in (rest | changes).items()})
    return pose_skeleton(stance, walk_path(stance.x, stance.y, stance.heading))


def colour_at(image: np.ndarray, joint: np.ndarray) -> np.ndarray:
    """The colour of the pixel of a joint [3]."""
    row, column = project_points(joint)
    return image[int(row), int(column)] / 255.0


def body_mask(frames: np.ndarray, empty: np.ndarray) -> np.ndarray:
    """The pixels that show the person, [T, 32, 64]. A shadow darkens the floor evenly, and not completely."""
    brightness = np.clip((frames * empty).sum(-1) / (empty * empty).sum(-1), 0, 1)
    difference = np.where(
        np.arange(HEIGHT)[:, None] < FLOOR,
        abs(frames - empty).max(-1),
        abs(frames - brightness[..., None] * empty).max(-1),
    )
    return (difference > 0.1) | (brightness < 0.26)


def boxes(masks: np.ndarray) -> np.ndarray:
    """The first and the last row and column of masks [T, 32, 64], as [T, 4]."""
    rows, columns = masks.any(-1), masks.any(-2)
    return np.stack(
        [
            rows.argmax(-1),
            HEIGHT - 1 - rows[:, ::-1].argmax(-1),
            columns.argmax(-1),
            WIDTH - 1 - columns[:, ::-1].argmax(-1),
        ],
        -1,
    )


def psnr(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(-10 * np.log10(((a - b) ** 2).mean((-1, -2, -3)) + 1e-12))
