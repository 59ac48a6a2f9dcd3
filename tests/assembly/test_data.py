"""Training data of one or several data sets, and the errors if they cannot be used."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import vidpred as vp
from tests.data.epochs import window_indices
from tests.pose_runs import Launch
from tests.tiny_pose import SIZE, built, folder_of, pose_recipe, source, write, write_pose_data
from vidpred.builtin.datasets.pose.dataset import PoseVideo
from vidpred.runs.layout import RunFolder


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


@pytest.mark.parametrize(
    ("stride", "message"),
    [
        ("0", "train.stride: should be 'window' or greater than 0, got 0"),
        ("-3", "got -3"),
        ("1.5", "should be 'window' or a whole number, got 1.5"),
        ("windows", "train.stride: should be 'window' or a whole number, got 'windows'"),
    ],
)
def test_invalid_strides_are_refused(stride: str, message: str, root: Path, refused: Callable[..., str]) -> None:
    assert message in refused(pose_recipe(root), f"train.stride={stride}")
