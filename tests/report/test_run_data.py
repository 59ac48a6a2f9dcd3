"""Reading a run folder for its report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.report.run_folders import record, write_run
from vidpred.errors import VidpredError
from vidpred.report.run_data import RunData, read_run_data


def test_the_best_epoch_is_the_first_of_equals_and_has_a_value(tmp_path: Path) -> None:
    values = [19.0, None, 21.0, 21.0, 20.0]
    history = [record(epoch, validate={"psnr": value}) for epoch, value in enumerate(values)]
    run = RunData(tmp_path, "", {}, {}, history)
    assert run.best_epoch("psnr") == 2 and run.best_epoch("loss") is None and run.best_epoch("unknown") is None


def test_the_direction_of_a_plugin_metric_comes_from_the_run(tmp_path: Path) -> None:
    history = [record(epoch, validate={"mae": value}) for epoch, value in enumerate([0.3, 0.18, 0.2])]
    info = {"mae": {"unit": "grey levels", "higher_is_better": False, "title": "MAE"}}
    run = RunData(tmp_path, "", {}, {"metrics": info}, history)
    assert run.best_epoch("mae") == 1 and run.metric_info("mae").title == "MAE"
    assert run._replace(environment={}).best_epoch("mae") is None


def test_an_unfinished_last_line_is_ignored(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=3, every=3)
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 3, "train": {"lo')
    assert len(read_run_data(folder).history) == 3


@pytest.mark.parametrize("line", ["nonsense", "{", "[]", "3", "{}", "[" * 100_000, json.dumps(record(0))])
def test_a_damaged_history_is_named(tmp_path: Path, line: str) -> None:
    folder = write_run(tmp_path / "run", epochs=3)
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    (folder / "metrics.jsonl").write_text("\n".join([lines[0], line, lines[2]]) + "\n")
    with pytest.raises(VidpredError, match=r"metrics\.jsonl: line 2 is not the record of epoch 1; delete it"):
        read_run_data(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", "[" * 200_000, "{" + " " * (1 << 20) + "}"])
def test_a_damaged_environment_is_named(tmp_path: Path, content: str) -> None:
    folder = write_run(tmp_path / "run", epochs=1)
    (folder / "environment.json").write_text(content)
    with pytest.raises(VidpredError, match=r"environment\.json: .*; delete it$"):
        read_run_data(folder)


def test_a_broken_recipe_is_named(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=1)
    for content in (b"[1]", b"name: caf\xe9", b"#" * (1 << 20)):
        (folder / "recipe.yaml").write_bytes(content)
        with pytest.raises(VidpredError, match=r"recipe\.yaml"):
            read_run_data(folder)


def test_missing_files_are_empty(tmp_path: Path) -> None:
    assert read_run_data(tmp_path) == RunData(tmp_path, "", {}, {}, [])
