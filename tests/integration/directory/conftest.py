from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registry_feed import RegistryFeed


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RegistryFeed]:
    with RegistryFeed(tmp_path).serving() as feed:
        yield feed
