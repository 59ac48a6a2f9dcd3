"""`vidpred compare`: which runs are put side by side, how they are averaged, sorted and described."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest

from tests.comparison.runs import LINEAR, NONE, Part, Vidpred, cells, comparison, table, write_run
from tests.written_results import write_result
from vidpred.comparison.recipe_diff import format_value
from vidpred.comparison.runs import read_runs
from vidpred.errors import VidpredError
from vidpred.runs.layout import RunFolder
from vidpred.runs.lock import hold_lock


def test_the_best_epoch_has_all_the_figures_of_its_model(tmp_path: Path) -> None:
    (row,) = cells(table(write_run(tmp_path / "a", [18.0, 20.0, 19.9], seconds=61.0)))
    assert (row["PSNR dB best"], row["PSNR dB last"]) == ("20.00", "19.90")
    assert row["SSIM best"] == "0.810", "SSIM of the best epoch by PSNR, though the last has a higher one"
    assert row["time"] == "0:03:03"


def test_runs_are_sorted_best_first_and_the_best_figure_is_marked(tmp_path: Path) -> None:
    for name, best in (("a", 19.0), ("b", 21.0), ("c", 20.0)):
        write_run(tmp_path / name, [best], optimizer={"lr": best})
    shown = table(tmp_path)
    assert [row["run"] for row in cells(shown)] == ["b", "c", "a"]
    assert [row["optimizer.lr"] for row in cells(shown)] == ["21", "20", "19"]
    assert next(column for column in shown.columns if column.heading == "PSNR dB best").best == {0}


def test_a_metric_of_which_less_is_better_is_sorted_the_other_way(tmp_path: Path) -> None:
    for name, lr in (("a", 0.1), ("b", 0.2)):
        write_run(tmp_path / name, [20.0, 20.0], optimizer={"lr": lr})
        lines = [json.loads(line) for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()]
        for epoch, line in enumerate(lines):
            line["validate"] = {"loss": lr * (epoch + 1), "copy_last": {}}
        (tmp_path / name / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    shown = table(tmp_path)
    assert [(row["run"], row["squared error best"], row["squared error last"]) for row in cells(shown)] == [
        ("a", "0.100", "0.200"),
        ("b", "0.200", "0.400"),
    ]


def test_runs_that_differ_in_the_seed_alone_are_a_mean_and_a_standard_deviation(tmp_path: Path) -> None:
    values = {"cyclical": (19.0, 20.0, 22.5), "none": (20.0, 20.5, 20.25)}
    for name, best in values.items():
        for seed, value in enumerate(best, 1):
            changes = NONE if name == "none" else {}
            write_run(
                tmp_path / name / f"seed_{seed}",
                [value - 1, value],
                seed=seed,
                seconds=seed,
                name=f"tiny_{seed}",
                **changes,
            )
    rows = cells(table(tmp_path))
    assert [row["run"] for row in rows] == ["cyclical", "none"]
    for row in rows:
        best = values[row["run"]]
        assert row["PSNR dB best"] == f"{fmean(best):.2f} ± {stdev(best):.2f}"
        assert row["seeds"] == "3"
        assert row["time"] == "0:00:04", "the mean of 2, 4 and 6 seconds"


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"name": "other"},
        {"data": {"root": "elsewhere"}},
        {"save": {"every": 1}},
        {"train": {"workers": 3}},
        {"validate": {"preview_every": 1}},
        {"observers": [{"name": "x"}]},
        {"requires": ["vidpred-x"]},
        {"sample": {"seed": 3}},
    ],
)
def test_what_changes_no_figure_is_no_difference(tmp_path: Path, change: dict[str, Any]) -> None:
    write_run(tmp_path / "a", [20.0])
    write_run(tmp_path / "b", [21.0], **({"seed": 2} | change))
    rows = cells(table(tmp_path))
    assert [row["PSNR dB best"] for row in rows] == ["20.50 ± 0.71"]
    assert list(rows[0]) == ["run", "PSNR dB best", "PSNR dB last", "SSIM best", "seeds", "time"]


def test_only_differences_are_shown_and_the_rest_is_said_once(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [20.0])
    write_run(tmp_path / "b", [21.0], **NONE, **LINEAR)
    write_run(tmp_path / "c", [22.0], annealer={"cycles": 8}, optimizer={"betas": [0.5, 0.9]})
    shown = table(tmp_path)
    about = {row["run"]: (row["annealing"], row["forcing"], row["optimizer.betas"]) for row in cells(shown)}
    assert about == {
        "a": ("cyclical, cycles 4", "constant, ratio 0", "-"),
        "b": ("none, value 1", "linear_decay", "-"),
        "c": ("cyclical, cycles 8", "constant, ratio 0", "[0.5, 0.9]"),
    }
    assert shown.common == "length 2+10; epochs 1; parameters 18"
    assert not {"length", "epochs", "parameters", "seeds"} & set(cells(shown)[0])


def test_many_differences_share_a_column(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [20.0])
    write_run(
        tmp_path / "b",
        [21.0],
        optimizer={"lr": 0.1},
        loss={"beta_max": 1.0},
        model={"encoder": {"dim": 9}},
        train={"batch_size": 8, "epochs": 1},
    )
    rows = {row["run"]: row["other settings"] for row in cells(table(tmp_path))}
    assert rows == {
        "a": "model.encoder.dim 8, loss.beta_max 0.0001, optimizer.lr 0.002, train.batch_size 4",
        "b": "model.encoder.dim 9, loss.beta_max 1, optimizer.lr 0.1, train.batch_size 8",
    }


def test_settings_of_other_components_are_not_compared(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [20.0], model={"encoder": {"name": "resnet", "slope": 0.1, "depth": 3}})
    write_run(tmp_path / "b", [21.0])
    write_run(tmp_path / "c", [22.0], model={"encoder": {"dim": 9}})
    write_run(tmp_path / "d", [23.0], model={"encoder": {"name": "resnet", "slope": 0.2, "depth": 3}})
    assert "model.encoder.dim" not in cells(table(tmp_path))[0], "the column model.encoder says it"
    rows = {row["run"]: (row["model.encoder"], row["model.encoder.slope"]) for row in cells(table(tmp_path))}
    assert rows == {
        "a": ("resnet", "0.1"),
        "b": ("vgg64, dim 8", "-"),
        "c": ("vgg64, dim 9", "-"),
        "d": ("resnet", "0.2"),
    }


@pytest.mark.parametrize(
    ("change", "copied", "said"),
    [
        ({"sequence": {"past": 3}}, 17.0, "past 3 (there: 2)"),
        ({"sequence": {"future": 28}}, 17.0, "future 28 (there: 10)"),
        ({"validate": {"future": 28}}, 17.0, "future 28"),
        ({"validate": {"seed": 7}}, 17.0, "seed 7"),
        ({"validate": {"every": 2}}, 17.0, "every 2"),
        ({"data": {"name": "pose_video"}}, 17.0, "data pose_video"),
        ({"data": {"root": "other"}}, 17.1, "psnr of copy last is 17.1 (there: 17)"),
        ({"validate": {"metrics": [{"name": "psnr", "peak": 2.0}]}}, 17.0, "metric psnr"),
    ],
)
def test_what_was_not_validated_alike_is_never_in_one_table(
    tmp_path: Path, vidpred: Vidpred, change: dict[str, Any], copied: float, said: str
) -> None:
    write_run(tmp_path / "a", [20.0])
    write_run(tmp_path / "b", [21.0], copied=copied, seed=2, **change)
    first, second = comparison(tmp_path).groups
    assert [[row.name for row in block.rows] for block in (first, second)] == [["a"], ["b"]]
    assert first.differs == "" and said in second.differs
    shown = vidpred("compare", tmp_path)
    assert "not all of these runs were validated alike" in shown.errors
    assert f"NOT COMPARABLE with the tables above: {second.differs}" in shown.output


def test_other_lengths_are_comparable_where_they_are_validated_alike(tmp_path: Path) -> None:
    for future in (16, 32):
        write_run(tmp_path / f"length{future}", [20.0], sequence={"future": future}, validate={"future": 10})
    assert [row["length"] for row in cells(table(tmp_path))] == ["2+16", "2+32"]


def test_rounding_on_another_device_makes_no_other_frames(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [20.0], copied=17.0)
    write_run(tmp_path / "b", [21.0], copied=17.0001, seed=2, environment={"device": "H200, bf16"})
    found = comparison(tmp_path)
    assert len(found.groups) == 1
    assert found.notes == ["times are of different devices: CPU, bf16; H200, bf16"]


def test_copying_is_always_in_the_table(tmp_path: Path) -> None:
    shown = table(write_run(tmp_path / "a", [20.0]))
    assert shown.rows[-1][:4] == ["copy last", "17.00", "17.00", "0.600"] and shown.copies == 1


def test_unfinished_runs_are_marked_and_not_averaged(tmp_path: Path, vidpred: Vidpred) -> None:
    for seed, count in ((1, 3), (2, 3), (3, 2)):
        write_run(tmp_path / "cell" / f"seed_{seed}", [18.0, 20.0, 19.0][:count], epochs=3, seed=seed)
    write_run(tmp_path / "other", [18.0, 18.5], epochs=3, **NONE)
    with hold_lock(RunFolder(tmp_path / "other")):
        shown = vidpred("compare", tmp_path)
        rows = {row["run"]: row for row in cells(table(tmp_path))}
    assert {name: (row["epochs"], row["seeds"]) for name, row in rows.items()} == {
        "cell": ("3", "2"),
        "cell/seed_3 (interrupted)": ("2/3", "1"),
        "other (running)": ("2/3", "1"),
    }
    assert rows["cell"]["PSNR dB best"] == "20.00 ± 0.00"
    assert "2 of 4 runs are not finished" in shown.errors


def test_an_unfinished_neighbour_takes_no_name_away(tmp_path: Path) -> None:
    for seed, count in ((1, 3), (2, 3), (3, 2)):
        write_run(
            tmp_path / "cell" / f"seed_{seed}", [20.0] * count, epochs=3, seed=seed, optimizer={"lr": 0.1 * (1 + count)}
        )
    write_run(tmp_path / "other" / "seed_1", [18.0] * 3)
    write_run(tmp_path / "other" / "seed_2", [18.5] * 3, **NONE)
    assert [row.name for row in comparison(tmp_path).groups[0].rows] == [
        "cell",
        "cell/seed_3",
        "other/seed_2",
        "other/seed_1",
    ]


def test_runs_without_any_validation_come_last(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [None, None], epochs=3)
    write_run(tmp_path / "b", [None, 20.0])
    write_run(tmp_path / "c", [], epochs=2)
    rows = cells(table(tmp_path))
    assert [(row["run"], row["PSNR dB best"]) for row in rows] == [
        ("b", "20.00"),
        ("a (interrupted)", "-"),
        ("c (interrupted)", "-"),
    ]
    assert [row["epochs"] for row in rows] == ["2", "2/3", "0/2"]


def test_only_runs_without_validation_still_make_a_table(tmp_path: Path) -> None:
    (row,) = cells(table(write_run(tmp_path / "a", [], epochs=2)))
    assert row == {"run": "a (interrupted)", "time": "0:00:00"}


def test_the_same_run_counts_once(tmp_path: Path) -> None:
    run = write_run(tmp_path / "runs" / "a", [20.0])
    (tmp_path / "link").symlink_to(run)
    found = comparison(run, tmp_path / "runs", tmp_path / "link", tmp_path / "runs" / ".." / "runs" / "a")
    (row,) = found.groups[0].rows
    assert row.value("psnr", "best") == (20.0, None) and found.notes == []


def test_of_runs_with_one_seed_and_the_same_settings_the_later_counts(tmp_path: Path) -> None:
    for date, best in (("2026-01-01", 20.0), ("2026-01-02", 24.0)):
        write_result(write_run(tmp_path / date, [best], data={"root": date}))
    found = comparison(tmp_path)
    assert [row.name for row in found.groups[0].rows] == ["2026-01-02"]
    assert found.notes == [
        f"left out: {tmp_path / '2026-01-01'}: has the settings and the seed of {tmp_path / '2026-01-02'}, which counts"
    ]


def test_broken_runs_are_named_and_left_out(tmp_path: Path, vidpred: Vidpred) -> None:
    write_run(tmp_path / "a", [20.0])
    broken = write_run(tmp_path / "b", [21.0])
    (broken / "checkpoints" / "epoch_0000" / "weights.safetensors").write_bytes(b"")
    (write_run(tmp_path / "c", [22.0]) / "recipe.yaml").write_text("name: [")
    shown = vidpred("compare", tmp_path)
    assert shown.code == 0
    assert f"left out: {broken}: is broken: epoch_0000: weights.safetensors has 0 bytes" in shown.errors
    assert f"left out: {tmp_path / 'c'}: is broken" in shown.errors
    assert "21.00" not in shown.output and "22.00" not in shown.output and "20.00" in shown.output


def test_what_is_no_run_is_refused(tmp_path: Path, vidpred: Vidpred) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    for place, said in (("empty", "there is nothing to compare"), ("file", "is a file"), ("missing", "no folder")):
        shown = vidpred("compare", tmp_path / place)
        assert (shown.code, shown.output) == (2, "") and said in shown.errors and place in shown.errors
    write_run(tmp_path / "a", [20.0])
    shown = vidpred("compare", tmp_path / "a", tmp_path / "empty")
    assert shown.code == 0 and f"no runs in {tmp_path / 'empty'}" in shown.errors
    with pytest.raises(VidpredError, match="nothing to compare"):
        read_runs([tmp_path / "empty"])


def test_odd_values_in_records_are_no_figures(tmp_path: Path, vidpred: Vidpred) -> None:
    for name, odd in (
        ("a", {"validate": {}}),
        ("b", {"validate": {"psnr": "high", "ssim": True, "copy_last": 3}, "train": {"loss": []}}),
        ("c", {"validate": {"psnr": float("nan"), "ssim": None}, "seconds": []}),
    ):
        run = write_run(tmp_path / name, [20.0, 21.0], optimizer={"lr": float(ord(name))})
        first = (run / "metrics.jsonl").read_text().splitlines()[0]
        (run / "metrics.jsonl").write_text(first + "\n" + json.dumps({"epoch": 1, "train": {}, **odd}) + "\n")
        (run / "environment.json").write_text("[]")
    (tmp_path / "a" / "checkpoints" / "last").unlink()
    assert [(row["PSNR dB best"], row["PSNR dB last"], row["time"]) for row in cells(table(tmp_path))] == [
        ("20.00", "-", "0:00:10")
    ] * 3
    assert vidpred("compare", tmp_path, "--out", tmp_path / "out").code == 0


def test_parameters_are_counted_without_buffers_or_as_recorded(tmp_path: Path) -> None:
    entries, _ = read_runs(
        [
            write_run(tmp_path / "a", [20.0]),
            write_run(tmp_path / "b", [20.0], environment={"parameters": 123}),
            write_run(tmp_path / "c", [], epochs=1),
        ]
    )
    assert [entry.parameters for entry in entries] == [sum(weight.numel() for weight in Part().parameters()), 123, None]


def test_no_torch_is_loaded(tmp_path: Path) -> None:
    write_result(write_run(tmp_path / "a", [20.0]))
    code = (
        f"import sys; sys.argv = ['vidpred', 'compare', {str(tmp_path)!r}, '--out', {str(tmp_path / 'x.csv')!r}]\n"
        "from vidpred.cli.app import main\ntry:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "assert not {'torch', 'matplotlib'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_setting_without_a_name_is_told_by_its_parts() -> None:
    assert (
        format_value({"cycles": 4, "ratio": None}) == "cycles 4"
        and format_value({"name": "none", "value": 1.0}) == "none, value 1"
    )
