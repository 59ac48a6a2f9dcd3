"""Writes demo data in the folder layout of BAIR robot pushing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vidpred.io.png import write_frames
from vidpred.worlds.arrays import Float64Array
from vidpred.worlds.robot.motion import simulate_robot
from vidpred.worlds.robot.scene import render

_SHARD = 256  # trajectories in a folder
_CLIPS_PER_JOB = 32


def write_robot_data(root: Path, seed: int, clips: Mapping[str, int]) -> None:
    """Render trajectories of 30 frames: ROOT/<split>/traj_0_to_255/<k>/{0..29}.png, actions.csv,
    endeffector_positions.csv.

    `clips` maps each split to its number of clips. Clip k of a split depends only on the seed, the name of the split
    and k.
    """
    jobs = [
        (split, range(first, min(first + _CLIPS_PER_JOB, count)))
        for split, count in clips.items()
        for first in range(0, count, _CLIPS_PER_JOB)
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy, zlib and file operations release the GIL
        for _ in pool.map(lambda job: _write_clips(root, seed, *job), jobs):
            pass  # raises what a job raised


def _write_clips(root: Path, seed: int, split: str, numbers: range) -> None:
    motion = simulate_robot(seed, split, numbers)
    clips = zip(numbers, render(motion.scene), motion.actions, motion.scene.gripper, strict=True)
    for number, frames, actions, positions in clips:
        shard = number // _SHARD * _SHARD
        folder = root / split / f"traj_{shard}_to_{shard + _SHARD - 1}" / str(number - shard)
        write_frames(folder, frames)
        (folder / "actions.csv").write_text(_csv(actions))
        (folder / "endeffector_positions.csv").write_text(_csv(positions))


def _csv(values: Float64Array) -> str:
    """Format [rows, columns] like np.savetxt, which is much slower."""
    row = ",".join(["%.18e"] * values.shape[1]) + "\n"
    return row * len(values) % tuple(values.ravel())
