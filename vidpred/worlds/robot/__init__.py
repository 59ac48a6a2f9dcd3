"""A small robot world in the layout of BAIR robot pushing, rendered for whoever has no data."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vidpred.io.png import write_frames
from vidpred.worlds.robot.camera import Points
from vidpred.worlds.robot.motion import simulate
from vidpred.worlds.robot.scene import render

_SHARD = 256  # trajectories in a folder
_JOB = 32  # clips


def write(root: Path, seed: int, clips: Mapping[str, int]) -> None:
    """Render trajectories of 30 frames: ROOT/<split>/traj_0_to_255/<k>/{0..29}.png, actions.csv, endeffector_positions.csv.

    `clips` says how many for each split. Clip k of a split hangs on the seed, the split's name and k alone.
    """
    jobs = [
        (split, range(first, min(first + _JOB, count)))
        for split, count in clips.items()
        for first in range(0, count, _JOB)
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy, zlib and files release the interpreter lock
        for _ in pool.map(lambda job: _write(root, seed, *job), jobs):
            pass  # raises what a job raised


def _write(root: Path, seed: int, split: str, numbers: range) -> None:
    motion = simulate(seed, split, numbers)
    for number, frames, actions, positions in zip(
        numbers, render(motion.scene), motion.actions, motion.scene.gripper, strict=True
    ):
        shard = number // _SHARD * _SHARD
        folder = root / split / f"traj_{shard}_to_{shard + _SHARD - 1}" / str(number - shard)
        write_frames(folder, frames)
        (folder / "actions.csv").write_text(_table(actions))
        (folder / "endeffector_positions.csv").write_text(_table(positions))


def _table(values: Points) -> str:
    """[rows, columns] as np.savetxt writes it, which takes its time."""
    row = ",".join(["%.18e"] * values.shape[1]) + "\n"
    return row * len(values) % tuple(values.ravel())
