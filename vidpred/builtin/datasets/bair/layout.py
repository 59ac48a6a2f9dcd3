"""What the lab layout and the original release of BAIR robot pushing have in common, and what each calls it."""

from __future__ import annotations

from typing import Literal, NamedTuple

SIZE = (64, 64)
Condition = Literal["actions", "positions"]
Camera = Literal["aux1", "main"]


class Numbers(NamedTuple):
    """The numbers of one condition: the CSV of a trajectory's folder, the feature of a TFRecord, and how many columns they are."""

    csv: str
    feature: str
    columns: int


CONDITIONS: dict[Condition, Numbers] = {
    "actions": Numbers("actions.csv", "action", 4),
    "positions": Numbers("endeffector_positions.csv", "endeffector_pos", 3),
}
