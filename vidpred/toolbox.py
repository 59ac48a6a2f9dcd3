"""Public building blocks of the engine for authors of models. Imports torch.

A model implements `vidpred.Model`; these are the functions that the built-in model is written with:

- `rollout`, `plan`, `stretches`, `batched`: the plan of rollout steps and the loop that executes it;
- `join`, `join_specs`: concatenate the inputs of a core, and the shapes of these inputs;
- `map_tensors`, `iter_tensors`: apply a function to every tensor of a nested value, list its tensors;
- `stack`, `unstack`, `spread`: add, remove and use the time and sample axes of nested values;
- `per_frame`: apply a network for frames [N, ...] to clips [B, S, ...];
- `is_output_too_small`: whether torch refused an input because it is too small for a network.
"""

from __future__ import annotations

from vidpred.contracts.nested import iter_tensors, map_tensors, per_frame, spread, stack, unstack
from vidpred.contracts.specs import join, join_specs
from vidpred.engine.plan import batched, plan, stretches
from vidpred.engine.rollout import rollout
from vidpred.engine.torch_errors import is_output_too_small

__all__ = [
    "batched",
    "is_output_too_small",
    "iter_tensors",
    "join",
    "join_specs",
    "map_tensors",
    "per_frame",
    "plan",
    "rollout",
    "spread",
    "stack",
    "stretches",
    "unstack",
]
