"""What the folder layout and the original release of BAIR robot pushing have in common, and how each names it."""

from __future__ import annotations

from typing import Literal, NamedTuple

SIZE = (64, 64)  # height and width of frames
Condition = Literal["actions", "positions"]
Camera = Literal["aux1", "main"]


class ConditionTable(NamedTuple):
    """The numbers of one condition: their CSV file in a folder, their feature in a TFRecord, their columns."""

    csv: str
    feature: str
    columns: int


CONDITIONS: dict[Condition, ConditionTable] = {
    "actions": ConditionTable("actions.csv", "action", 4),
    "positions": ConditionTable("endeffector_positions.csv", "endeffector_pos", 3),
}
