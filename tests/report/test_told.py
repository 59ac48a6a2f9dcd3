"""What a report says of a run: curves, headline figures, facts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.report.runs import RECIPE, record, write_run
from vidpred.report import charts as curves, run_data as source, summary as facts


def test_curves_have_baselines_gaps_resets_and_the_best_epoch(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=100, every=100)
    records = [record(epoch, **({"validate": None} if epoch % 2 else {})) for epoch in range(100)]
    records[4]["train"] = {"loss": None, "mse": 0.1, "kl": 1.0, "extra": 2.5}
    (folder / "metrics.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    run = source.read(folder)
    psnr, ssim = curves.metrics(run)
    assert [line["label"] for line in psnr["lines"]] == ["train", "validation", "copy last"] and (
        psnr["title"],
        psnr["unit"],
    ) == ("PSNR", "dB")
    assert (
        psnr["lines"][1]["values"][:3] == [15.0, None, pytest.approx(record(2)["validate"]["psnr"], rel=1e-5)]
        and psnr["lines"][1]["joined"]
    )
    assert psnr["best"] == 80 and ssim["best"] == 98
    loss, error, kl, extra = curves.losses(run)
    assert (
        loss["lines"][0]["values"][4] is None and not loss["lines"][0]["joined"] and error["best"] == 98 and kl["log"]
    )
    assert extra["title"] == "extra" and extra["lines"][0]["values"][:6] == [None, None, None, None, 2.5, None]
    assert curves.resets(run) == [40, 80]
    beta, forcing, rate = curves.schedules(run)
    assert beta["lines"][0]["values"] == pytest.approx([one["beta"] for one in records], rel=1e-5)
    assert [line["label"] for line in forcing["lines"]] == ["ratio", "share forced"] and (
        forcing["floor"],
        forcing["ceiling"],
    ) == (0, 1)
    assert rate["lines"][0]["values"][0] == 0.002


def test_the_headline_stands_beside_its_baselines(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=100, every=100)
    psnr, ssim, loss = facts.headline(source.read(folder))
    assert (psnr["name"], psnr["unit"], psnr["epoch"], psnr["best"], psnr["lower"]) == ("PSNR", "dB", 80, True, False)
    assert psnr["value"] == record(80)["validate"]["psnr"] and psnr["beside"] == [{"name": "copy last", "value": 18.2}]
    assert ssim["epoch"] == 99 and loss["epoch"] == 99 and loss["lower"] and loss["beside"] == []
    beside = {"copy_last": {"lpips_vgg": 0.3}, "copy_first": {"lpips_vgg": 0.4}}
    stranger = [record(epoch, validate={"lpips_vgg": 0.1 * epoch, **beside}) for epoch in range(3)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(one) + "\n" for one in stranger))
    (found,) = facts.headline(source.read(folder))
    assert (
        found["value"] == 0.2
        and not found["best"]
        and [one["name"] for one in found["beside"]] == ["copy last", "copy first"]
    )


def test_best_is_the_first_of_equals_and_takes_only_numbers(tmp_path: Path) -> None:
    values = [19.0, None, 21.0, 21.0, 20.0]
    run = source.Source(
        tmp_path, "", {}, {}, [record(epoch, validate={"psnr": value}) for epoch, value in enumerate(values)]
    )
    assert run.best("psnr") == 2 and run.best("loss") is None and run.best("strange") is None


def test_what_was_run_is_told(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=3, every=3)
    told = dict(facts.facts(source.read(folder)))
    assert (
        told["Data"] == "bair_robot, root data/bair, conditions [actions, positions]"
        and told["Frames"] == "2 given, 10 predicted in training"
    )
    assert (
        told["Model"] == "six_slots: encoder vgg64, decoder vgg64"
        and told["Training"] == "100 epochs of 50 steps, batches of 20 clips"
    )
    assert told["KL annealing"] == "cyclical, cycles 4, ratio 0.5" and told["Versions"] == "vidpred 0.1.0, torch 2.6.0"
    assert "Began with" not in told and "Skipped" not in told
    (folder / "metrics.jsonl").write_text(
        json.dumps(record(0, skipped=2)) + "\n" + json.dumps(record(1, skipped=1)) + "\n"
    )
    several = {**RECIPE, "data": [{"name": "a", "share": 1}, {"name": "b", "share": 3}]}
    told = dict(facts.facts(source.read(folder)._replace(recipe=several)))
    assert told["Data"] == "a, share 1; b, share 3" and told["Skipped"].startswith("3 steps")
    state = facts.state(source.read(folder))
    assert (state["done"], state["wanted"], state["seconds"], state["time"]) == (2, 100, 25.0, "25 s")


def test_a_torn_line_ends_the_history_and_a_later_record_replaces_an_earlier_one(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=3, every=3)
    metrics = folder / "metrics.jsonl"
    whole = metrics.read_text()
    metrics.write_text(whole + '{"epoch": 3, "train": {"lo')
    assert len(source.read(folder).records) == 3
    metrics.write_text(whole + json.dumps(record(1, lr=0.5)) + "\n")  # epoch 1 was done again
    assert [(one["epoch"], one["lr"] == 0.5) for one in source.read(folder).records] == [
        (0, False),
        (1, True),
        (2, False),
    ]
    metrics.write_text("nonsense\n" + whole)
    assert source.read(folder).records == []


def test_a_run_of_a_matrix_says_which_it_is(tmp_path: Path) -> None:
    for name, shown in (("none_off/seed_1", "none_off/seed_1"), ("tiny/2026-01-01_10-00-00", "2026-01-01_10-00-00")):
        assert facts.state(source.read(write_run(tmp_path / name, epochs=1)))["folder"] == shown


def test_a_line_that_is_not_a_record_ends_the_history(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=3)
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    for torn in ("{", "[]", "3", "{}", "[" * 100_000):
        (folder / "metrics.jsonl").write_text("\n".join([lines[0], torn, lines[2]]) + "\n")
        assert [record["epoch"] for record in source.read(folder).records] == [0]
