"""How often this interpreter looks for reference cycles."""

from __future__ import annotations

import gc


def seldom_collect() -> None:
    """A batch, a comparison or a cube makes objects by the hundred thousand, and none in cycles: to look
    through all of them again and again takes long, and whoever asks for something meanwhile waits."""
    gc.set_threshold(100_000, 50, 100)
