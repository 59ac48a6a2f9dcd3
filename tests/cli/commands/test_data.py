"""`vidpred data check` and `data sample`: usage, what they print, and a data set of a plugin."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import write_trajectory
from tests.data.integrity.damage import SHARD, problem_lines, split_counts

ROBOT = ["{root}", "--dataset", "bair_robot"]
USAGE: dict[str, tuple[list[str], str]] = {
    "an unknown data set": (
        ["{root}", "--dataset", "bair_robt"],
        "unknown dataset 'bair_robt'; did you mean 'bair_robot'?",
    ),
    "no folder": (["{root}x", "--dataset", "bair_robot"], "{root}x: no such folder; did you mean 'robot'?"),
    "nothing near": (["/nowhere/at/all", "--dataset", "bair_robot"], "/nowhere/at/all: no such folder\n"),
    "a file": (
        ["{root}/train/{shard}/0/0.png", "--dataset", "bair_robot"],
        "data.root: no folder {root}/train/{shard}/0/0.png",
    ),
    "an unknown setting": ([*ROBOT, "--set", "condition=[]"], "no such setting; did you mean 'conditions'?"),
    "a wrong setting": ([*ROBOT, "--set", "conditions=[action]"], "should be 'actions' or 'positions', got 'action'"),
    "no setting": ([*ROBOT, "--set", "conditions"], "--set conditions: write it as setting=value"),
    "no YAML": ([*ROBOT, "--set", "conditions=[a"], "--set conditions=[a: the value cannot be read"),
    "one number for a size": (
        ["{root}", "--dataset", "pose_video", "--set", "size=[32]"],
        "size: should have at least 2 items, not 1: height and width, as in [32, 64]",
    ),
    "no data set": (["{root}"], "--dataset: is missing: what reads {root}? known data sets: "),
}


def test_help_shows_brackets(vidpred: Callable[..., Any]) -> None:
    shown = vidpred("data", "check", "--help").output
    assert "[required]" in shown.partition("--dataset")[2].partition("--set")[0] and "conditions=[actions]" in shown


@pytest.mark.parametrize("case", USAGE)
def test_usage_errors_have_exit_code_2(case: str, vidpred: Callable[..., Any], robot: Path) -> None:
    arguments, expected = USAGE[case]
    named = {"root": str(robot), "shard": SHARD}
    shown = vidpred("data", "check", *(argument.format(**named) for argument in arguments))
    assert shown.code == 2 and not shown.output and expected.format(**named) in shown.errors, shown


PLUGIN = '''
import torch
import vidpred
from pathlib import Path

class Clips(vidpred.Split):
    def __init__(self, root, name):
        self.files = sorted((root / name).glob("*.txt"))
        self.lengths = [vidpred.Lengths(100, 100)] * len(self.files)

    def read(self, index, start, length):
        if "stuck" in self.files[index].name:
            raise vidpred.DataError("is stuck", self.files[index])
        value = int(self.files[index].read_text())
        assert start + length <= 100
        frames = torch.arange(start, start + length).view(-1, 1, 1, 1).expand(-1, 3, 8, 8) + value
        return vidpred.Window(frames.to(torch.uint8), torch.zeros(length, 1))

    def describe(self, index):
        return str(self.files[index])

    def problems(self, indices):
        for index in indices:
            text = self.files[index].read_text()
            if text == "bug":
                {}["a key"]
            if not text.isdigit():
                yield vidpred.Problem(self.files[index], "holds no number")

class TextFiles(vidpred.Dataset):
    """Text files."""
    name = "text_files"

    class Config(vidpred.Dataset.Config):
        root: Path = Path(".")

    frame, condition = vidpred.FeatureSpec(3, (8, 8)), vidpred.FeatureSpec(1)

    def split(self, name):
        return Clips(self.config.root, name)

@vidpred.hookimpl
def vidpred_register(add):
    add("dataset", "text_files", TextFiles)
'''


def test_a_data_set_of_a_plugin_that_only_has_problems(vidpred: Callable[..., Any], tmp_path: Path) -> None:
    plugin, root = tmp_path / "text_files.py", tmp_path / "data"
    plugin.write_text(PLUGIN)
    for name, texts in {"train": ["0", "100", "x", "bug", "0"], "validate": ["150"], "test": []}.items():
        (root / name).mkdir(parents=True)
        for number, text in enumerate(texts):
            (root / name / f"{number}.txt").write_text(text)
    (root / "train" / "stuck.txt").write_text("5")
    shown = vidpred("data", "check", root, "--dataset", "text_files", "--json", "--plugin", plugin)
    assert shown.code == 1, shown.errors
    report = json.loads(shown.output)
    train, bug = f"train {root}/train", 1 + PLUGIN.splitlines().index('                {}["a key"]')
    assert problem_lines(report) == [
        f"{train}/2.txt: holds no number",
        f"{train}/3.txt: cannot be read: KeyError: 'a key' (text_files.py, line {bug})",
        f"{train}/stuck.txt: is stuck",
        f"{train}/4.txt: is the same clip as {root}/train/0.txt; leave one of them out",
        f"validate {root}/validate/0.txt: 50 of its 100 frames are also in {root}/train/1.txt in train, "
        "so that validate does not measure generalization; leave it out of one of them",
        f"test {root}: test: holds no clip",
    ]
    assert split_counts(report, "clips", "usable", "frames", "conditions") == {
        "train": (6, 2, 300, 300),
        "validate": (1, 0, 100, 100),
        "test": (0, 0, 0, 0),
    }


def test_text_output(vidpred: Callable[..., Any], robot: Path, pose: Path) -> None:
    write_trajectory(robot / "train" / SHARD / "7", 4, seed=7)
    shown = vidpred("data", "check", robot, "--dataset", "bair_robot")
    assert shown.code == 0 and not shown.errors
    *table, last = shown.output.splitlines()
    assert table == [
        f"bair_robot in {robot}",
        "split     clips  usable  frames  of a clip",
        f"train     6      6       49      4 frames ({robot}/train/{SHARD}/7) to 9 frames ({robot}/train/{SHARD}/4)",
        "validate  2      2       18      9 frames",
        "test      1      1       9       9 frames",
    ]
    assert last.startswith("9 clips with 76 frames read in ") and last.endswith("s: no problems")
    (robot / "train" / SHARD / "7" / "1.png").write_bytes(b"")
    (robot / "test" / SHARD / "0" / "actions.csv").unlink()
    shown = vidpred("data", "check", robot, "--dataset", "bair_robot")
    assert shown.code == 1
    lines = shown.output.splitlines()
    assert lines[0] == "train: 1 problem" and lines[1].startswith(
        f"  {robot}/train/{SHARD}/7/1.png: cannot be read as an image"
    )
    assert lines[3] == "test: 1 problem" and lines[4].startswith(f"  {robot}/test/{SHARD}/0/actions.csv: is missing")
    assert lines[8].split()[:4] == ["train", "6", "5", "48"] and lines[-1].endswith(
        "2 problems; 7 of 9 clips can be used"
    )
    assert "1 frame and 5 conditions" in vidpred("data", "check", pose, "--dataset", "pose_video").output


def test_the_command_renders_demo_data(
    small_demo_data: list[Path], vidpred: Callable[..., Any], tmp_path: Path
) -> None:
    first = vidpred("data", "sample", "bair_robot", tmp_path / "mine")
    assert first.code == 0 and (tmp_path / "mine" / "train").is_dir()
    second = vidpred("data", "sample", "bair_robot", tmp_path / "mine")
    assert second.code == 2 and "exists already" in second.errors
    unknown = vidpred("data", "sample", "bair_robt", tmp_path / "other")
    assert unknown.code == 2 and "did you mean 'bair_robot'?" in unknown.errors
