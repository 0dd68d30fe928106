"""One running system for this tier, started by the command that a person uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.launched import Launched


@pytest.fixture(scope="package")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    """Ready to use. A test that kills its processes waits until they are back."""
    system = Launched(Path(tmp_path_factory.mktemp("launched")))
    try:
        system.start()
        yield system
    finally:
        system.end()
