"""vidpred: a plugin-based toolkit for conditional video prediction.

Everything that a component author needs is here. Names are loaded when they are first used: importing vidpred does
not import torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from vidpred.plugins.hooks import Add, hookimpl

__version__ = "0.1.0"

if TYPE_CHECKING:
    from vidpred.contracts.base import (
        Component as Component,
        ConditionNode as ConditionNode,
        Config as Config,
        CoreNode as CoreNode,
        DecoderNode as DecoderNode,
        EncoderNode as EncoderNode,
        Node as Node,
    )
    from vidpred.contracts.data import (
        Augmentation as Augmentation,
        CheckUnit as CheckUnit,
        Dataset as Dataset,
        Lengths as Lengths,
        Split as Split,
        SplitName as SplitName,
        Window as Window,
    )
    from vidpred.contracts.metric import Losses as Losses, Metric as Metric, Objective as Objective
    from vidpred.contracts.model import LookAhead as LookAhead, Make as Make, Model as Model
    from vidpred.contracts.networks import (
        ConditionEncoder as ConditionEncoder,
        Core as Core,
        Decoder as Decoder,
        Encoder as Encoder,
        Filter as Filter,
        Source as Source,
    )
    from vidpred.contracts.observer import Observer as Observer
    from vidpred.contracts.schedules import Annealer as Annealer, Forcing as Forcing, Progress as Progress
    from vidpred.contracts.specs import FeatureSpec as FeatureSpec
    from vidpred.contracts.steps import RolloutStep as RolloutStep
    from vidpred.contracts.tensors import (
        Clip as Clip,
        Decoded as Decoded,
        Features as Features,
        Gaussian as Gaussian,
        Noise as Noise,
        Rollout as Rollout,
        at_least_float32 as at_least_float32,
    )
    from vidpred.errors import (
        DataError as DataError,
        Misfit as Misfit,
        PluginError as PluginError,
        RecipeError as RecipeError,
        VidpredError as VidpredError,
    )
    from vidpred.inference import Trained as Trained, load as load

_HOMES = {
    "vidpred.inference": ("Trained", "load"),
    "vidpred.contracts.base": (
        "Component",
        "ConditionNode",
        "Config",
        "CoreNode",
        "DecoderNode",
        "EncoderNode",
        "Node",
    ),
    "vidpred.contracts.data": ("Augmentation", "Dataset", "Lengths", "CheckUnit", "Window", "Split", "SplitName"),
    "vidpred.contracts.metric": ("Losses", "Metric", "Objective"),
    "vidpred.contracts.model": ("LookAhead", "Make", "Model"),
    "vidpred.contracts.networks": ("ConditionEncoder", "Core", "Decoder", "Encoder", "Filter", "Source"),
    "vidpred.contracts.observer": ("Observer",),
    "vidpred.contracts.schedules": ("Annealer", "Forcing", "Progress"),
    "vidpred.contracts.specs": ("FeatureSpec",),
    "vidpred.contracts.steps": ("RolloutStep",),
    "vidpred.contracts.tensors": ("Clip", "Decoded", "Features", "Gaussian", "Noise", "Rollout", "at_least_float32"),
    "vidpred.errors": ("DataError", "Misfit", "PluginError", "RecipeError", "VidpredError"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}
__all__ = ["Add", "hookimpl", *_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'vidpred' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
