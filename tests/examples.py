"""How many examples a property is tried on: few where every change waits for them, more where asked for."""

from __future__ import annotations

import os

#: 10 tries ten times as many.
TIMES = int(os.environ.get("SXSH_TEST_EXAMPLES", "1"))


def examples(count: int) -> int:
    return count * TIMES
