"""Training on several data sets: their shares, what they must agree on, and the errors if they cannot be used."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
import yaml

import vidpred as vp
from tests.tiny_pose import SIZE, built, folder_of, pose_recipe, source, write, write_pose_data
from tests.training.conftest import Launch
from tests.training.epochs import epoch, window_indices
from vidpred import Lengths
from vidpred.builtin.datasets.pose.dataset import PoseVideo
from vidpred.data.concat import ConcatSplit, require_same_specs
from vidpred.runs.layout import RunFolder


def test_shares_are_kept() -> None:
    shown = epoch([4] * 3 + [4] * 50, batches=1000, shares=[(3, 0.75), (50, 0.25)])
    assert sum(window_index.clip < 3 for window_index in shown) / 4000 == pytest.approx(0.75, abs=0.02)
    counts = Counter(
        (window_index.clip >= 2) + (window_index.clip >= 7)
        for window_index in epoch([4] * 10, batches=1000, shares=[(2, 2), (5, 5), (3, 3)])
    )
    assert [counts[index] / 4000 for index in range(3)] == pytest.approx([0.2, 0.5, 0.3], abs=0.02)


def test_only_the_ratio_of_shares_matters() -> None:
    assert epoch([4] * 9, batches=50, shares=[(3, 3), (6, 1)]) == epoch(
        [4] * 9, batches=50, shares=[(3, 0.75), (6, 0.25)]
    )


def test_all_windows_of_a_data_set_are_shown_before_any_is_repeated() -> None:
    shown = epoch([8, 4, 12, 4, 4], batches=200, start=0, stride=4, shares=[(2, 0.6), (3, 0.4)])
    for clips, count in ((range(2), 3), (range(2, 5), 5)):
        windows = [(window_index.clip, window_index.start) for window_index in shown if window_index.clip in clips]
        rounds = [windows[i : i + count] for i in range(0, len(windows) - count + 1, count)]
        assert (
            len(rounds) > 50
            and all(len(set(windows)) == count for windows in rounds)
            and len(set(map(tuple, rounds))) > 3
        )


def test_data_sets_of_equal_size_are_shuffled_differently() -> None:
    shown = epoch([4] * 20, batches=50, shares=[(10, 1.0), (10, 1.0)])
    first, second = (
        [window_index.clip % 10 for window_index in shown if clips.start <= window_index.clip < clips.stop][:50]
        for clips in (range(10), range(10, 20))
    )
    assert first != second and first[:10] != second[:10]


def test_a_single_data_set_ignores_its_share_and_all_depend_on_seed_epoch_and_purpose() -> None:
    assert epoch([9] * 7, shares=[(7, 0.2)]) == epoch([9] * 7, shares=[(7, 1.0)])
    shared: dict[str, Any] = {"shares": [(3, 1.0), (4, 1.0)], "batches": 5}
    assert epoch([9] * 7, **shared) == epoch([9] * 7, **shared)
    others: list[dict[str, Any]] = [{}, {"number": 1}, {"seed": 2}, {"purpose": "batch_norm"}]
    assert len({tuple(epoch([9] * 7, **shared, **other)) for other in others}) == 4


def test_by_default_an_epoch_has_as_many_windows_as_all_sets_together() -> None:
    shown = epoch([8, 8, 40], stride=4, shares=[(2, 0.9), (1, 0.1)])
    assert len(shown) == 2 + 2 + 10 and sum(window_index.clip < 2 for window_index in shown) > 7


def test_concatenated_splits_follow_each_other(root: Path, other: Path) -> None:
    parts = [
        PoseVideo(PoseVideo.Config(root=folder, size=SIZE)).split(name)
        for folder, name in ((root, "test"), (other, "train"), (root, "train"))
    ]
    joined = ConcatSplit(parts)
    assert joined.lengths == [Lengths(1, 5), Lengths(1, 7), Lengths(1, 5), Lengths(20, 20), Lengths(12, 12)]
    for index, (part, own) in enumerate([(0, 0), (0, 1), (0, 2), (1, 0), (2, 0)]):
        assert joined.describe(index) == parts[part].describe(own)
        for mine, theirs in zip(joined.read(index, 1, 3), parts[part].read(own, 1, 3), strict=True):
            assert torch.equal(mine, theirs)


def test_concatenated_splits_yield_all_problems(tmp_path: Path) -> None:
    parts = []
    for name in ("a", "b"):
        root = write_pose_data(tmp_path / name)
        parts.append(PoseVideo(PoseVideo.Config(root=root, size=SIZE)).split("train"))
        (root / "train/train_img/3.png").write_bytes(b"no image")
    joined = ConcatSplit(parts)
    assert [str(problem.path) for problem in joined.problems([0, 1])] == [
        f"{tmp_path}/{name}/train/train_img/3.png" for name in ("a", "b")
    ]
    assert [str(problem.path) for problem in joined.problems([1])] == [f"{tmp_path}/b/train/train_img/3.png"]


def test_a_run_on_two_data_sets_validates_on_the_first(
    root: Path, other: Path, launch: Launch, vidpred: Callable[..., Any], tmp_path: Path
) -> None:
    fields = pose_recipe(root, data=[source(root, share=0.75), source(other, share=0.25)])
    outcome = launch(fields, "train.steps_per_epoch=null", "train.stride=window")
    assert outcome.code == 0, outcome
    assert (
        "pose_video (75%) + pose_video (25%)" in outcome.output and "1 epoch of 4 steps" in outcome.output
    )  # 3 + 5 windows
    folder = folder_of(tmp_path / "out")
    recorded = yaml.safe_load((folder / "recipe.yaml").read_text())["data"]
    assert [(data["root"], data["share"], data["fraction"]) for data in recorded] == [
        (str(root), 0.75, 1.0),
        (str(other), 0.25, 1.0),
    ]
    model = vp.load(folder, device="cpu")
    assert str(model.dataset.config.root) == str(root)  # type: ignore[attr-defined]
    assert model.validate("validate").record()["psnr"] == pytest.approx(
        RunFolder(folder).read_history()[0]["validate"]["psnr"], abs=1e-5
    )
    assert vidpred("show", folder / "recipe.yaml").output == (folder / "recipe.yaml").read_text()


def test_windows_come_from_both_data_sets(root: Path, other: Path, tmp_path: Path) -> None:
    fields = pose_recipe(root, data=[source(root, share=3), source(other, share=1)])
    fields["train"]["steps_per_epoch"] = 40
    run = built(fields, tmp_path)
    shown = window_indices(run.data.batches(0))
    assert (
        len(shown) == 80
        and {window_index.clip for window_index in shown} == {0, 1}
        and sum(window_index.clip == 0 for window_index in shown) > 45
    )
    assert run.data.split.describe(1) == str(other / "train/train_img") and run.validation.data.split.describe(
        0
    ) == str(root / "val/val_img")


def test_short_forms_and_default_shares(
    root: Path, launch: Launch, vidpred: Callable[..., Any], tmp_path: Path
) -> None:
    recipe = write(
        tmp_path / "short.yaml", pose_recipe(root, data=["pose_video", {"name": "pose_video", "fraction": 0.5}])
    )
    shown = yaml.safe_load(vidpred("show", recipe).output)["data"]
    assert [(data["name"], data["share"], data["fraction"]) for data in shown] == [
        ("pose_video", 1.0, 1.0),
        ("pose_video", 1.0, 0.5),
    ]
    single = launch(pose_recipe(root, data=[source(root)]))
    assert single.code == 0, single


@pytest.mark.parametrize(
    ("share", "message"),
    [
        (0, "data.1.share: should be greater than 0, got 0"),
        (-1, "data.1.share: should be greater than 0, got -1"),
        ("much", "data.1.share: should be a number, got 'much'"),
        (None, "data.1.share: should be a number, got null"),
        (float("inf"), "data.1.share: should be a finite number, got inf"),
        ([1], "data.1.share: should be a number, got [1]"),
    ],
)
def test_invalid_shares_are_refused_with_their_path(
    share: Any, message: str, root: Path, other: Path, refused: Callable[..., str]
) -> None:
    assert message in refused(pose_recipe(root, data=[source(root, share=0.5), source(other, share=share)]))


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"size": [0, 16]}, "data.1.size.0: should be greater than or equal to 8, got 0"),
        ({"sise": [8, 16]}, "data.1.sise: pose_video has no such setting; did you mean 'size'?"),
        ({"name": "pose_vido"}, "data.1.name: unknown dataset 'pose_vido'; did you mean 'pose_video'?"),
        ({"name": 5}, "data.1.name: should be text, got 5"),
        ({"root": "no/such/folder"}, "data.1"),
        ({"root": 5}, "data.1.root: should be a path, got 5"),
        ({"fraction": 0.1}, " has 2 frames"),
    ],
)
def test_errors_of_the_second_data_set_have_its_path(
    second: dict[str, Any], message: str, root: Path, other: Path, refused: Callable[..., str]
) -> None:
    error = refused(pose_recipe(root, data=[source(root), {**source(other), **second}]))
    assert message in error and str(second.get("root", "")) in error


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "data: should have at least 1 item"),
        (5, "data: should be a component's name, or a mapping with its name and settings, got 5"),
        (
            [source(Path("a")), 5],
            "data.1: should be a component's name, or a mapping with its name and settings, got 5",
        ),
        ([{"root": "a"}], "data.0.name: is missing"),
        ({"root": "a"}, "data.name: is missing"),
        ({**source(Path("a")), "share": 0.5}, "data.share: pose_video has no such setting"),
    ],
)
def test_invalid_data_sections_are_refused(
    data: Any, message: str, refused: Callable[..., str], tmp_path: Path
) -> None:
    assert message in refused(pose_recipe(tmp_path, data=data))


DISAGREEING = [
    ({"size": [16, 16]}, r"data\.1: .*frame.* pose_video .*3x16x16, but .*data\.0.* pose_video.* 3x8x16"),
    ({"name": "bair_robot"}, r"data\.1: .*frame.* bair_robot .*3x64x64, but .*data\.0.* pose_video.* 3x8x16"),
]


@pytest.mark.parametrize(("second", "message"), DISAGREEING)
def test_data_sets_of_different_shapes_are_refused(
    second: dict[str, Any],
    message: str,
    root: Path,
    refused: Callable[..., str],
    vidpred: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """`check` reports it too, without reading data."""
    fields = pose_recipe(root, data=[source(root), {**source(tmp_path), **second} if "size" in second else second])
    assert re.search(message, refused(fields))
    checked = vidpred("check", write(tmp_path / "checked.yaml", fields))
    assert checked.code == 2 and re.search(message, checked.errors)


def test_conditions_and_leads_must_agree(root: Path) -> None:
    class Other(PoseVideo):
        """Poses of the frame before."""

        name = "other"
        lead = 1

    first, second = PoseVideo(PoseVideo.Config(root=root)), Other(Other.Config(root=root))
    require_same_specs([first, first])
    with pytest.raises(vp.DataError, match=r"data\.2: .*lead.* other .*1, but .*data\.0.* pose_video.* 0"):
        require_same_specs([first, first, second])
    second.lead, second.condition = 0, vp.FeatureSpec(7)  # type: ignore[misc]
    with pytest.raises(vp.DataError, match=r"data\.1: .*condition.* other .*7, but .*data\.0.* pose_video.* 3x32x64"):
        require_same_specs([first, second])


def test_damage_to_the_second_data_set_is_reported_before_a_run_starts(
    root: Path, refused: Callable[..., str], tmp_path: Path
) -> None:
    damaged = write_pose_data(tmp_path / "broken")
    (damaged / "train/train_label/7.png").write_bytes(b"no image")
    assert f"{damaged}/train/train_label/7.png: cannot be read as an image" in refused(
        pose_recipe(root, data=[source(root), source(damaged)])
    )


def test_a_list_of_data_sets_has_demo_data_of_different_seeds(
    vidpred: Callable[..., Any], launch: Launch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rendered: list[int] = []

    def write_demo_data(self: PoseVideo, root: Path, seed: int) -> None:
        rendered.append(seed)
        write_pose_data(root, seed=10 * seed)

    monkeypatch.setattr(PoseVideo, "write_demo_data", write_demo_data)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    data = [{"name": "pose_video", "size": list(SIZE), "share": share} for share in (0.75, 0.25)]
    fields = pose_recipe(tmp_path / "nowhere", data=data, sample={"train": {"steps_per_epoch": 1}})
    checked = vidpred("check", write(tmp_path / "checked.yaml", fields), "--sample")
    assert checked.code == 0 and not rendered, checked
    outcome = launch(fields, options=["--sample"])
    assert outcome.code == 0 and rendered == [0, 1] and "1 epoch of 1 step" in outcome.output, outcome
    recorded = yaml.safe_load((folder_of(tmp_path / "out") / "recipe.yaml").read_text())["data"]
    assert [data["share"] for data in recorded] == [0.75, 0.25] and recorded[0]["root"] != recorded[1]["root"]
    assert launch(fields, options=["--sample"]).code == 0 and rendered == [0, 1]


def test_the_json_schema_accepts_lists_of_data_sets(vidpred: Callable[..., Any]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(vidpred("schema").output))
    for right in ("pose_video", source(Path("a")), [source(Path("a"), share=0.5), "pose_video"]):
        assert not list(validator.iter_errors({"data": right})), right
    for wrong in (
        "pose_vido",
        ["pose_vido"],
        [source(Path("a"), share="much")],
        [source(Path("a"), shar=1)],
        source(Path("a"), share=1),
        [],
    ):
        assert list(validator.iter_errors({"data": wrong})), wrong
