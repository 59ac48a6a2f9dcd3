"""RunFolder: where the files of a run are, and how its folder is created, described and recognised."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vidpred.errors import VidpredError
from vidpred.runs.layout import RunFolder


def test_a_folder_is_created_with_recipe_and_environment(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "tiny" / "now", "name: tiny\n", {"device": "CPU"})
    assert run.path == tmp_path / "tiny" / "now" and run.checkpoints.is_dir()
    assert run.read_recipe() == {"name": "tiny"} and run.read_provenance() == {"device": "CPU"}
    assert [path.name for path in run.path.parent.iterdir()] == ["now"]


def test_runs_of_the_same_second_are_numbered(tmp_path: Path) -> None:
    names = [RunFolder.create(tmp_path / "now", "", {}).path.name for _ in range(3)]
    assert names == ["now", "now_2", "now_3"]


def test_removing_the_last_run_removes_its_parent(tmp_path: Path) -> None:
    runs = [RunFolder.create(tmp_path / "tiny" / "now", "", {}) for _ in range(2)]
    runs[0].remove()
    assert runs[1].path.is_dir()
    runs[1].remove()
    assert not (tmp_path / "tiny").exists()


def test_a_folder_that_cannot_be_created_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VidpredError, match=r"cannot be written: .*; make room, or give another --out"):
        RunFolder.create(tmp_path / "file" / "now", "", {})


def test_previews_and_results_are_listed_in_order(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    paths = run.preview_paths(7)
    assert [path.name for path in paths] == [f"epoch_0007.{kind}" for kind in ("gif", "png", "webp", "json")]
    run.previews.mkdir()
    for epoch in (11, 2):
        run.preview_paths(epoch).gif.write_bytes(b"")
    assert run.existing_previews(".gif") == [run.preview_paths(epoch).gif for epoch in (2, 11)]
    for label in ("svg", "all", ".hidden"):
        (run.evaluations / label).mkdir(parents=True)
        (run.evaluations / label / "result.json").write_text("{}")
    assert [path.name for path in run.results()] == ["all", "svg"]


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, None])
def test_an_unreadable_environment_is_empty(content: str | None, tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    if content is None:
        os.mkfifo(run.environment_path)  # reading a pipe would block
    else:
        run.environment_path.write_text(content)
    assert run.read_provenance() == {}


def test_what_is_not_a_run_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VidpredError, match=r"nothing is not a run folder: there is no such folder"):
        RunFolder(tmp_path / "nothing").require_recipe()
    run = RunFolder.create(tmp_path / "tiny" / "now", "name: tiny\n", {})
    run.require_recipe()
    with pytest.raises(VidpredError, match=rf"it has no recipe.yaml; did you mean {run.path}\?"):
        RunFolder(tmp_path).require_recipe()
    run.recipe_path.unlink()
    run.recipe_path.mkdir()
    with pytest.raises(VidpredError, match=r"recipe\.yaml: is not a regular file"):
        run.require_recipe()
