"""`vidpred predict`: its scoring file, its GIFs, and what cannot be predicted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence
from torchvision.transforms.v2.functional import resize

import vidpred as vp
from tests.conftest import tiny_recipe
from tests.plots.submission_file import read_rows
from tests.tiny_pose import SIZE, draw, pose_recipe, trained, write_pose_data
from vidpred.plots.canvas import BORDER, GAP
from vidpred.plots.gifs import CAPTION_HEIGHT, TITLE_HEIGHT

TESTS = {"10": (1, 4), "0": (1, 6), "2": (1, 3)}  # in order: 0 with 6 labels, 2 with 3, 10 with 4
LABELS = [6, 3, 4]
SEEDS = [3, 4, 2]  # of the first frames, as `write_pose_data` draws them


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pose_data(tmp_path_factory.mktemp("pose"), tests=TESTS)


@pytest.fixture(scope="module")
def run(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(pose_recipe(root), tmp_path_factory.mktemp("run"))


def pixels(image: Image.Image) -> list[int]:
    """Return the values in the order C, H, W."""
    return list(np.asarray(image).transpose(2, 0, 1).flatten().tolist())


# the scoring file


def test_a_row_for_each_label_of_each_sequence_in_order(
    root: Path, run: Path, predict: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "submission.csv"
    outcome = predict(run, "--split", "test", "--submission", file)
    header, rows = read_rows(file)
    assert f"{file}: {sum(LABELS)} rows" in outcome.output
    assert header == ["id", *map(str, range(3 * 8 * 16))]
    assert [row[0] for row in rows] == list(range(sum(LABELS)))
    assert all(len(row) == 1 + 3 * 8 * 16 and min(row[1:]) >= 0 and max(row[1:]) <= 255 for row in rows)
    model, first = vp.load(run, device="cpu"), 0
    for index, (count, seed) in enumerate(zip(LABELS, SEEDS, strict=True)):
        assert rows[first][1:] == pixels(draw(0, seed)[0])
        clip = model.clip("test", index, length=count)
        assert torch.equal(
            clip.conditions[0, 0] * 255, torch.from_numpy(np.array(draw(0, seed)[1])).permute(2, 0, 1).float()
        )
        predicted = torch.tensor([row[1:] for row in rows[first + 1 : first + count]]).view(count - 1, 3, *SIZE)
        assert not torch.equal(predicted[0], predicted[1])
        if index == 0:
            assert torch.equal(predicted, (model.predict(clip)[0] * 255).round().int())
        first += count


def test_the_given_frame_is_the_resized_one(tmp_path: Path, predict: Callable[..., Any]) -> None:
    data = write_pose_data(tmp_path / "data", size=(20, 30))
    run = trained(pose_recipe(data), tmp_path)
    predict(run, "--submission", tmp_path / "s.csv")
    given = resize(torch.from_numpy(np.array(draw(0, 2, (20, 30))[0])).permute(2, 0, 1), list(SIZE), antialias=True)
    assert read_rows(tmp_path / "s.csv")[1][0][1:] == given.flatten().tolist()


def test_the_same_seed_writes_the_same_file(run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("default.csv", "zero.csv", "one.csv")]
    for file, seed in zip(files, ([], ["--seed", 0], ["--seed", 1]), strict=True):
        predict(run, "--submission", file, "--out", tmp_path / file.stem, *seed)
    default, seed_0, seed_1 = (file.read_bytes() for file in files)
    assert default == seed_0 != seed_1
    (_, zeros), (_, ones) = read_rows(files[1]), read_rows(files[2])
    given = [0, 6, 9]
    assert [row == other for row, other in zip(zeros, ones, strict=True)] == [
        row in given for row in range(sum(LABELS))
    ]


def test_each_sequence_has_its_own_noise(tmp_path: Path, predict: Callable[..., Any]) -> None:
    """Two equal test videos have different predictions."""
    data = write_pose_data(tmp_path / "data", tests={"0": (1, 4)})
    for kind in ("img", "label"):
        shutil.copytree(data / f"test/test_{kind}/0", data / f"test/test_{kind}/1")
    run = trained(pose_recipe(data), tmp_path)
    predict(run, "--submission", tmp_path / "s.csv")
    rows = [row[1:] for row in read_rows(tmp_path / "s.csv")[1]]
    assert rows[0] == rows[4] and rows[1:4] != rows[5:8]


def test_predictions_equal_those_that_are_evaluated(tmp_path: Path, root: Path, predict: Callable[..., Any]) -> None:
    """With the same seed: the values of `eval` follow from the frames that `predict` writes, for every clip."""
    data = write_pose_data(tmp_path / "data", tests={"0": (5, 5), "1": (5, 5), "2": (6, 6)})
    run = trained(pose_recipe(data), tmp_path)
    predict(run, "--submission", tmp_path / "s.csv")
    rows, figures, first = [torch.tensor(row[1:]) / 255 for row in read_rows(tmp_path / "s.csv")[1]], [], 0
    for count, seed in ((5, 2), (5, 3), (6, 4)):
        truth = [torch.tensor(pixels(draw(t, seed)[0])) / 255 for t in range(count)]
        errors = torch.stack([(rows[first + t] - truth[t]).square().mean() for t in range(1, count)])
        figures.append((-10 * errors.log10()).tolist())
        first += count
    scores = vp.load(run, device="cpu").validate("test", future="all").predicted["psnr"]
    for measured, own in zip(scores, figures, strict=True):
        assert measured.tolist() == pytest.approx(own, abs=0.01)  # pixels are whole numbers in the file


# GIFs


def gif(path: Path) -> tuple[tuple[int, int], list[Image.Image], list[int]]:
    """Return the size, the frames as RGB, and how long each is shown, in milliseconds."""
    with Image.open(path) as image:
        frames = [(frame.convert("RGB"), int(frame.info["duration"])) for frame in ImageSequence.Iterator(image)]
        return image.size, [frame for frame, _ in frames], [duration for _, duration in frames]


def test_a_gif_for_each_sequence(run: Path, predict: Callable[..., Any]) -> None:
    shutil.rmtree(run / "predictions", ignore_errors=True)
    outcome = predict(run)
    folder = run / "predictions" / "test"
    assert sorted(path.name for path in folder.iterdir()) == [
        "0.gif",
        "10.gif",
        "2.gif",
    ]  # as the folders of the videos
    for name, count in zip((0, 2, 10), LABELS, strict=True):
        size, frames, durations = gif(folder / f"{name}.gif")
        assert len(frames) == count and len(set(durations)) == 1 and durations[0] > 0
        assert f"{folder / f'{name}.gif'}: {count - 1} frames predicted from 1" in outcome.output
        assert size[0] > 2 * 16 * 16 and size[1] > 16 * 8  # condition and prediction, frames upscaled to 128 pixels


def test_true_frames_are_shown_if_they_exist(
    run: Path, root: Path, predict: Callable[..., Any], tmp_path: Path
) -> None:
    predict(run, "--split", "validate", "--out", tmp_path / "v", "--submission", tmp_path / "v.csv")
    predict(run, "--split", "test", "--out", tmp_path / "t")
    (wide, *_), frames, _ = gif(tmp_path / "v" / "val_img.gif")
    (narrow, *_), _, _ = gif(tmp_path / "t" / "0.gif")
    assert len(frames) == 6 and wide > narrow and [path.name for path in (tmp_path / "v").iterdir()] == ["val_img.gif"]
    _, rows = read_rows(tmp_path / "v.csv")
    assert len(rows) == 6 and rows[0][1:] == pixels(draw(0, 1)[0]) and rows[1][1:] != pixels(draw(1, 1)[0])


def test_a_gif_shows_truth_skeleton_and_prediction(run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    """Frame by frame, each 16 times as large, with its border: green where it is given or true, else red."""
    predict(run, "--split", "validate", "--out", tmp_path, "--submission", tmp_path / "v.csv")
    rows, (_, pages, _) = read_rows(tmp_path / "v.csv")[1], gif(tmp_path / "val_img.gif")
    for t, page in enumerate(pages):
        predicted = np.array(rows[t][1:], np.uint8).reshape(3, *SIZE).transpose(1, 2, 0)
        for column, frame in enumerate((*(np.asarray(image) for image in draw(t, 1)), predicted)):
            left, top = (
                GAP + column * (16 * SIZE[1] + 2 * BORDER + GAP) + BORDER,
                TITLE_HEIGHT + CAPTION_HEIGHT + BORDER,
            )
            shown = np.asarray(page)[top + 8 : top + 16 * SIZE[0] : 16, left + 8 : left + 16 * SIZE[1] : 16]
            assert np.abs(shown.astype(int) - frame).mean() < 6, f"frame {t}, column {column}"  # 256 colours a page
            red, green, _ = np.asarray(page)[top - 2, left - 2].tolist()
            assert (red > green) == (t > 0 and column == 2), f"frame {t}, column {column}"


def test_robot_runs_are_predicted_too(robot_data: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    recipe = tiny_recipe(robot_data, annealer="none", validate={"metrics": ["psnr"]}, save={"best": ["psnr"]})
    recipe["train"].update(epochs=1, steps_per_epoch=1)
    run = trained(recipe, tmp_path)
    predict(run, "--split", "test", "--submission", tmp_path / "s.csv")
    header, rows = read_rows(tmp_path / "s.csv")
    assert header[-1] == str(3 * 64 * 64 - 1) and len(rows) == 9
    frames = [Image.open(robot_data / "test/traj_0_to_255/0" / f"{t}.png") for t in range(3)]
    assert [rows[t][1:] == pixels(frame) for t, frame in enumerate(frames)] == [True, True, False]  # 2 are given
    assert len(gif(run / "predictions/test/0.gif")[1]) == 9
    predict(run, "--split", "validate")
    assert sorted(path.name for path in (run / "predictions/validate").iterdir()) == ["0.gif", "1.gif"]


# what cannot be predicted


def test_unknown_names(run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    assert (
        "unknown split 'tset'; did you mean 'test'? known splits: test, train, validate"
        in predict(run, "--split", "tset", code=2).errors
    )
    assert "has no checkpoint 'lst'; did you mean 'last'?" in predict(run, "--checkpoint", "lst", code=2).errors
    assert f"{tmp_path} is not a run folder" in predict(tmp_path, code=2).errors
    assert f"did you mean {run}?" in predict(run.parent, code=2).errors


def test_outputs_that_cannot_be_written(run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    for arguments, expected in (
        (
            ["--submission", tmp_path / "no" / "s.csv"],
            f"--submission {tmp_path}/no/s.csv: there is no folder {tmp_path}/no",
        ),
        (["--submission", tmp_path], f"{tmp_path}: is a folder that is not empty"),
        (["--submission", tmp_path / "empty"], f"{tmp_path}/empty: cannot be written: Is a directory"),
        (["--submission", tmp_path / "file" / "s.csv"], f"{tmp_path}/file/s.csv: there is no folder {tmp_path}/file"),
        (["--out", tmp_path / "file"], f"{tmp_path}/file"),
        (["--out", tmp_path / "file" / "deeper"], f"{tmp_path}/file"),
    ):
        message = predict(run, "--out", tmp_path / "gifs", "--force", *arguments, code=2).errors
        assert message.startswith("error: ") and expected in message, message


def test_a_full_disk_is_named(
    run: Path, predict: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(path: Path, *_: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("vidpred.plots.export.write_clip_gif", full)
    assert (
        "0.gif: cannot be written: No space left on device; give another --out"
        in predict(run, "--out", tmp_path / "o", code=2).errors
    )


def test_an_error_leaves_the_scoring_file_unchanged(
    root: Path, run: Path, predict: Callable[..., Any], tmp_path: Path
) -> None:
    """A part of a file could be mistaken for a complete one."""
    data, copied, file = (
        shutil.copytree(root, tmp_path / "data"),
        shutil.copytree(run, tmp_path / "run", symlinks=True),
        tmp_path / "s.csv",
    )
    recipe = copied / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace(str(root), str(data)))
    (data / "test/test_label/10/2.png").write_bytes(b"no image")  # in the last of three
    assert (
        "test_label/10/2.png: cannot be read"
        in predict(copied, "--submission", file, "--out", tmp_path / "o", code=2).errors
    )
    assert not file.exists()
    file.write_text("an older one")
    predict(copied, "--submission", file, "--force", code=2)
    assert file.read_text() == "an older one"
    shutil.rmtree(data / "test")
    predict(copied, "--submission", file, "--force", code=2)
    assert file.read_text() == "an older one"


def test_the_advice_of_a_message_is_correct(root: Path, run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    """Where the data have moved, and --set is what the message tells to use, it must work."""
    copied = shutil.copytree(run, tmp_path / "run", symlinks=True)
    recipe = copied / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace(str(root), str(tmp_path / "gone")))
    message = predict(copied, code=2).errors
    assert f"no folder {tmp_path}/gone" in message
    if "--set data.root=FOLDER" in message:
        predict(copied, "--set", f"data.root={root}", "--out", tmp_path / "o")


def test_sequences_with_fewer_frames_than_are_given_are_named(
    root: Path, predict: Callable[..., Any], tmp_path: Path
) -> None:
    run = trained(pose_recipe(root, sequence={"past": 2, "future": 2}), tmp_path)
    message = predict(run, code=2).errors
    assert (
        f"{root}/test/test_img/0 has 1 frame" in message
        and "2 frames" in message
        and "lower start or length" not in message
    )
