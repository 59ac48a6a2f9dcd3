"""The scoring format: a row of pixels for every frame."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.plots.submission_file import read_rows
from vidpred.plots.submission import write_submission_csv


def test_values_are_rounded_and_clamped_and_in_the_order_c_h_w(tmp_path: Path) -> None:
    frames = torch.tensor([[-0.5, 0.0], [0.4999 / 255, 0.5001 / 255], [1.0, 2.0], [0.25, 254.6 / 255]]).view(4, 1, 1, 2)
    count = write_submission_csv(tmp_path / "s.csv", iter([frames[:3], frames[3:]]))
    assert count == 4
    assert (tmp_path / "s.csv").read_text().split() == ["id,0,1", "0,0,0", "1,0,1", "2,255,255", "3,64,255"]
    order = torch.arange(24.0).view(1, 3, 2, 4) / 255
    write_submission_csv(tmp_path / "order.csv", [order])
    assert read_rows(tmp_path / "order.csv")[1] == [[0, *range(24)]]
