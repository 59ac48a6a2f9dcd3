"""What a preview holds."""

from __future__ import annotations

import pytest
import torch

from tests.plots.previews import random_preview
from vidpred.evaluation.preview_types import frame_psnr


def test_the_best_sample_of_each_clip_has_the_highest_mean_psnr() -> None:
    preview = random_preview(clips=3)
    best, psnr = preview.best()
    for clip in range(3):
        sample = int(preview.psnr[clip].mean(1).argmax())
        assert torch.equal(best[clip], preview.samples[clip, sample])
        assert torch.equal(psnr[clip], preview.psnr[clip, sample])


def test_psnr_is_per_frame_and_at_most_100_db() -> None:
    truth = torch.zeros(1, 2, 3, 4, 4)
    predicted = truth + torch.tensor([0.0, 0.1]).reshape(1, 2, 1, 1, 1)
    assert frame_psnr(predicted, truth)[0].tolist() == pytest.approx([100.0, 20.0], abs=1e-4)
