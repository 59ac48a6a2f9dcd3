"""What training shows and begins with: windows with a stride, several data sets, augmentations, other runs' weights."""
from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
import yaml
from hypothesis import given, settings as hypothesis_settings, strategies as st
from safetensors.torch import load_file

import vidpred as vp
from tests.tiny_pose import SIZE, built, pose_recipe, settings, trained, write, write_pose_data
from vidpred import Lengths, Sample
from vidpred.builtin.datasets.pose_video import PoseVideo
from vidpred.engine import records
from vidpred.engine.clips import Batches, Pick, Start, evaluation_batches, load, training_batches, windows
from vidpred.engine.joined import Joined, alike

Launch = Callable[..., Any]


@pytest.fixture(autouse=True)
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidpred.build.draw", lambda folder, _: folder)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read-only: tests that break data write their own."""
    return write_pose_data(tmp_path_factory.mktemp("pose"))


@pytest.fixture
def launch(vidpred: Callable[..., Any], tmp_path: Path) -> Launch:
    """launch(fields, "train.epochs=2", …): how `vidpred run` ends. It leaves a run folder where it ends well, else none."""
    def call(fields: dict[str, Any], *changes: str, options: Sequence[object] = (), out: Path = tmp_path / "out") -> Any:
        shutil.rmtree(out, ignore_errors=True)
        outcome = vidpred("run", write(tmp_path / "recipe.yaml", fields), "--out", out, "--device", "cpu", *settings(*changes), *options)
        assert len(list(out.glob("*/*"))) == (1 if outcome.code == 0 else 0), outcome
        return outcome
    return call


@pytest.fixture
def refused(launch: Launch) -> Callable[..., str]:
    """The one message that a run of these fields ends in."""
    def call(fields: dict[str, Any], *changes: str) -> str:
        outcome = launch(fields, *changes)
        assert outcome.code == 2 and outcome.errors.startswith("error: ") and "Traceback" not in outcome.errors, outcome
        return str(outcome.errors)
    return call


def folder_of(out: Path) -> Path:
    return next(out.glob("tiny/*"))


def figures(folder: Path) -> list[dict[str, Any]]:
    """The records of a run, times apart."""
    return [{key: value for key, value in record.items() if key not in ("seconds", "clips_per_second")} for record in records.read(folder)]


# windows

def lengths(*frames: int) -> list[Lengths]:
    return [Lengths(count, count) for count in frames]


@pytest.mark.parametrize(("start", "stride", "expected"), [
    ("random", None, [(0, 0), (1, 0), (2, 0)]), (0, None, [(0, 0), (1, 0), (2, 0)]), (1, None, [(0, 1), (1, 1)]),
    (0, 4, [(0, 0), (0, 4), (1, 0), (2, 0)]), ("random", 4, [(0, 0), (0, 4), (1, 0), (2, 0)]),
    (0, 2, [(0, 0), (0, 2), (0, 4), (0, 6), (1, 0), (2, 0)]), (1, 2, [(0, 1), (0, 3), (0, 5), (1, 1)]), (0, 100, [(0, 0), (1, 0), (2, 0)])])
def test_windows_of_clips_of_10_5_and_4_frames(start: Start, stride: int | None, expected: list[tuple[int, int]]) -> None:
    assert windows(lengths(10, 5, 4), 4, start, stride) == expected


@hypothesis_settings(deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(2, 12), st.integers(0, 5), st.integers(1, 15))
def test_as_many_windows_as_fit(frames: list[int], length: int, start: int, stride: int) -> None:
    made = windows(lengths(*frames), length, start, stride)
    assert Counter(clip for clip, _ in made) == Counter({clip: (count - start - length) // stride + 1 for clip, count in enumerate(frames)
                                                         if count >= start + length})
    assert all(first + length <= frames[clip] and (first - start) % stride == 0 for clip, first in made) and len(set(made)) == len(made)


def picks(batches: Batches) -> list[Pick]:
    return [pick for batch in batches for pick in batch]


def epoch(frames: Sequence[int], number: int = 0, length: int = 4, **options: Any) -> list[Pick]:
    given = {"seed": 1, "epoch": number, "batch_size": 4, "batches": None, "start": "random", **options}
    return picks(training_batches(lengths(*frames), length, **given))


def test_with_a_fixed_start_an_epoch_shows_every_window_once_in_another_order() -> None:
    shown = epoch([20, 9, 4], stride=3, start=0)
    places = [(pick.clip, pick.start) for pick in shown]
    assert sorted(places) == windows(lengths(20, 9, 4), 4, 0, 3) != places
    assert [pick.place for pick in shown] == list(range(len(places)))
    assert sorted(places) == sorted((pick.clip, pick.start) for pick in epoch([20, 9, 4], 1, stride=3, start=0))
    assert places != [(pick.clip, pick.start) for pick in epoch([20, 9, 4], 1, stride=3, start=0)]


def test_with_random_starts_there_are_as_many_but_anywhere() -> None:
    shown = epoch([50, 9, 4], stride=2)
    assert Counter(pick.clip for pick in shown) == {0: 24, 1: 3, 2: 1}
    starts = [pick.start for pick in shown if pick.clip == 0]
    assert all(0 <= start <= 46 for start in starts) and min(starts) < 12 and max(starts) > 34
    assert len(set(starts)) > 12 and any(start % 2 for start in starts)


def test_batches_are_cut_from_one_order() -> None:
    for size, left in ((4, [4] * 7), (5, [5] * 5 + [3]), (100, [28])):
        batches = training_batches(lengths(50, 9, 4), 4, seed=1, epoch=0, batch_size=size, batches=None, start="random", stride=2)
        assert [len(batch) for batch in batches] == left and picks(batches) == epoch([50, 9, 4], stride=2)


def test_asked_for_batches_repeat_the_windows() -> None:
    shown = epoch([12], stride=4, start=0, batches=3)
    assert len(shown) == 12 and [sorted(pick.start for pick in shown[i:i + 3]) for i in range(0, 12, 3)] == [[0, 4, 8]] * 4
    assert len({tuple(pick.start for pick in shown[i:i + 3]) for i in range(0, 12, 3)}) > 1


def test_evaluation_batches_hold_one_length() -> None:
    batches = evaluation_batches(7, [5, 5, 5, 8, 8, 5, 3], 2)
    assert [[(pick.clip, pick.start, pick.length) for pick in batch] for batch in batches] == [
        [(0, 0, 5), (1, 0, 5)], [(2, 0, 5)], [(3, 0, 8), (4, 0, 8)], [(5, 0, 5)], [(6, 0, 3)]]
    assert [pick.place for pick in picks(batches)] == list(range(7))


@pytest.mark.parametrize(("changes", "steps"), [
    (["train.batch_size=3"], 1), (["train.stride=window"], 2), (["train.stride=1"], 5), (["train.stride=1", "train.window_start=2"], 4),
    (["train.stride=2", "train.window_start=0"], 3), (["train.stride=1", "train.accumulate=2"], 3), (["train.stride=1", "train.batch_size=4"], 3),
    (["train.stride=1", "train.steps_per_epoch=7"], 7)])
def test_show_and_run_agree_on_the_steps_of_an_epoch(changes: list[str], steps: int, root: Path, launch: Launch, vidpred: Callable[..., Any],
                                                     monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Windows of 4 of 12 frames, in batches of 2."""
    from vidpred.cli import show
    seen: list[int] = []
    scheduled = show.scheduled
    monkeypatch.setattr("vidpred.draw.plots.schedule_plot", lambda *_: None)
    monkeypatch.setattr(show, "scheduled", lambda *parts, **given: [seen.append(given["steps_per_epoch"]), scheduled(*parts, **given)][1])
    recipe = pose_recipe(root)
    recipe["train"]["steps_per_epoch"] = None
    shown = vidpred("show", write(tmp_path / "shown.yaml", recipe), "--schedules", tmp_path / "s.png", *settings(*changes))
    assert shown.code == 0 and seen == [steps], shown
    ran = launch(recipe, *changes)
    assert ran.code == 0 and f"1 epoch of {steps} step" in ran.output, ran


def test_show_says_that_videos_are_too_short(root: Path, vidpred: Callable[..., Any], tmp_path: Path) -> None:
    recipe = pose_recipe(root, sequence={"past": 1, "future": 30})
    recipe["train"]["steps_per_epoch"] = None
    shown = vidpred("show", write(tmp_path / "shown.yaml", recipe), "--schedules", tmp_path / "s.png")
    assert f"{root}/train/train_img has 12 frames" in shown.output + shown.errors, shown


@pytest.mark.parametrize(("stride", "said"), [
    ("0", "train.stride: should be 'window' or greater than 0, got 0"), ("-3", "got -3"), ("1.5", "should be 'window' or a whole number, got 1.5"),
    ("windows", "train.stride: should be 'window' or a whole number, got 'windows'")])
def test_strides_that_are_none(stride: str, said: str, root: Path, refused: Callable[..., str]) -> None:
    assert said in refused(pose_recipe(root), f"train.stride={stride}")


def test_a_lonely_last_window_is_told_of_as_one(write_recipe: Callable[..., Path], vidpred: Callable[..., Any], tmp_path: Path) -> None:
    """5 clips have 2 windows of 6 of 9 frames each at a stride of 3: of 10, batches of 3 leave one."""
    alone = vidpred("run", write_recipe(), *settings("train.steps_per_epoch=null", "train.stride=3", "train.batch_size=3"), "--out", tmp_path / "out")
    assert alone.code == 2 and "10 training windows in batches of 3 leave a last batch of one" in alone.errors, alone


# several data sets

def source(root: Path, **more: Any) -> dict[str, Any]:
    return {"name": "pose_video", "root": str(root), "size": list(SIZE), **more}


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second data set: a longer training video, and nothing else."""
    root = write_pose_data(tmp_path_factory.mktemp("other"), train=20, seed=5)
    for split in ("val", "test"):
        shutil.rmtree(root / split)
    return root


def test_shares_are_kept() -> None:
    shown = epoch([4] * 3 + [4] * 50, batches=1000, shares=[(3, 0.75), (50, 0.25)])
    assert sum(pick.clip < 3 for pick in shown) / 4000 == pytest.approx(0.75, abs=0.02)
    three = Counter((pick.clip >= 2) + (pick.clip >= 7) for pick in epoch([4] * 10, batches=1000, shares=[(2, 2), (5, 5), (3, 3)]))
    assert [three[place] / 4000 for place in range(3)] == pytest.approx([0.2, 0.5, 0.3], abs=0.02)


def test_shares_count_beside_each_other() -> None:
    assert epoch([4] * 9, batches=50, shares=[(3, 3), (6, 1)]) == epoch([4] * 9, batches=50, shares=[(3, 0.75), (6, 0.25)])


def test_all_windows_of_a_data_set_are_shown_before_one_comes_again() -> None:
    shown = epoch([8, 4, 12, 4, 4], batches=200, start=0, stride=4, shares=[(2, 0.6), (3, 0.4)])
    for clips, count in ((range(2), 3), (range(2, 5), 5)):
        places = [(pick.clip, pick.start) for pick in shown if pick.clip in clips]
        rounds = [places[i:i + count] for i in range(0, len(places) - count + 1, count)]
        assert len(rounds) > 50 and all(len(set(one)) == count for one in rounds) and len(set(map(tuple, rounds))) > 3


def test_data_sets_of_one_size_are_not_shuffled_alike() -> None:
    shown = epoch([4] * 20, batches=50, shares=[(10, 1.0), (10, 1.0)])
    one, two = ([pick.clip % 10 for pick in shown if clips.start <= pick.clip < clips.stop][:50] for clips in (range(10), range(10, 20)))
    assert one != two and one[:10] != two[:10]


def test_one_data_set_hangs_on_no_share_and_all_on_seed_epoch_and_purpose() -> None:
    assert epoch([9] * 7, shares=[(7, 0.2)]) == epoch([9] * 7, shares=[(7, 1.0)])
    shared: dict[str, Any] = {"shares": [(3, 1.0), (4, 1.0)], "batches": 5}
    assert epoch([9] * 7, **shared) == epoch([9] * 7, **shared)
    others: list[dict[str, Any]] = [{}, {"number": 1}, {"seed": 2}, {"purpose": "batch_norm"}]
    assert len({tuple(epoch([9] * 7, **shared, **other)) for other in others}) == 4


def test_without_asked_for_steps_an_epoch_has_as_many_windows_as_all_sets_together() -> None:
    shown = epoch([8, 8, 40], stride=4, shares=[(2, 0.9), (1, 0.1)])
    assert len(shown) == 2 + 2 + 10 and sum(pick.clip < 2 for pick in shown) > 7


def test_joined_splits_are_one_after_the_other(root: Path, other: Path) -> None:
    parts = [PoseVideo(PoseVideo.Config(root=folder, size=SIZE)).split(name) for folder, name in ((root, "test"), (other, "train"), (root, "train"))]
    joined = Joined(parts)
    assert joined.lengths == [Lengths(1, 5), Lengths(1, 7), Lengths(1, 5), Lengths(20, 20), Lengths(12, 12)]
    for index, (part, own) in enumerate([(0, 0), (0, 1), (0, 2), (1, 0), (2, 0)]):
        assert joined.describe(index) == parts[part].describe(own)
        for mine, theirs in zip(joined.read(index, 1, 3), parts[part].read(own, 1, 3), strict=True):
            assert torch.equal(mine, theirs)


def test_joined_splits_tell_the_problems_of_all(tmp_path: Path) -> None:
    parts = []
    for name in ("a", "b"):
        root = write_pose_data(tmp_path / name)
        parts.append(PoseVideo(PoseVideo.Config(root=root, size=SIZE)).split("train"))
        (root / "train/train_img/3.png").write_bytes(b"no image")
    joined = Joined(parts)
    assert [problem.split(": ")[0] for problem in joined.problems([0, 1])] == [f"{tmp_path}/{name}/train/train_img/3.png" for name in ("a", "b")]
    assert [problem.split(": ")[0] for problem in joined.problems([1])] == [f"{tmp_path}/b/train/train_img/3.png"]


def test_a_run_on_two_data_sets_validates_on_the_first(root: Path, other: Path, launch: Launch, vidpred: Callable[..., Any], tmp_path: Path) -> None:
    fields = pose_recipe(root, data=[source(root, share=0.75), source(other, share=0.25)])
    outcome = launch(fields, "train.steps_per_epoch=null", "train.stride=window")
    assert outcome.code == 0, outcome
    assert "pose_video (75%) + pose_video (25%)" in outcome.output and "1 epoch of 4 steps" in outcome.output       # 3 + 5 windows
    folder = folder_of(tmp_path / "out")
    kept = yaml.safe_load((folder / "recipe.yaml").read_text())["data"]
    assert [(one["root"], one["share"], one["fraction"]) for one in kept] == [(str(root), 0.75, 1.0), (str(other), 0.25, 1.0)]
    model = vp.load(folder, device="cpu")
    assert str(model.dataset.config.root) == str(root)      # type: ignore[attr-defined]
    assert model.evaluate("validate").record()["psnr"] == pytest.approx(records.read(folder)[0]["validate"]["psnr"], abs=1e-5)
    assert vidpred("show", folder / "recipe.yaml").output == (folder / "recipe.yaml").read_text()


def test_what_is_shown_comes_from_both(root: Path, other: Path, tmp_path: Path) -> None:
    fields = pose_recipe(root, data=[source(root, share=3), source(other, share=1)])
    fields["train"]["steps_per_epoch"] = 40
    run = built(fields, tmp_path)
    shown = picks(run._windows("train", 0))
    assert len(shown) == 80 and {pick.clip for pick in shown} == {0, 1} and sum(pick.clip == 0 for pick in shown) > 45
    assert run.split.describe(1) == str(other / "train/train_img") and run.validation.split.describe(0) == str(root / "val/val_img")


def test_short_forms_and_shares_that_are_left_out(root: Path, launch: Launch, vidpred: Callable[..., Any], tmp_path: Path) -> None:
    recipe = write(tmp_path / "short.yaml", pose_recipe(root, data=["pose_video", {"name": "pose_video", "fraction": 0.5}]))
    shown = yaml.safe_load(vidpred("show", recipe).output)["data"]
    assert [(one["name"], one["share"], one["fraction"]) for one in shown] == [("pose_video", 1.0, 1.0), ("pose_video", 1.0, 0.5)]
    single = launch(pose_recipe(root, data=[source(root)]))
    assert single.code == 0, single


@pytest.mark.parametrize(("share", "said"), [
    (0, "data.1.share: should be greater than 0, got 0"), (-1, "data.1.share: should be greater than 0, got -1"),
    ("much", "data.1.share: should be a number, got 'much'"), (None, "data.1.share: should be a number, got null"),
    (float("inf"), "data.1.share: should be a finite number, got inf"), ([1], "data.1.share: should be a number, got [1]")])
def test_bad_shares_are_refused_where_they_stand(share: Any, said: str, root: Path, other: Path, refused: Callable[..., str]) -> None:
    assert said in refused(pose_recipe(root, data=[source(root, share=0.5), source(other, share=share)]))


@pytest.mark.parametrize(("second", "said"), [
    ({"size": [0, 16]}, "data.1.size.0: should be greater than or equal to 8, got 0"),
    ({"sise": [8, 16]}, "data.1.sise: pose_video has no such setting; did you mean 'size'?"),
    ({"name": "pose_vido"}, "data.1.name: unknown dataset 'pose_vido'; did you mean 'pose_video'?"),
    ({"name": 5}, "data.1.name: should be text, got 5"),
    ({"root": "no/such/folder"}, "data.1"),
    ({"root": 5}, "data.1.root: should be a path, got 5"),
    ({"fraction": 0.1}, " has 2 frames"),
])
def test_a_second_data_set_that_cannot_be_used(second: dict[str, Any], said: str, root: Path, other: Path, refused: Callable[..., str]) -> None:
    message = refused(pose_recipe(root, data=[source(root), {**source(other), **second}]))
    assert said in message and str(second.get("root", "")) in message


@pytest.mark.parametrize(("data", "said"), [
    ([], "data: should have at least 1 item"), (5, "data: should be a component's name, or a mapping with its name and settings, got 5"),
    ([source(Path("a")), 5], "data.1: should be a component's name, or a mapping with its name and settings, got 5"),
    ([{"root": "a"}], "data.0.name: is missing"), ({"root": "a"}, "data.name: is missing"),
    ({**source(Path("a")), "share": 0.5}, "data.share: pose_video has no such setting")])
def test_data_that_are_no_data_sets(data: Any, said: str, refused: Callable[..., str], tmp_path: Path) -> None:
    assert said in refused(pose_recipe(tmp_path, data=data))


DISAGREEING = [
    ({"size": [16, 16]}, r"data\.1: .*frame.* pose_video .*3x16x16, but .*data\.0.* pose_video.* 3x8x16"),
    ({"name": "bair_robot"}, r"data\.1: .*frame.* bair_robot .*3x64x64, but .*data\.0.* pose_video.* 3x8x16"),
]


@pytest.mark.parametrize(("second", "said"), DISAGREEING)
def test_data_sets_that_disagree(second: dict[str, Any], said: str, root: Path, refused: Callable[..., str], vidpred: Callable[..., Any],
                                 tmp_path: Path) -> None:
    """Without looking at data: `check` says so too."""
    fields = pose_recipe(root, data=[source(root), {**source(tmp_path), **second} if "size" in second else second])
    assert re.search(said, refused(fields))
    checked = vidpred("check", write(tmp_path / "checked.yaml", fields))
    assert checked.code == 2 and re.search(said, checked.errors)


def test_conditions_and_leads_must_agree_too(root: Path) -> None:
    class Other(PoseVideo):
        """Poses that make the next frame."""

        name = "other"
        lead = 1
    one, two = PoseVideo(PoseVideo.Config(root=root)), Other(Other.Config(root=root))
    alike([one, one])
    with pytest.raises(vp.DataError, match=r"data\.2: .*lead.* other .*1, but .*data\.0.* pose_video.* 0"):
        alike([one, one, two])
    two.lead, two.condition = 0, vp.FeatureSpec(7)          # type: ignore[misc]
    with pytest.raises(vp.DataError, match=r"data\.1: .*condition.* other .*7, but .*data\.0.* pose_video.* 3x32x64"):
        alike([one, two])


def test_damage_to_the_second_is_found_before_a_run_starts(root: Path, refused: Callable[..., str], tmp_path: Path) -> None:
    broken = write_pose_data(tmp_path / "broken")
    (broken / "train/train_label/7.png").write_bytes(b"no image")
    assert f"{broken}/train/train_label/7.png: cannot be read as an image" in refused(pose_recipe(root, data=[source(root), source(broken)]))


def test_a_list_of_data_sets_has_samples_of_different_seeds(vidpred: Callable[..., Any], launch: Launch, monkeypatch: pytest.MonkeyPatch,
                                                            tmp_path: Path) -> None:
    rendered: list[int] = []

    def write_sample(self: PoseVideo, root: Path, seed: int) -> None:
        rendered.append(seed)
        write_pose_data(root, seed=10 * seed)
    monkeypatch.setattr(PoseVideo, "write_sample", write_sample)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    data = [{"name": "pose_video", "size": list(SIZE), "share": share} for share in (0.75, 0.25)]
    fields = pose_recipe(tmp_path / "nowhere", data=data, sample={"train": {"steps_per_epoch": 1}})
    checked = vidpred("check", write(tmp_path / "checked.yaml", fields), "--sample")
    assert checked.code == 0 and not rendered, checked
    outcome = launch(fields, options=["--sample"])
    assert outcome.code == 0 and rendered == [0, 1] and "1 epoch of 1 step" in outcome.output, outcome
    kept = yaml.safe_load((folder_of(tmp_path / "out") / "recipe.yaml").read_text())["data"]
    assert [one["share"] for one in kept] == [0.75, 0.25] and kept[0]["root"] != kept[1]["root"]
    assert launch(fields, options=["--sample"]).code == 0 and rendered == [0, 1]


def test_the_schema_for_editors_knows_lists_of_data_sets(vidpred: Callable[..., Any]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(vidpred("schema").output))
    for right in ("pose_video", source(Path("a")), [source(Path("a"), share=0.5), "pose_video"]):
        assert not list(validator.iter_errors({"data": right})), right
    for wrong in ("pose_vido", ["pose_vido"], [source(Path("a"), share="much")], [source(Path("a"), shar=1)], source(Path("a"), share=1), []):
        assert list(validator.iter_errors({"data": wrong})), wrong


# augmentations

CROP = [{"name": "crop", "share": 0.9, "scale": [0.5, 0.7]}]


@pytest.mark.parametrize("several", [False, True])
def test_an_augmentations_own_share_stays_its_own(several: bool, root: Path, other: Path, tmp_path: Path) -> None:
    data = [source(root, share=3.0), source(other, share=1.0)] if several else source(root)
    fields = pose_recipe(root, data=data)
    fields["train"]["augmentations"] = CROP
    run = built(fields, tmp_path)
    assert run.augmentations[0].config.share == 0.9         # type: ignore[attr-defined]
    assert run.recipe["train"]["augmentations"] == [{"name": "crop", "share": 0.9, "scale": [0.5, 0.7]}]


def test_augmented_training_hangs_on_no_number_of_workers_and_leaves_validation_alone(root: Path, launch: Launch, tmp_path: Path) -> None:
    made = {}
    for name, changes in {"plain": [], "alone": CROP, "helped": CROP}.items():
        fields = pose_recipe(root, optimizer={"name": "sgd", "lr": 1e-12, "momentum": 0.0})
        fields["train"]["augmentations"] = changes
        assert launch(fields, f"train.workers={2 if name == 'helped' else 0}", out=tmp_path / name).code == 0
        made[name] = figures(folder_of(tmp_path / name))
    assert made["alone"] == made["helped"]
    for plain, cropped in zip(made["plain"], made["alone"], strict=True):
        assert plain["train"]["loss"] != cropped["train"]["loss"]
        assert plain["validate"]["copy_last"] == cropped["validate"]["copy_last"]


def test_training_and_reestimation_are_augmented_each_with_its_own_keys_and_validation_is_not(root: Path, tmp_path: Path,
                                                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    """A data set may be read with another augmentation in every epoch, but validation as it is."""
    keys: list[int] = []
    loaded: list[tuple[str, bool]] = []

    class Seen(vp.Augmentation):
        """Keeps the keys."""

        name = "seen"

        def __call__(self, sample: Sample, key: int) -> Sample:
            keys.append(key)
            return sample

    def spy(split: Any, batches: Any, **given: Any) -> Any:
        loaded.append((split.describe(0), given["change"] is not None))
        return load(split, batches, **given)
    monkeypatch.setattr("vidpred.engine.run.load", spy)
    run = built(pose_recipe(root), tmp_path)
    run.augmentations = [Seen(vp.Config()), Seen(vp.Config())]
    for _ in run.events():
        pass
    assert len(set(keys)) == len(keys) == 2 * (2 * 2 + 2)       # two augmentations of 2 batches and 1 for BatchNorm, of 2 windows
    assert {changed for where, changed in loaded if "train" in where} == {True}
    assert {changed for where, changed in loaded if "val" in where} == {False}
    first = list(keys)
    for batch in run._shown("train", 0):
        assert len(batch.picks) == 2
    assert keys[len(first):] == first[:8]
    list(run._shown("train", 1))
    assert not set(keys[len(first) + 8:]) & set(first)


@pytest.mark.parametrize(("augmentations", "said"), [
    ("[corp]", "train.augmentations.0.name: unknown augmentation 'corp'; did you mean 'crop'?"),
    ("[crop, {name: crop, share: 2}]", "train.augmentations.1.share: should be less than or equal to 1, got 2"),
    ("[{name: crop, scale: [0.9, 0.5]}]", "train.augmentations.0: scale is the smallest and the largest, got 0.9 and 0.5"),
    ("crop", "train.augmentations: should be a list in [brackets], got 'crop'")])
def test_augmentations_that_are_none(augmentations: str, said: str, root: Path, refused: Callable[..., str]) -> None:
    assert said in refused(pose_recipe(root), f"train.augmentations={augmentations}")


# weights of other runs

@pytest.fixture(scope="module")
def runs(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two runs of 3 epochs, of different seeds; the older's name is the smaller."""
    out = tmp_path_factory.mktemp("runs")
    for seed, name in ((1, "2026-01-01_00-00-00"), (2, "2026-01-02_00-00-00")):
        fields = pose_recipe(root, seed=seed, save={"every": 1, "keep": 3, "best": ["psnr"]})
        fields["train"]["epochs"] = 3
        trained(fields, out).rename(out / "tiny" / name)
    return out / "tiny"


def start(root: Path, init_from: Path | str, out: Path) -> dict[str, torch.Tensor]:
    """The weights that a run begins with."""
    return dict(built(pose_recipe(root, init_from=str(init_from), seed=7), out).model.state_dict())


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("checkpoint", ["epoch_0000", "epoch_0001", "last", "best_psnr"])
def test_a_run_begins_with_the_weights_of_a_checkpoint(checkpoint: str, root: Path, runs: Path, tmp_path: Path) -> None:
    folder = runs / "2026-01-01_00-00-00" / "checkpoints" / checkpoint
    weights = load_file(folder / "weights.safetensors")
    assert same(start(root, folder, tmp_path), weights)
    assert not same(dict(built(pose_recipe(root, seed=7), tmp_path).model.state_dict()), weights)


def test_a_run_stands_for_its_best_checkpoint_or_its_last(root: Path, runs: Path, tmp_path: Path) -> None:
    run = shutil.copytree(runs / "2026-01-01_00-00-00", tmp_path / "run", symlinks=True)
    checkpoints = run / "checkpoints"
    (checkpoints / "best_psnr").unlink()
    (checkpoints / "best_psnr").symlink_to("epoch_0001")
    assert (checkpoints / "last").resolve().name == "epoch_0002"
    assert same(start(root, run, tmp_path), load_file(checkpoints / "epoch_0001" / "weights.safetensors"))
    (checkpoints / "best_psnr").unlink()
    assert same(start(root, run, tmp_path), load_file(checkpoints / "epoch_0002" / "weights.safetensors"))


def test_a_folder_of_runs_stands_for_the_newest(root: Path, runs: Path, tmp_path: Path) -> None:
    newest, older = (load_file(runs / name / "checkpoints/best_psnr/weights.safetensors") for name in ("2026-01-02_00-00-00", "2026-01-01_00-00-00"))
    assert same(start(root, runs, tmp_path), newest) and not same(newest, older)


def test_of_runs_that_start_in_one_second_the_tenth_is_newer_than_the_second(root: Path, runs: Path, tmp_path: Path) -> None:
    for name, old in (("2026-01-01_00-00-00_2", "2026-01-01_00-00-00"), ("2026-01-01_00-00-00_10", "2026-01-02_00-00-00")):
        shutil.copytree(runs / old, tmp_path / "many" / name, symlinks=True)
    assert same(start(root, tmp_path / "many", tmp_path), load_file(runs / "2026-01-02_00-00-00/checkpoints/best_psnr/weights.safetensors"))


def test_a_run_without_a_checkpoint_yet_is_passed_over(root: Path, runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs, tmp_path / "runs", symlinks=True)
    (tmp_path / "runs" / "2026-01-03_00-00-00" / "checkpoints").mkdir(parents=True)     # one that is under way
    assert same(start(root, tmp_path / "runs", tmp_path), load_file(runs / "2026-01-02_00-00-00/checkpoints/best_psnr/weights.safetensors"))


def test_the_run_keeps_where_it_began_and_begins_there(root: Path, runs: Path, launch: Launch, tmp_path: Path) -> None:
    """With next to no learning rate, a run ends with the weights that it began with (BatchNorm's statistics apart)."""
    folder = runs / "2026-01-01_00-00-00"
    outcome = launch(pose_recipe(root, optimizer={"name": "sgd", "lr": 1e-12, "momentum": 0.0}, seed=7), f"init_from={folder}")
    assert outcome.code == 0, outcome
    made = folder_of(tmp_path / "out")
    assert yaml.safe_load((made / "recipe.yaml").read_text())["init_from"] == str(folder)
    checkpoint = str((folder / "checkpoints" / "best_psnr").resolve())
    assert f"begins with  the weights of {checkpoint}" in outcome.output
    assert json.loads((made / "environment.json").read_text())["init_from"] == checkpoint
    began, ended = (load_file(run / "checkpoints" / name / "weights.safetensors") for run, name in ((folder, "best_psnr"), (made, "last")))
    assert all(torch.allclose(ended[name], value, atol=1e-7) for name, value in began.items() if "running" not in name and "num_" not in name)
    assert vp.load(made, device="cpu").evaluate("validate").record()["psnr"] > 0      # which needs no weights but its own


def test_a_run_goes_on_only_with_weights(root: Path, runs: Path, tmp_path: Path) -> None:
    run = built(pose_recipe(root, init_from=str(runs)), tmp_path)
    assert not run.trainer.optimizer.state and run.history == []


@pytest.mark.parametrize(("where", "said"), [
    ("{runs}/nowhere", "init_from: no folder {runs}/nowhere; run what it should hold first, or give a run's folder, or one of its checkpoints"),
    ("{runs}/2026-01-01_00-00-00/recipe.yaml", "init_from: no folder {runs}/2026-01-01_00-00-00/recipe.yaml"),
    ("{root}", "init_from: {root} is not a run folder"),
    ("{runs}/..", "init_from: "),
    ("{runs}/2026-01-01_00-00-00/checkpoints", "init_from: "),
    ("''", "init_from: "),
    ("5", "init_from: should be text, got 5")])
def test_places_without_weights(where: str, said: str, root: Path, runs: Path, refused: Callable[..., str]) -> None:
    names = {"{runs}": str(runs), "{root}": str(root)}
    for name, path in names.items():
        where, said = where.replace(name, path), said.replace(name, path)
    assert said in refused(pose_recipe(root), f"init_from={where}")


def test_weights_that_do_not_fit_are_refused_in_few_words(root: Path, runs: Path, refused: Callable[..., str]) -> None:
    message = refused(pose_recipe(root), f"init_from={runs}", "model.encoder.dim=16")
    assert "these weights do not fit the model" in message and f"{runs}/2026-01-02_00-00-00/checkpoints/best_psnr" in message
    assert "encoder.body.0.body.0.weight: shape (1, 3, 3, 3), but the model has (2, 3, 3, 3)" in message
    assert "init_from" in message and message.count("\n") < 10


def test_damaged_weights_are_named(root: Path, runs: Path, refused: Callable[..., str], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "weights.safetensors").write_bytes(b"no weights")
    assert f"{damaged}/weights.safetensors: cannot be read" in refused(pose_recipe(root), f"init_from={damaged}")


def test_pairs_of_runs_differ(runs: Path) -> None:
    """What the tests above tell apart."""
    folders = [runs / "2026-01-01_00-00-00/checkpoints" / f"epoch_000{number}" for number in range(3)]
    assert all(not same(*(load_file(folder / "weights.safetensors") for folder in pair)) for pair in pairwise(folders))
