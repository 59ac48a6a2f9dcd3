"""For authors of components: tiny clips, and `check_component`, which holds a class to what its kind promises.

from vidpred.testing import check_component
def test_sawtooth():
    check_component(Sawtooth, teeth=3)
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

import vidpred


def tiny_clip(
    clips: int = 2, frames: int = 4, channels: int = 3, size: tuple[int, int] = (64, 64), conditions: int = 4
) -> vidpred.Clip:
    """The same random clips each time: frames [B, T, C, H, W] in [0, 1], conditions [B, T, conditions]."""
    source = torch.Generator().manual_seed(0)
    return vidpred.Clip(
        torch.rand(clips, frames, channels, *size, generator=source),
        torch.randn(clips, frames, conditions, generator=source),
    )


def check_component(component: type[vidpred.Component], *arguments: Any, **settings: Any) -> Any:
    """Build a component and hold it to the promises of its kind. Gives the instance for tests of your own.

    `arguments` are what its constructor takes besides its config (the specs of its neighbours), `settings` its settings.
    Raises AssertionError, saying which promise is broken.
    """
    assert getattr(component, "name", ""), f"{component.__name__} has no name"
    assert (component.__doc__ or "").strip(), f"{component.__name__} has no docstring"
    for name, field in component.Config.model_fields.items():
        assert field.description, f"setting {name} of {component.name} has no description"
    config = component.Config(**settings)
    assert component.Config.model_validate(config.model_dump(mode="json")) == config, "its settings do not survive YAML"
    made = component(config, *arguments)
    for kind, check in (
        (vidpred.Annealer, _annealer),
        (vidpred.Forcing, _forcing),
        (vidpred.Metric, _metric),
        (vidpred.Encoder, _encoder),
        (vidpred.Core, _core),
    ):
        if isinstance(made, kind):
            check(made)
    return made


def _places() -> Iterator[vidpred.Progress]:
    for epochs, steps in ((1, 1), (7, 3), (100, 10)):
        history: list[dict[str, Any]] = []
        for epoch in range(epochs):
            for step in (0, steps - 1):
                yield vidpred.Progress(epoch, epochs, epoch * steps + step, steps, tuple(history))
            history.append({"epoch": epoch, "validate": {"loss": 0.01, "psnr": 20.0}})


def _annealer(annealer: Any) -> None:
    _pure_share(annealer, annealer.weight, "weight")


def _forcing(forcing: Any) -> None:
    _pure_share(forcing, forcing.ratio, "ratio")
    assert all(forcing.resets(at) >= 0 for at in _places()), "resets must not be negative"


def _pure_share(component: Any, value: Callable[[vidpred.Progress], float], what: str) -> None:
    """In [0, 1] everywhere, and the same when asked again, in another order, and of a copy."""
    try:
        places, values = zip(*((at, value(at)) for at in _places() if at.epochs > 1), strict=True)
    except vidpred.VidpredError as error:
        raise AssertionError(f"{component.name} refuses an ordinary run: {error}") from error
    assert all(0 <= number <= 1 for number in values), f"a {what} lies outside [0, 1]"
    assert [value(at) for at in reversed(places)] == list(reversed(values)), (
        f"the {what} hangs on what was asked before"
    )
    twin = getattr(pickle.loads(pickle.dumps(component)), what)  # noqa: S301 (pickled on the line itself)
    assert [twin(at) for at in places] == list(values), f"a copy gives another {what}"


def _metric(metric: Any) -> None:
    """One number a frame, which hangs on no other frame, and is best for the truth itself."""
    frames, truth = tiny_clip(frames=3).frames[0], tiny_clip(frames=6).frames[0, 3:]
    made = metric(frames, truth)
    assert made.shape == (3,) and made.dtype == torch.float32, (
        f"give one float32 number a frame, not {tuple(made.shape)} {made.dtype}"
    )
    assert torch.allclose(metric(frames[1:2], truth[1:2]), made[1:2], atol=1e-5), (
        "a frame's figure hangs on other frames"
    )
    better = metric(truth, truth) - made
    assert (better >= 0).all() if metric.higher_is_better else (better <= 0).all(), "the truth itself is not best"


def _encoder(encoder: Any) -> None:
    frames = tiny_clip(channels=3).frames.flatten(0, 1)
    made = _repeatable(encoder, frames)
    assert made.value.shape[1:] == encoder.spec.shape, (
        f"gives {tuple(made.value.shape[1:])}, but its spec says {encoder.spec}"
    )
    skips, said = [tuple(skip.shape[1:]) for skip in made.skips], [skip.shape for skip in encoder.spec.skips]
    assert skips == said, f"gives skips {skips}, but its spec says {said}"


def _core(core: Any) -> None:
    """Two steps at once are the same as one after the other, and a Gaussian where it says so."""
    inputs = torch.randn(2, 2, *core.input_spec.shape, generator=torch.Generator().manual_seed(0))
    core = copy.deepcopy(core).eval()
    with torch.no_grad():
        both, _ = core(inputs, None)
        first, state = core(inputs[:, :1], None)
        second, _ = core(inputs[:, 1:], state)
    assert isinstance(both, vidpred.Gaussian) == core.outputs_gaussian, "`gaussian` does not say what it gives"
    for whole, one, two in zip(_parts(both), _parts(first), _parts(second), strict=True):
        assert whole.shape[2:] == core.spec.shape, f"gives {tuple(whole.shape[2:])}, but its spec says {core.spec}"
        assert torch.allclose(whole, torch.cat([one, two], 1), atol=1e-5), (
            "two steps at once differ from one after the other"
        )


def _parts(made: Any) -> tuple[Tensor, ...]:
    return tuple(made) if isinstance(made, vidpred.Gaussian) else (made,)


def _repeatable(part: nn.Module, *inputs: Tensor) -> Any:
    """What a part gives in eval mode, the same each time."""
    part = copy.deepcopy(part).eval()
    with torch.no_grad():
        made, again = part(*inputs), part(*inputs)
    assert torch.equal(made.value, again.value), "it gives something else when asked again"
    return made
