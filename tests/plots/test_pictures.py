"""Previews, plots and drawn schedules: what they show, and that no picture ends a training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageSequence

from vidpred.contracts.schedules import Annealer, Forcing, Progress
from vidpred.contracts.tensors import Clip
from vidpred.engine.schedules import schedule_values
from vidpred.evaluation import previews
from vidpred.evaluation.preview_types import PerFrame, Pictures, Preview, frame_psnr
from vidpred.plots.canvas import BORDER, GAP, GIVEN, PREDICTED
from vidpred.plots.gifs import CAPTION_HEIGHT, TITLE_HEIGHT, write_preview_gif
from vidpred.plots.strips import LABEL_WIDTH, NUMBER_HEIGHT, TITLE_HEIGHT as STRIP_TITLE, write_preview_strip
from vidpred.plots.training import draw_training_plots
from vidpred.report.epoch_artifacts import draw_epoch_artifacts
from vidpred.runs.layout import RunFolder
from vidpred.training.events import EpochEnd, RunWarning

PLOTS = {"loss.png", "psnr.png", "kl.png", "schedules.png", "psnr_per_frame.png", "overview.png"}


def preview(
    clips: int = 2,
    frames: int = 6,
    channels: int = 3,
    height: int = 64,
    width: int = 64,
    samples: int = 3,
    past: int = 2,
    length: int | None = None,
) -> Preview:
    source = torch.Generator().manual_seed(0)
    truth = torch.rand(clips, frames, channels, height, width, generator=source)
    made = torch.rand(clips, samples, frames - 1, channels, height, width, generator=source)
    psnr = 20 + torch.rand(clips, samples, frames - past, generator=source)
    return Preview(truth, truth[:, 1:] / 2, made, psnr, past, length or frames)


def record(epoch: int, **changes: Any) -> dict[str, Any]:
    return {
        "epoch": epoch,
        "train": {"loss": 1 / (epoch + 1), "mse": 0.1 / (epoch + 1), "kl": 30.0, "psnr": 20.0 + epoch},
        "validate": {"loss": 0.02, "psnr": 19.0 + epoch % 7, "copy_last": {"psnr": 18.0}},
        "beta": 0.0001,
        "ratio": 0.5,
        "forced_share": 0.4,
        "resets": epoch // 3,
        "lr": 0.002,
        "skipped": 0,
        **changes,
    }


def pages(path: Path) -> list[Image.Image]:
    with Image.open(path) as file:
        return [page.convert("RGB") for page in ImageSequence.Iterator(file)]


def near(colour: Any, wanted: tuple[int, int, int]) -> bool:
    """GIFs have 256 colours a page."""
    return all(abs(one - other) <= 8 for one, other in zip(colour, wanted, strict=True))


@pytest.mark.parametrize(("shape", "scale"), [((3, 64, 64), 2), ((1, 32, 64), 4), ((3, 64, 32), 4), ((4, 160, 128), 1)])
@pytest.mark.parametrize("samples", [1, 3])
def test_a_gif_shows_truth_posterior_best_and_samples(
    tmp_path: Path, shape: tuple[int, int, int], scale: int, samples: int
) -> None:
    write_preview_gif(tmp_path / "a.gif", preview(2, 5, *shape, samples=samples), 7)
    with Image.open(tmp_path / "a.gif") as file:
        assert file.n_frames == 5 and file.info["duration"] == 200 and file.info["loop"] == 0
    cell = (shape[2] * scale + 2 * BORDER + GAP, shape[1] * scale + 2 * BORDER + GAP)
    columns = 3 + (samples if samples > 1 else 0)
    for t, page in enumerate(pages(tmp_path / "a.gif")):
        assert page.size == (GAP + columns * cell[0], TITLE_HEIGHT + CAPTION_HEIGHT + 2 * cell[1])
        for column in range(columns):
            for row in range(2):
                border = page.getpixel((GAP + column * cell[0] + 1, TITLE_HEIGHT + CAPTION_HEIGHT + row * cell[1] + 20))
                assert near(border, GIVEN if t < 2 or column == 0 else PREDICTED), (t, column, row)


def test_a_preview_shows_the_best_sample_of_each_clip() -> None:
    shown = preview(clips=3)
    best, psnr = shown.best()
    for clip in range(3):
        n = int(shown.psnr[clip].mean(1).argmax())
        assert torch.equal(best[clip], shown.samples[clip, n]) and torch.equal(psnr[clip], shown.psnr[clip, n])


def test_psnr_is_of_each_frame_and_at_most_100_db() -> None:
    truth = torch.zeros(1, 2, 3, 4, 4)
    assert frame_psnr(truth + torch.tensor([0.0, 0.1]).reshape(1, 2, 1, 1, 1), truth)[0].tolist() == pytest.approx(
        [100.0, 20.0], abs=1e-4
    )


@pytest.mark.parametrize(("frames", "bands", "per_band"), [(3, 1, 3), (16, 1, 16), (17, 2, 9), (64, 4, 16)])
def test_a_strip_shows_every_step_in_bands(tmp_path: Path, frames: int, bands: int, per_band: int) -> None:
    write_preview_strip(tmp_path / "a.png", preview(2, frames, samples=1), 7)
    (page,) = pages(tmp_path / "a.png")
    cell = 64 * 2 + 2 * BORDER + GAP // 2
    assert page.width == max(740, LABEL_WIDTH + per_band * cell + 12)
    band = (page.height - STRIP_TITLE - 2 * 12) // (2 * bands)
    assert page.height == STRIP_TITLE + 2 * (bands * band + 12) and band > 2 * cell
    for clip in range(2):
        for t in range(frames):
            left = LABEL_WIDTH + t % per_band * cell + 1
            top = STRIP_TITLE + clip * (bands * band + 12) + t // per_band * band + NUMBER_HEIGHT + 20
            assert page.getpixel((left, top)) == GIVEN
            assert page.getpixel((left, top + cell)) == (GIVEN if t < 2 else PREDICTED)


def test_given_frames_are_shown_as_they_were_given(tmp_path: Path) -> None:
    shown = preview(1, 4, height=128, width=128)
    write_preview_strip(tmp_path / "a.png", shown, 7)
    (page,) = pages(tmp_path / "a.png")
    for t in range(4):
        corner = (
            LABEL_WIDTH + t * (128 + 2 * BORDER + GAP // 2) + BORDER,
            STRIP_TITLE + NUMBER_HEIGHT + 128 + 3 * BORDER + GAP // 2,
        )
        frame = shown.truth[0, t] if t < 2 else shown.best()[0][0, t - 1]
        assert page.getpixel(corner) == tuple((frame[:, 0, 0] * 255).round().int().tolist())


@pytest.mark.parametrize(
    "history",
    [
        [record(0)],
        [record(epoch) for epoch in range(300)],
        [record(epoch, validate=None) for epoch in range(3)],
        [record(0), record(1, train={}, skipped=2), record(2, validate=None)],
        [record(0, train={"loss": None}, validate={"loss": None, "ssim": 0.5})],
        [record(0, train={"loss": 0.0, "mse": 0.0, "kl": 0.0}, beta=0.0, ratio=0.0, lr=0.0)],
    ],
)
@pytest.mark.parametrize(
    "per_frame",
    [None, PerFrame(0, 2, {"psnr": [20.0, 19.0]}, {"psnr": [18.0, 15.0]}), PerFrame(0, 2, {"loss": [0.1]}, {})],
)
def test_every_plot_is_written(tmp_path: Path, history: list[dict[str, Any]], per_frame: PerFrame | None) -> None:
    draw_training_plots(tmp_path / "plots", history, per_frame)
    assert {path.name for path in (tmp_path / "plots").iterdir()} == PLOTS - (
        {"psnr_per_frame.png"} if per_frame is None else set()
    )
    for path in (tmp_path / "plots").iterdir():
        with Image.open(path) as image:
            assert image.format == "PNG" and image.width >= 900 and image.height >= 500
            assert len(image.convert("RGB").getcolors(1 << 20) or []) > 20  # something is on it


def test_a_users_matplotlib_settings_stay_and_do_not_reach_the_plots(tmp_path: Path) -> None:
    import matplotlib as mpl

    draw_training_plots(tmp_path / "a", [record(0)], None)
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "savefig.dpi": 20}):
        draw_training_plots(tmp_path / "b", [record(0)], None)
        assert mpl.rcParams["font.size"] == 30
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_all_pictures_of_an_epoch(tmp_path: Path) -> None:
    drawn = draw_epoch_artifacts(
        tmp_path,
        Pictures(
            7, preview(), [record(epoch) for epoch in range(8)], PerFrame(7, 2, {"psnr": [20.0]}, {"psnr": [18.0]})
        ),
    )
    assert drawn == tmp_path / "previews" / "epoch_0007.gif"
    assert {path.name for path in drawn.parent.iterdir()} == {
        "epoch_0007.gif",
        "epoch_0007.png",
        "epoch_0007.webp",
        "epoch_0007.json",
    }
    assert {path.name for path in (tmp_path / "plots").iterdir()} == PLOTS


def tiny_run(recipe: Path, out: Path, *overrides: str) -> Any:
    from vidpred.assembly.run import new_run
    from vidpred.plugins.discovery import discover
    from vidpred.recipe.loading import load_recipe
    from vidpred.recipe.validation import validate_recipe

    return new_run(validate_recipe(load_recipe(recipe, list(overrides)), discover([]).registry), out=out, device="cpu")


def test_a_run_hands_over_what_it_predicts(write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    import vidpred as vp

    run = tiny_run(write_recipe(), tmp_path / "out", "validate.preview_samples=2", "validate.seed=3")
    seen: list[Pictures] = []

    def watch(folder: Path, pictures: Pictures) -> Path:
        seen.append(pictures)
        return draw_epoch_artifacts(folder, pictures)

    object.__setattr__(run.validation, "draw", watch)
    reports = [event for event in run.events() if isinstance(event, EpochEnd)]
    assert [report.preview for report in reports] == [None, run.folder / "previews" / "epoch_0001.gif"]
    (pictures,) = seen
    shown = pictures.preview
    assert (
        shown.truth.shape == (2, 6, 3, 64, 64)
        and shown.posterior.shape == (2, 5, 3, 64, 64)
        and shown.samples.shape == (2, 2, 5, 3, 64, 64)
    )
    batch = run.validation.data.first_clips(past=2)
    clip = batch.clip(torch.device("cpu"))
    again = vp.load(run.folder, device="cpu").predict(Clip(clip.frames, clip.conditions), seed=3, samples=2)
    assert torch.allclose(again.reshape(shown.samples.shape), shown.samples, atol=1e-5)
    first = shown.psnr[:, 0].double().mean().item()
    assert first == pytest.approx(
        pictures.history[-1]["validate"]["psnr"], abs=1e-3
    )  # sample 0 is what validation measures
    assert pictures.per_frame is not None and pictures.per_frame.first == 2 and pictures.per_frame.epoch == 1
    assert pictures.per_frame.predicted["psnr"] == pytest.approx(shown.psnr[:, 0].mean(0).tolist(), abs=1e-3)


def test_long_clips_are_shown_from_their_beginning(
    write_recipe: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "FUTURE", 2)
    monkeypatch.setattr(previews, "CLIPS", 1)
    run = tiny_run(write_recipe(), tmp_path / "out", "train.epochs=1", "annealer=none")
    seen: list[Pictures] = []
    object.__setattr__(run.validation, "draw", lambda folder, pictures: seen.append(pictures))
    list(run.events())
    assert seen[0].preview.truth.shape[:2] == (1, 4) and seen[0].preview.length == 6


def test_a_failure_to_draw_only_warns(write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    run = tiny_run(write_recipe(), tmp_path / "out", "validate.preview_every=1")

    def fail(folder: Path, pictures: Pictures) -> Path:
        raise OSError(28, "No space left on device")

    object.__setattr__(run.validation, "draw", fail)
    events = list(run.events())
    warned = [event.message for event in events if isinstance(event, RunWarning)]
    assert len(warned) == 2 and "epoch 0" in warned[0] and "No space left" in warned[0]
    assert [event.preview for event in events if isinstance(event, EpochEnd)] == [None, None]
    assert len(RunFolder(run.folder).read_history()) == 2 and (run.folder / "checkpoints" / "last").exists()


@pytest.mark.parametrize("annealer", ["{name: cyclical, cycles: 2, unit: step}", "{name: monotonic}", "none"])
def test_schedules_drawn_are_schedules_recorded(
    write_recipe: Callable[..., Path], tmp_path: Path, annealer: str
) -> None:
    forcing = "{name: linear_decay, start: 0.9, from_epoch: 1, step: 0.3, granularity: frame}"
    run = tiny_run(
        write_recipe(),
        tmp_path / "out",
        f"annealer={annealer}",
        f"forcing={forcing}",
        "train.epochs=3",
        "train.steps_per_epoch=3",
        "loss.beta_max=0.007",
    )
    run.validation.data.split.lengths = run.validation.data.split.lengths[:1]
    list(run.events())
    drawn = schedule_values(run.trainer.annealer, run.trainer.forcing, beta_max=0.007, epochs=3, steps_per_epoch=3)
    assert [(record["beta"], record["ratio"]) for record in RunFolder(run.folder).read_history()] == list(
        zip(drawn.beta, drawn.ratio, strict=True)
    )
    assert not drawn.reads_history


def test_a_policy_that_reads_the_history_is_told_apart() -> None:
    class Steady(Annealer):
        name = "steady"

        def weight(self, at: Progress) -> float:
            return 1.0

    class Patient(Forcing):
        name = "patient"

        def ratio(self, at: Progress) -> float:
            return 0.5 if at.history and at.history[-1]["validate"] else 1.0

    drawn = schedule_values(
        Steady(Steady.Config()), Patient(Patient.Config()), beta_max=0.5, epochs=2, steps_per_epoch=2
    )
    assert drawn.reads_history and drawn.ratio == (1.0, 1.0) and drawn.beta == (0.5, 0.5)


def test_show_draws_the_schedules(
    vidpred: Callable[..., Any], write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    file = tmp_path / "schedules.png"
    shown = vidpred("show", write_recipe(), "--schedules", file)
    assert shown.code == 0 and "assuming" not in shown.output and str(file) in shown.output, shown.errors
    with Image.open(file) as image:
        assert image.format == "PNG" and image.width >= 900


def test_show_counts_steps_in_the_data_or_assumes_them(
    vidpred: Callable[..., Any], write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    recipe, file = write_recipe(), tmp_path / "a.svg"
    there = vidpred("show", recipe, "--set", "train.steps_per_epoch=null", "--schedules", file)
    assert there.code == 0 and "assuming" not in there.output
    gone = vidpred(
        "show",
        recipe,
        "--set",
        "train.steps_per_epoch=null",
        "--set",
        f"data.root={tmp_path / 'gone'}",
        "--schedules",
        file,
    )
    assert gone.code == 0 and "assuming 100 steps" in gone.output and "gone" in gone.output


@pytest.mark.parametrize(
    ("name", "said"),
    [("a.txt", ".png"), ("a", ".png"), ("folder.png", "directory"), ("file.txt/a.png", "cannot be written")],
)
def test_a_picture_that_cannot_be_written_is_one_clear_message(
    vidpred: Callable[..., Any], write_recipe: Callable[..., Path], tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file.txt").touch()
    shown = vidpred("show", write_recipe(), "--schedules", tmp_path / name)
    assert shown.code == 2 and said in shown.errors and name in shown.errors


def test_preview_samples_has_bounds(vidpred: Callable[..., Any], write_recipe: Callable[..., Path]) -> None:
    for value in (0, 17):
        assert vidpred("check", write_recipe(), "--set", f"validate.preview_samples={value}").code == 2
