"""The check finds every problem that a run refuses: data that are damaged at random."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.data.integrity.damage import check_without_command, flip_bit
from tests.tiny_pose import SIZE
from vidpred import DataError, Problem
from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.builtin.datasets.pose.dataset import PoseVideo

DAMAGES: list[Callable[[Path, random.Random], Any]] = [
    lambda file, _: file.unlink(),
    lambda file, _: file.write_bytes(file.read_bytes()[: len(file.read_bytes()) // 2]),
    lambda file, _: file.write_bytes(b""),
    lambda file, rng: file.rename(file.with_name(f"{rng.randrange(30)}{file.suffix}")),
    lambda file, rng: file.rename(file.with_name(f"x{rng.randrange(30)}{file.suffix}")),
    lambda file, rng: Image.new(rng.choice(["RGB", "L", "RGBA"]), (rng.choice([8, 16, 64]), 64)).save(file, "PNG"),
    lambda file, rng: flip_bit(file, rng.randrange(file.stat().st_size)) if file.stat().st_size else None,
    lambda file, _: shutil.rmtree(file.parent),
    lambda file, _: (shutil.rmtree(file.parent), file.parent.mkdir()),
]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("family", ["robot", "pose", "release"])
def test_everything_that_a_run_refuses_is_reported(family: str, seed: int, request: pytest.FixtureRequest) -> None:
    root: Path = request.getfixturevalue(family)
    rng = random.Random(f"{family} {seed}")
    for _ in range(rng.randint(1, 3)):
        file = rng.choice(sorted(path for path in root.rglob("*") if path.is_file()))
        rng.choice(DAMAGES)(file, rng)
    dataset = (
        PoseVideo(PoseVideo.Config(root=root, size=SIZE))
        if family == "pose"
        else BairRobot(BairRobot.Config(root=root))
    )
    refused: list[Path] = []  # the files that a run refuses
    for name in ("train", "validate", "test"):
        try:
            split = dataset.split(name)
            refused += [problem.path for problem in split.problems(range(len(split.lengths)))]
        except DataError as error:
            refused.append(Problem.from_error(error, root).path)
    try:
        problems = [entry.problem for entry in check_without_command(dataset).problems]
    except DataError:
        assert refused  # no split can be opened
        return
    files = {problem.path for problem in problems}
    folders = {path.relative_to(root).parts[:1] for path in files}
    for path in refused:  # of two videos that do not match, either may be reported
        assert path.relative_to(root).parts[:1] in folders if family == "pose" else path in files, (path, files)
    assert not [problem for problem in problems if "Error: " in problem.message]  # our data sets foresee every error
    assert all(path.is_relative_to(root) for path in files)
