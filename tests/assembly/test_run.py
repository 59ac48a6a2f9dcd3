"""New runs: their folders, and what happens if a folder is deleted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import vidpred as vp
from tests.conftest import tiny_recipe
from vidpred.assembly.run import new_run
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import Document
from vidpred.recipe.validation import ValidatedRecipe, validate_recipe
from vidpred.training.events import EpochEnd


@pytest.fixture
def checked(robot_data: Path) -> ValidatedRecipe:
    return validate_recipe(Document("tiny", tiny_recipe(robot_data)), discover().registry)


def test_a_run_stops_if_its_folder_is_deleted(checked: ValidatedRecipe, tmp_path: Path) -> None:
    run = new_run(checked, out=tmp_path, device="cpu")
    with pytest.raises(vp.VidpredError, match="does not exist any more, so the run cannot continue"):
        for event in run.events():
            if isinstance(event, EpochEnd):
                shutil.rmtree(run.folder)


def test_runs_that_start_in_the_same_second_have_different_folders(checked: ValidatedRecipe, tmp_path: Path) -> None:
    runs = [new_run(checked, out=tmp_path, device="cpu") for _ in range(2)]
    runs[1].store.folder = runs[0].store.folder
    streams = [run.events() for run in runs]
    for stream in streams:
        next(stream)
    assert runs[0].folder != runs[1].folder
