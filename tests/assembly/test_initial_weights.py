"""The initial weights of a run."""

from __future__ import annotations

from collections.abc import Callable

import torch

from vidpred.training.run import Run


def test_initial_weights_of_a_part_depend_on_the_seed_and_its_slot_only(new_run_of: Callable[..., Run]) -> None:
    plain, other = (
        new_run_of().model.state_dict(),
        new_run_of(model={"prior": {"name": "gaussian_lstm", "hidden": 8}}).model.state_dict(),
    )
    assert all(torch.equal(value, other[name]) for name, value in plain.items())
    assert any(not torch.equal(value, new_run_of(seed=9).model.state_dict()[name]) for name, value in plain.items())
