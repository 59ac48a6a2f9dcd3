"""The hash of the frames that an evaluator reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from tests.evaluation.walk import random_batches
from vidpred.data.loader import Batch
from vidpred.evaluation.evaluator import hash_frames


def digest(batches: Iterable[Batch]) -> str:
    sha256 = hashlib.sha256()
    list(hash_frames(batches, sha256))
    return sha256.hexdigest()


def test_the_hash_depends_on_the_frames_only() -> None:
    assert digest(random_batches(2)) == digest(random_batches(3))
    changed = [batch._replace(frames=batch.frames + (batch.window_indices[0].clip == 4)) for batch in random_batches(1)]
    assert digest(changed) != digest(random_batches(1))
