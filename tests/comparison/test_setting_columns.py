"""The columns of a table that describe runs."""

from __future__ import annotations

from pathlib import Path

from tests.comparison.written_runs import LINEAR_DECAY, NO_ANNEALING, only_table, row_cells, write_run


def test_only_different_settings_have_columns(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [20.0])
    write_run(tmp_path / "b", [21.0], **NO_ANNEALING, **LINEAR_DECAY)
    write_run(tmp_path / "c", [22.0], annealer={"cycles": 8}, optimizer={"betas": [0.5, 0.9]})
    table = only_table(tmp_path)
    settings = {row["run"]: (row["annealing"], row["forcing"], row["optimizer.betas"]) for row in row_cells(table)}
    assert settings == {
        "a": ("cyclical, cycles 4", "constant, ratio 0", "-"),
        "b": ("none, value 1", "linear_decay", "-"),
        "c": ("cyclical, cycles 8", "constant, ratio 0", "[0.5, 0.9]"),
    }
    assert table.common == "length 2+10; epochs 1; parameters 18"
    assert not {"length", "epochs", "parameters", "seeds"} & set(row_cells(table)[0])


def test_many_different_settings_share_a_column(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [20.0])
    write_run(
        tmp_path / "b",
        [21.0],
        optimizer={"lr": 0.1},
        loss={"beta_max": 1.0},
        model={"encoder": {"dim": 9}},
        train={"batch_size": 8, "epochs": 1},
    )
    rows = {row["run"]: row["other settings"] for row in row_cells(only_table(tmp_path))}
    assert rows == {
        "a": "model.encoder.dim 8, loss.beta_max 0.0001, optimizer.lr 0.002, train.batch_size 4",
        "b": "model.encoder.dim 9, loss.beta_max 1, optimizer.lr 0.1, train.batch_size 8",
    }
