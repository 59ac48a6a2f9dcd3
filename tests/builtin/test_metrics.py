"""Metrics by hand, beside scikit-image, and LPIPS with and without its weights."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure
from torchvision.models import alexnet

from vidpred import FeatureSpec, VidpredError
from vidpred.builtin.metrics import lpips
from vidpred.builtin.metrics.lpips import LPIPS
from vidpred.builtin.metrics.mse import MSE
from vidpred.builtin.metrics.psnr import PSNR, PSNRChannel
from vidpred.builtin.metrics.ssim import SSIM
from vidpred.evaluation.computable import computable_metrics
from vidpred.testing import check_component, tiny_clip

psnr, channel, ssim, mse = (
    PSNR(PSNR.Config()),
    PSNRChannel(PSNRChannel.Config()),
    SSIM(SSIM.Config()),
    MSE(MSE.Config()),
)


def noisy(noise: float, size: tuple[int, int] = (64, 64)) -> tuple[Tensor, Tensor]:
    truth = tiny_clip(frames=3, size=size).frames.flatten(0, 1)
    return (truth + noise * torch.randn(truth.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1), truth


@pytest.mark.parametrize("metric", [PSNRChannel, MSE])
def test_metrics_follow_the_rules_of_their_kind(metric: Any) -> None:
    check_component(metric)


def test_psnr_is_db_of_each_frame_never_of_a_pooled_error() -> None:
    """Errors of 0.1 and 0.001: 20 and 60 dB, mean 40; the pooled error, 0.0050005, would be 23 dB."""
    truth = torch.zeros(2, 3, 16, 16)
    frames = torch.stack([torch.full((3, 16, 16), value) for value in (0.1, 0.001)])
    values = psnr(frames, truth)
    assert values.tolist() == pytest.approx([20.0, 60.0], abs=1e-3) and values.mean().item() == pytest.approx(
        40.0, abs=1e-3
    )
    assert abs(-10 * mse(frames, truth).mean().log10().item() - 23.0) < 0.02


def test_psnr_channel_is_db_of_each_channel_never_of_all_three() -> None:
    """Errors of 0.1, 0.01 and none: 20, 40 and 100 dB, mean 53.3; all channels together, 0.0101 / 3, are 24.7 dB."""
    truth = torch.zeros(1, 3, 16, 16)
    frames = torch.stack([torch.full((16, 16), value) for value in (0.1, 0.01, 0.0)])[None]
    assert channel(frames, truth).item() == pytest.approx(160 / 3, abs=1e-3)
    assert psnr(frames, truth).item() == pytest.approx(-10 * np.log10(0.0101 / 3), abs=1e-3)
    alike = torch.full((1, 3, 16, 16), 0.1)
    assert channel(alike, truth).item() == pytest.approx(psnr(alike, truth).item(), abs=1e-4)


def test_the_truth_itself_is_100_db_and_not_infinite() -> None:
    frames = tiny_clip().frames[0]
    for metric in (psnr, channel):
        assert metric(frames, frames).tolist() == [100.0] * 4
    assert mse(frames, frames).tolist() == [0.0] * 4 and ssim(frames, frames).tolist() == pytest.approx([1.0] * 4)


@pytest.mark.parametrize("noise", [0.02, 0.2])
@pytest.mark.parametrize("size", [(64, 64), (32, 48)])
def test_metrics_agree_with_scikit_image(noise: float, size: tuple[int, int]) -> None:
    frames, truth = noisy(noise, size)
    pairs = [
        (a.permute(1, 2, 0).double().numpy(), b.permute(1, 2, 0).double().numpy())
        for a, b in zip(frames, truth, strict=True)
    ]
    by_channel = [
        np.mean([peak_signal_noise_ratio(b[..., c], a[..., c], data_range=1) for c in range(3)]) for a, b in pairs
    ]
    similar = [
        structural_similarity(
            a, b, data_range=1, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        for a, b in pairs
    ]
    assert np.allclose(psnr(frames, truth), [peak_signal_noise_ratio(b, a, data_range=1) for a, b in pairs], atol=1e-3)
    assert np.allclose(channel(frames, truth), by_channel, atol=1e-3)
    assert np.allclose(mse(frames, truth), [mean_squared_error(b, a) for a, b in pairs], atol=1e-7)
    assert np.allclose(ssim(frames, truth), similar, atol=1e-5)


def test_ssim_agrees_with_torchmetrics_on_its_valid_region() -> None:
    for frames, truth in (
        noisy(0.1),
        noisy(0.1, (20, 33)),
        (torch.full((1, 1, 12, 12), 0.5), torch.full((1, 1, 12, 12), 0.25)),
    ):
        _, everywhere = structural_similarity_index_measure(
            frames, truth, sigma=1.5, data_range=1.0, reduction="none", return_full_image=True
        )
        assert torch.allclose(ssim(frames, truth), everywhere[..., 5:-5, 5:-5].flatten(1).mean(1), atol=1e-6)


def test_ssim_is_left_out_for_frames_smaller_than_its_window() -> None:
    with pytest.raises(VidpredError, match="11x11, but frames are 8x16"):
        ssim(torch.zeros(1, 3, 8, 16), torch.zeros(1, 3, 8, 16))


# LPIPS


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Torch's cache, empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path / "hub" / "checkpoints"


def put_weights(folder: Path) -> None:
    """An AlexNet whose features are random, and whose classifier, which nobody reads, takes no room."""
    with torch.device("meta"):
        network = alexnet()
    source = torch.Generator().manual_seed(0)
    weights = {
        name: torch.randn(value.shape, generator=source) * 0.05
        if name.startswith("features")
        else torch.zeros(1).expand(value.shape)
        for name, value in network.state_dict().items()
    }
    folder.mkdir(parents=True)
    torch.save(weights, folder / "alexnet-owt-7be5be79.pth")


def test_lpips_with_existing_weights(own_cache: Path) -> None:
    put_weights(own_cache)
    metric = check_component(LPIPS)
    frames, truth = noisy(0.2)
    distances = metric(frames, truth)
    assert (
        distances.shape == (6,)
        and (distances > 0).all()
        and metric(truth, truth).tolist() == pytest.approx([0.0] * 6, abs=1e-6)
    )
    assert (metric(noisy(0.02)[0], truth) < distances).all()
    assert metric(frames[:1], truth[:1]).tolist() == pytest.approx(distances[:1].tolist(), abs=1e-5)
    assert metric(frames[:, :1], truth[:, :1]).shape == (6,)  # grey
    with pytest.raises(VidpredError, match="these have 2 channels"):
        metric(frames[:, :2], truth[:, :2])
    with pytest.raises(VidpredError, match="frames of 8x16 are too small for alex"):
        metric(frames[:, :, :8, :16], truth[:, :, :8, :16])


def test_lpips_is_the_published_formula(own_cache: Path) -> None:
    """Zhang et al. 2018, equation 1.

    Features of unit length, weighted squared differences, averaged over positions, summed over layers.
    """
    put_weights(own_cache)
    metric = LPIPS(LPIPS.Config())
    frames, truth = noisy(0.2)
    measured = metric(frames, truth)
    net, total = metric._net, torch.zeros(len(frames))
    shift, scale = (
        torch.tensor(values).view(1, 3, 1, 1) for values in ((-0.030, -0.088, -0.188), (0.458, 0.448, 0.450))
    )
    layers = zip(
        net.net((2 * frames - 1 - shift) / scale), net.net((2 * truth - 1 - shift) / scale), net.lins, strict=True
    )
    for own, other, weights in layers:
        own, other = (values / values.square().sum(1, keepdim=True).add(1e-8).sqrt() for values in (own, other))
        total += ((own - other).square() * weights.model[-1].weight).sum(1).mean((1, 2))
    assert torch.allclose(measured, total, atol=1e-5)


@pytest.fixture
def server(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A server that answers every download with what this says."""
    answer: dict[str, Any] = {"code": 404, "body": b"", "asked": []}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer["asked"].append(self.path)
            self.send_response(answer["code"])
            self.send_header("Content-Length", str(len(answer["body"])))
            self.end_headers()
            self.wfile.write(answer["body"])

        def log_message(self, *_: Any) -> None:
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()

    def redirect(request: Any, *arguments: Any, **options: Any) -> Any:
        url = request.full_url if isinstance(request, urllib.request.Request) else request
        return urllib.request.urlopen(
            f"http://127.0.0.1:{running.server_port}/{url.rsplit('/', 1)[1]}", *arguments, **options
        )

    monkeypatch.setattr("torch.hub.urlopen", redirect)
    yield answer
    running.shutdown()
    running.server_close()


@pytest.mark.parametrize(
    ("code", "body", "reason"), [(404, b"", "HTTP Error 404"), (200, b"not weights", "invalid hash value")]
)
def test_lpips_without_weights_is_left_out_and_other_metrics_are_computed(
    code: int, body: bytes, reason: str, server: dict[str, Any]
) -> None:
    server.update(code=code, body=body)

    metrics = {"psnr": psnr, "lpips": LPIPS(LPIPS.Config()), "mse": mse}
    measured = computable_metrics(metrics, FeatureSpec(3, (64, 64)), torch.device("cpu"))
    assert list(measured.metrics) == ["psnr", "mse"] and list(measured.left_out) == ["lpips"]
    assert server["asked"] == ["/alexnet-owt-7be5be79.pth"]
    message = measured.left_out["lpips"]
    assert (
        reason in message
        and "download.pytorch.org" in message
        and "/hub/checkpoints" in message
        and "\n" not in message
    )


def test_the_download_times_out(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(lpips, "TIMEOUT", 0.2)
        monkeypatch.setattr(
            "torch.hub.urlopen", lambda *_: urllib.request.urlopen(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        )
        with pytest.raises(VidpredError, match="timed out"):
            LPIPS(LPIPS.Config())(torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64))
    assert socket.getdefaulttimeout() is None
