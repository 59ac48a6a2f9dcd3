"""Which checkpoints of a run stay: the newest, the one before, the best, and some at regular epochs."""

from __future__ import annotations

from pathlib import Path

from vidpred.io.atomic import link_target
from vidpred.runs.history import Record
from vidpred.runs.position import Position
from vidpred.runs.retention import Retention, delete_unneeded, rewind, update_links

BEST_PSNR = Retention(every=None, keep=1, best={"psnr": True})


def record(epoch: int, psnr: float) -> Record:
    return {"epoch": epoch, "train": {}, "validate": {"psnr": psnr}}


def save_epochs(folder: Path, values: list[float], retention: Retention) -> list[Record]:
    """Save a checkpoint after each epoch, as a run with these validation values does; return its history."""
    history: list[Record] = []
    for epoch, psnr in enumerate(values):
        history.append(record(epoch, psnr))
        newest = folder / Position(epoch + 1).name
        newest.mkdir()
        update_links(folder, newest, history, retention)
        delete_unneeded(folder, len(history), retention)
    return history


def checkpoints(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.is_symlink())


def links(folder: Path) -> dict[str, str]:
    targets = {path.name: link_target(path) for path in folder.iterdir() if path.is_symlink()}
    return {name: target.name for name, target in targets.items() if target}


def test_the_newest_the_previous_and_the_best_stay(tmp_path: Path) -> None:
    save_epochs(tmp_path, [20.0, 23.0, 21.0, 22.0, 22.5], BEST_PSNR)
    assert checkpoints(tmp_path) == ["epoch_0001", "epoch_0003", "epoch_0004"]
    assert links(tmp_path) == {"last": "epoch_0004", "previous": "epoch_0003", "best_psnr": "epoch_0001"}


def test_the_newest_at_multiples_of_every_stay(tmp_path: Path) -> None:
    save_epochs(tmp_path, [20.0] * 9, Retention(every=2, keep=2, best={}))
    assert checkpoints(tmp_path) == ["epoch_0005", "epoch_0007", "epoch_0008"]


def test_rewinding_deletes_later_checkpoints_and_corrects_the_links(tmp_path: Path) -> None:
    history = save_epochs(tmp_path, [20.0, 21.0, 22.0, 23.0], Retention(every=1, keep=9, best={"psnr": True}))
    rewind(tmp_path, Position(2), history[:2], BEST_PSNR)
    assert checkpoints(tmp_path) == ["epoch_0000", "epoch_0001"]
    assert links(tmp_path) == {"last": "epoch_0001", "best_psnr": "epoch_0001"}
    assert not (tmp_path / "previous").is_symlink()


def test_rewinding_deletes_leftovers_of_vidpred_only(tmp_path: Path) -> None:
    history = save_epochs(tmp_path, [20.0], BEST_PSNR)
    for name in (".epoch_0003.4711", ".git", "notes", ".epoch_mine"):
        (tmp_path / name).mkdir()
    for name in (".last.4711", ".best_psnr.12"):
        (tmp_path / name).symlink_to("epoch_0000")
    rewind(tmp_path, Position(1), history, BEST_PSNR)
    assert checkpoints(tmp_path) == [".epoch_mine", ".git", "epoch_0000", "notes"]
    assert links(tmp_path) == {"last": "epoch_0000", "best_psnr": "epoch_0000"}
