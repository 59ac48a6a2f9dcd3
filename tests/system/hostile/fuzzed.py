"""The readers that are fuzzed.

Each takes a `Random` and its own folder, writes one damaged input there, and reads it. It raises VidpredError, or
checks the result; anything else is a bug.
"""

from __future__ import annotations

from tests.system.hostile.fuzzed_checkpoints import state, weights
from tests.system.hostile.fuzzed_images import image
from tests.system.hostile.fuzzed_recipes import recipe
from tests.system.hostile.fuzzed_records import records
from tests.system.hostile.fuzzed_tables import table

READERS = {"records": records, "table": table, "image": image, "recipe": recipe, "weights": weights, "state": state}
