"""Random numbers are functions of their key: the same in every version, and without a generator's state."""

from __future__ import annotations

import torch

from vidpred.engine.randomness import KeyedNoise, generator, seed_of, uniform

LATENT = 4


def test_a_seed_depends_on_every_entry_of_its_key_and_on_their_order() -> None:
    keys = [(0, "noise", 1), (1, "noise", 0), (0, "coin", 1), (0, "noise", 11), (0, "noise", 1, 1), (0, "noise")]
    seeds = [seed_of(*key) for key in keys]
    assert len(set(seeds)) == len(keys) and all(0 <= seed < 2**63 for seed in seeds)


def test_the_numbers_of_existing_runs_never_change() -> None:
    assert seed_of(0, "noise", 1) == 6506115867383488411
    assert uniform(0, "coin", 1) == 0.9567679704103574
    assert generator(0, "starts", 1).randrange(1000) == 78


def test_uniform_numbers_are_spread_over_zero_to_one() -> None:
    numbers = sorted(uniform(0, "coin", index) for index in range(1000))
    assert 0 <= numbers[0] < 0.01 and 0.99 < numbers[-1] < 1
    assert abs(sum(numbers) / 1000 - 0.5) < 0.03


def test_keyed_noise_is_a_pure_function_of_key_and_frame() -> None:
    keys = [(1, "noise", 0, row, 0) for row in range(3)]
    like = torch.empty(3, LATENT)
    noise = KeyedNoise(keys)
    asked = [noise(t, like) for t in (5, 2, 5)]
    assert asked[0].equal(asked[2])
    assert not asked[0].equal(asked[1])
    assert KeyedNoise(keys[::-1])(5, like).equal(asked[0].flip(0))
    assert KeyedNoise(keys[1:2])(5, like[:1]).equal(asked[0][1:2])
    assert noise(5, like.double()).equal(asked[0].double())
    assert len(asked[0].unique(dim=0)) == 3


def test_keyed_noise_does_not_use_the_global_generator() -> None:
    before = torch.get_rng_state()
    KeyedNoise([(1,)])(1, torch.empty(1, LATENT))
    assert torch.get_rng_state().equal(before)


def test_keyed_noise_on_the_meta_device_draws_nothing() -> None:
    assert KeyedNoise([(1,)])(1, torch.empty(1, LATENT, device="meta")).is_meta
