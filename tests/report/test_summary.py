"""Headline values and the description of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.run_folders import RECIPE, record, write_history, write_run
from vidpred.report.run_data import RunData, read_run_data
from vidpred.report.summary import headline_values, run_description, run_progress


def test_headline_values_are_shown_with_their_baselines(tmp_path: Path) -> None:
    psnr, ssim, loss = headline_values(read_run_data(write_run(tmp_path / "run", epochs=100, every=100)))
    assert psnr == {
        "name": "PSNR",
        "unit": "dB",
        "value": record(80)["validate"]["psnr"],
        "epoch": 80,
        "best": True,
        "higher_is_better": True,
        "baselines": [{"name": "copy last", "value": 18.2}],
    }
    assert ssim["epoch"] == 99 and loss["epoch"] == 99
    assert loss["name"] == "Squared error" and loss["higher_is_better"] is False and loss["baselines"] == []


def test_a_metric_without_a_known_direction_shows_its_last_value(tmp_path: Path) -> None:
    baselines = {"copy_last": {"lpips_vgg": 0.3}, "copy_first": {"lpips_vgg": 0.4}}
    history = [record(epoch, validate={"lpips_vgg": 0.1 * epoch, **baselines}) for epoch in range(3)]
    (value,) = headline_values(RunData(tmp_path, "", {}, {}, history))
    assert value["value"] == 0.2 and not value["best"] and value["higher_is_better"] is None
    assert [baseline["name"] for baseline in value["baselines"]] == ["copy last", "copy first"]


def test_a_plugin_metric_where_lower_is_better_is_shown_at_its_lowest(tmp_path: Path) -> None:
    history = [record(epoch, validate={"mae": mae, "copy_last": {"mae": 0.5}}) for epoch, mae in enumerate([0.18, 0.3])]
    info = {"mae": {"unit": "", "higher_is_better": False, "title": "MAE"}}
    (value,) = headline_values(RunData(tmp_path, "", {}, {"metrics": info}, history))
    assert (value["name"], value["value"], value["epoch"], value["best"]) == ("MAE", 0.18, 0, True)
    assert value["higher_is_better"] is False and value["baselines"] == [{"name": "copy last", "value": 0.5}]


def test_the_description_has_the_settings_of_the_run(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=3, every=3)
    description = dict(run_description(read_run_data(folder)))
    assert description["Data"] == "bair_robot, root data/bair, conditions [actions, positions]"
    assert description["Frames"] == "2 given, 10 predicted in training"
    assert description["Model"] == "six_slots: encoder vgg64, decoder vgg64"
    assert description["Training"] == "100 epochs of 50 steps, batches of 20 clips"
    assert description["KL annealing"] == "cyclical, cycles 4, ratio 0.5"
    assert description["Versions"] == "vidpred 0.1.0, torch 2.6.0"
    assert "Initialized from" not in description and "Skipped" not in description


def test_the_description_has_all_data_sets_and_skipped_steps(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=3, every=3)
    write_history(folder, [record(0, skipped=2), record(1, skipped=1)])
    data = [{"name": "a", "share": 1}, {"name": "b", "share": 3}]
    description = dict(run_description(read_run_data(folder)._replace(recipe={**RECIPE, "data": data})))
    assert description["Data"] == "a, share 1; b, share 3" and description["Skipped"].startswith("3 steps")


def test_the_state_counts_epochs_and_time(tmp_path: Path) -> None:
    state = run_progress(read_run_data(write_run(tmp_path / "run", epochs=2)))
    assert state == {"folder": "run", "done": 2, "planned": 100, "seconds": 25.0, "time": "25 s"}


@pytest.mark.parametrize(
    ("path", "shown"), [("none_off/seed_1", "none_off/seed_1"), ("tiny/2026-01-01_10-00-00", "2026-01-01_10-00-00")]
)
def test_a_run_of_a_matrix_is_named_with_the_folder_above(tmp_path: Path, path: str, shown: str) -> None:
    assert run_progress(read_run_data(write_run(tmp_path / path, epochs=1)))["folder"] == shown
