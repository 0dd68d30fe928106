"""How often this interpreter looks for reference cycles."""

from __future__ import annotations

import gc

#: Objects made until the young ones are looked through: of a batch, and where somebody waits for each answer.
BATCH, ANSWERS = 100_000, 5_000


def seldom_collect(young: int = BATCH) -> None:
    """A batch, a comparison or a cube makes objects by the hundred thousand, and none in cycles: to look
    through all of them again and again takes a quarter of a second each time."""
    gc.set_threshold(young, 50, 100)
