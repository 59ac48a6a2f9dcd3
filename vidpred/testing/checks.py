"""check_component: does a component follow the rules of its kind?"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

import vidpred
from vidpred.testing.tiny_data import tiny_clip


def check_component(component: type[vidpred.Component], *arguments: Any, **settings: Any) -> Any:
    """Create a component, check it, and return the instance for further tests.

    For every kind: name, docstring, descriptions of the settings, and that settings survive YAML. For the kinds in
    `CHECKED_KINDS` also the rules of the kind. `arguments` are those that its constructor takes after the config (the
    specs of its neighbours), `settings` its settings. Raises AssertionError with the rule that is broken.
    """
    assert getattr(component, "name", ""), f"{component.__name__} has no name"
    assert (component.__doc__ or "").strip(), f"{component.__name__} has no docstring"
    for name, field in component.Config.model_fields.items():
        assert field.description, f"setting {name} of {component.name} has no description"
    config = component.Config(**settings)
    assert component.Config.model_validate(config.model_dump(mode="json")) == config, "its settings do not survive YAML"
    instance = component(config, *arguments)
    for kind, check in _CHECKS.items():
        if isinstance(instance, kind):
            check(instance)
    return instance


def _progresses() -> Iterator[vidpred.Progress]:
    """Yield positions in runs of several lengths."""
    for epochs, steps in ((1, 1), (7, 3), (100, 10)):
        history: list[dict[str, Any]] = []
        for epoch in range(epochs):
            for step in (0, steps - 1):
                yield vidpred.Progress(epoch, epochs, epoch * steps + step, steps, tuple(history))
            history.append({"epoch": epoch, "validate": {"loss": 0.01, "psnr": 20.0}})


def _check_annealer(annealer: Any) -> None:
    _check_pure_fraction(annealer, "weight")


def _check_forcing(forcing: Any) -> None:
    _check_pure_fraction(forcing, "ratio")
    assert all(forcing.resets(at) >= 0 for at in _progresses()), "resets must not be negative"


def _check_pure_fraction(component: Any, method: str) -> None:
    """Check that a method is in [0, 1] and equal for equal progress: in another order, and of a pickled copy."""
    function: Callable[[vidpred.Progress], float] = getattr(component, method)
    positions = [at for at in _progresses() if at.epochs > 1]
    try:
        values = [function(at) for at in positions]
    except vidpred.VidpredError as error:
        raise AssertionError(f"{component.name} refuses an ordinary run: {error}") from error
    assert all(0 <= value <= 1 for value in values), f"a {method} lies outside [0, 1]"
    reversed_values = [function(at) for at in reversed(positions)]
    assert reversed_values == values[::-1], f"the {method} depends on earlier calls"
    copied = getattr(pickle.loads(pickle.dumps(component)), method)  # noqa: S301 (pickled in the same expression)
    assert [copied(at) for at in positions] == values, f"a copy gives another {method}"


def _check_metric(metric: Any) -> None:
    """Check that a metric gives one number per frame, independent of other frames, and best for the truth itself."""
    frames, truth = tiny_clip(frames=3).frames[0], tiny_clip(frames=6).frames[0, 3:]
    values = metric(frames, truth)
    assert values.shape == (3,) and values.dtype == torch.float32, (
        f"give one float32 number a frame, not {tuple(values.shape)} {values.dtype}"
    )
    assert torch.allclose(metric(frames[1:2], truth[1:2]), values[1:2], atol=1e-5), (
        "the value of a frame depends on other frames"
    )
    gain = metric(truth, truth) - values
    assert (gain >= 0).all() if metric.higher_is_better else (gain <= 0).all(), "the truth itself is not best"


def _check_encoder(encoder: Any) -> None:
    frames = tiny_clip(channels=3).frames.flatten(0, 1)
    features = _repeatable_output(encoder, frames)
    shape = tuple(features.value.shape[1:])
    assert shape == encoder.spec.shape, f"gives {shape}, but its spec says {encoder.spec}"
    skip_shapes = [tuple(skip.shape[1:]) for skip in features.skips]
    expected = [skip.shape for skip in encoder.spec.skips]
    assert skip_shapes == expected, f"gives skips {skip_shapes}, but its spec says {expected}"


def _check_core(core: Any) -> None:
    """Check that two steps in one call equal two calls, and that `outputs_gaussian` is right."""
    inputs = torch.randn(2, 2, *core.input_spec.shape, generator=torch.Generator().manual_seed(0))
    core = copy.deepcopy(core).eval()
    with torch.no_grad():
        both, _ = core(inputs, None)
        first, state = core(inputs[:, :1], None)
        second, _ = core(inputs[:, 1:], state)
    assert isinstance(both, vidpred.Gaussian) == core.outputs_gaussian, "`outputs_gaussian` does not match its output"
    for together, step1, step2 in zip(_tensors(both), _tensors(first), _tensors(second), strict=True):
        shape = tuple(together.shape[2:])
        assert shape == core.spec.shape, f"gives {shape}, but its spec says {core.spec}"
        assert torch.allclose(together, torch.cat([step1, step2], 1), atol=1e-5), (
            "two steps in one call differ from two calls"
        )


def _tensors(output: Any) -> tuple[Tensor, ...]:
    return tuple(output) if isinstance(output, vidpred.Gaussian) else (output,)


def _repeatable_output(network: nn.Module, *inputs: Tensor) -> Any:
    """Return the output of a network in eval mode, which must not differ between calls."""
    network = copy.deepcopy(network).eval()
    with torch.no_grad():
        first, second = network(*inputs), network(*inputs)
    assert torch.equal(first.value, second.value), "its output differs between two equal calls"
    return first


_CHECKS: dict[type[vidpred.Component], Callable[[Any], None]] = {
    vidpred.Annealer: _check_annealer,
    vidpred.Forcing: _check_forcing,
    vidpred.Metric: _check_metric,
    vidpred.Encoder: _check_encoder,
    vidpred.Core: _check_core,
}
CHECKED_KINDS = tuple(_CHECKS)
