"""Drawing a simple random sample that anybody can draw again.

`random.Random(seed)` gives every facility of the frame, in the order of the sorted ids, one number of
`random()`; the sample is the facilities with the smallest numbers. Of Python's generators only the numbers of
`random()` are promised to stay the same from version to version, those of `sample()` are not.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable


def draw(frame: Iterable[str], size: int, seed: int) -> tuple[str, ...]:
    """`size` ids of the frame, sorted; each subset of that size is as likely as another.

    Raises `ValueError` when the frame has fewer.
    """
    ids = sorted(set(frame))
    if not 0 <= size <= len(ids):
        raise ValueError(f"can not draw {size} of {len(ids)}")
    dice = random.Random(seed)  # noqa: S311 - to be repeated, not to be kept secret
    numbered = sorted((dice.random(), id_) for id_ in ids)
    return tuple(sorted(id_ for _, id_ in numbered[:size]))


def digest(frame: Iterable[str]) -> str:
    """SHA-256 (hex) of the sorted ids, each followed by a line feed, in UTF-8."""
    return hashlib.sha256("".join(f"{id_}\n" for id_ in sorted(set(frame))).encode()).hexdigest()
