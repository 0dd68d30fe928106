"""Something fails while people write: what was acknowledged is there, and counted once."""

from __future__ import annotations

import random

import pytest

from tests.cluster.faults import FAULTS, survive
from tests.cluster.scene import Scene


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_lost_or_counted_twice(scene: Scene, dice: random.Random, fault: str) -> None:
    survive(scene, fault, dice)
