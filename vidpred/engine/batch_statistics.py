"""BatchNorm by the statistics of the batch that is predicted, for comparing with scripts that sample in train mode."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from vidpred.engine.batch_norm import layers
from vidpred.errors import VidpredError


@contextmanager
def batch_statistics(model: nn.Module) -> Iterator[None]:
    """Within, every BatchNorm layer normalises over its batch, in eval mode too, and its running statistics rest untouched. A
    prediction then hangs on its batch mates. Raises VidpredError where a batch is a single value per channel."""
    norms = layers(model)
    kept = [(norm.running_mean, norm.running_var) for norm in norms]
    for norm in norms:
        norm.running_mean = norm.running_var = None  # what is not there is not used
    try:
        yield
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        raise VidpredError(
            "BatchNorm by the batch's statistics needs 2 clips in each batch, and there is one that holds a single clip; "
            "use running statistics, or another number of rows at once"
        ) from error
    finally:
        for norm, (mean, variance) in zip(norms, kept, strict=True):
            norm.running_mean, norm.running_var = mean, variance
