"""Short names of compared runs."""

from __future__ import annotations

from pathlib import Path

from tests.comparison.written_runs import NO_ANNEALING, compare, write_run


def test_an_unfinished_run_does_not_lengthen_the_name_of_others(tmp_path: Path) -> None:
    for seed, count in ((1, 3), (2, 3), (3, 2)):
        write_run(
            tmp_path / "cell" / f"seed_{seed}", [20.0] * count, epochs=3, seed=seed, optimizer={"lr": 0.1 * (1 + count)}
        )
    write_run(tmp_path / "other" / "seed_1", [18.0] * 3)
    write_run(tmp_path / "other" / "seed_2", [18.5] * 3, **NO_ANNEALING)
    assert [row.name for row in compare(tmp_path).groups[0].rows] == [
        "cell",
        "cell/seed_3",
        "other/seed_2",
        "other/seed_1",
    ]
