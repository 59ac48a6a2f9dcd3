"""What is fuzzed: each takes a `Random` and a folder of its own, makes one bad input there, and reads it. A VidpredError, or a
result that is checked; anything else is a finding."""

from __future__ import annotations

from tests.system.hostile.fuzzed_checkpoints import state, weights
from tests.system.hostile.fuzzed_images import image
from tests.system.hostile.fuzzed_recipes import recipe
from tests.system.hostile.fuzzed_records import records
from tests.system.hostile.fuzzed_tables import table

READERS = {"records": records, "table": table, "image": image, "recipe": recipe, "weights": weights, "state": state}
