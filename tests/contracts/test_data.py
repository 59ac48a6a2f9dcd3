"""Problems of data sets, the default reader of problems, and the root in recipes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch

from vidpred import DataError, Lengths, Problem, Split, Window
from vidpred.contracts.base import is_data_root


class DamagedSplit(Split):
    """One clip of 130 frames and 140 conditions, of which frames 70 and 71 cannot be read."""

    lengths = (Lengths(130, 140),)

    def read(self, index: int, start: int, length: int) -> Window:
        for t in (70, 71):
            if start <= t < start + length:
                raise DataError("is damaged", Path(f"clip/{t}.png"))
        return Window(torch.zeros(min(length, 130 - start), 3, 8, 8, dtype=torch.uint8), torch.zeros(length, 1))

    def describe(self, index: int) -> str:
        return "clip"


def test_a_problem_has_the_path_of_its_error() -> None:
    default = Path("clip")
    problem = Problem(Path("a/3.png"), "is grey")
    assert Problem.from_error(DataError("is grey", Path("a/3.png")), default) == problem
    assert Problem.from_error(DataError("is grey"), default) == Problem(default, "is grey")
    assert Problem.from_error(DataError("clip: is grey"), default) == Problem(default, "is grey")
    assert Problem.from_error(FileNotFoundError(2, "No such file", "a.csv"), default) == Problem(
        Path("a.csv"), "cannot be read: No such file"
    )
    assert str(problem) == str(DataError("is grey", Path("a/3.png"))) == "a/3.png: is grey"


def test_an_error_keeps_its_path_between_processes() -> None:
    error = pickle.loads(pickle.dumps(DataError("is grey", Path("a/3.png"))))
    assert (error.path, error.message) == (Path("a/3.png"), "is grey")


def test_the_default_reports_one_problem_for_each_window() -> None:
    assert list(DamagedSplit().problems([0])) == [Problem(Path("clip/70.png"), "is damaged")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("data.root", True), ("data.3.root", True), ("data.conditions", False), ("observers.0.root", False)],
)
def test_the_root_of_a_data_set_in_a_recipe(path: str, expected: bool) -> None:
    assert is_data_root(path) is expected
