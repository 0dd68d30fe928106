"""The few cards that reading needs beside the sums: kept whole, replaced as they are written."""

from __future__ import annotations

from typing import NamedTuple

from services.kpi.domain.cards import decode
from services.kpi.domain.facts import UnitCard
from services.kpi.domain.territory import Units


class Shared(NamedTuple):
    """As of one view; never changed afterwards."""

    units: Units


class Sharing:
    """Not thread-safe: `live.LiveCube` guards it."""

    def __init__(self) -> None:
        self._units: dict[str, UnitCard] = {}
        self._shared: Shared | None = None

    def put(self, subject: str, data: bytes) -> None:
        card = decode(data)
        if isinstance(card, UnitCard):
            self._units[card.id] = card
        self._shared = None

    def shared(self) -> Shared:
        if self._shared is None:
            self._shared = Shared(Units(dict(self._units)))
        return self._shared
