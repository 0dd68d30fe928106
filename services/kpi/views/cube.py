"""Sums per day and measure, dense in memory, so that a read costs the same for any number of facilities.

A cell is what one partition adds to one cohort, day by day. Putting a cell takes out what it added before.
Not thread-safe: `live.LiveCube` guards it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.measures import MEASURES, Cohort, CohortKind, cohort_kind
from services.kpi.domain.rules import section_of

#: First and last day that are told apart; what lies outside is put on the nearer one.
FIRST = date(1990, 1, 1).toordinal()
LAST = date(2060, 12, 31).toordinal()

#: ("all", ""), ("unit", id), ("section", letter), ("kind", kind), ("officer", unit id), ("exists", unit id)
Rollup = tuple[str, str]
ALL: Rollup = ("all", "")

Days = NDArray[np.int64]

_decoder: msgspec.msgpack.Decoder[dict[int, list[int]]] = msgspec.msgpack.Decoder(dict[int, list[int]])


class Cube:
    def __init__(self) -> None:
        self._deltas: dict[Rollup, Days] = {}
        self._cells: dict[str, tuple[Cohort, bytes]] = {}

    def __len__(self) -> int:
        return len(self._cells)

    def put(self, cell: str, cohort: Cohort, days: bytes) -> None:
        """Replace a cell. `days` is msgpack {day ordinal: [measure, …]}. Raises `msgspec.DecodeError`."""
        known = self._cells.get(cell)
        if known == (cohort, days):
            return
        new = _decoder.decode(days)
        if known is not None:
            self._add(known[0], _decoder.decode(known[1]), -1)
        self._add(cohort, new, 1)
        self._cells[cell] = (cohort, days)

    def at(self, rollup: Rollup, day: date, kind: CohortKind = "facility") -> list[int]:
        """The sums of a rollup on a day, one per measure of `kind`; zeros for one never heard of."""
        deltas = self._deltas.get(rollup)
        if deltas is None:
            return [0] * len(MEASURES[kind])
        sums: list[int] = deltas[: _index(day.toordinal()) + 1].sum(axis=0).tolist()
        return sums

    def series(self, rollup: Rollup, days: Sequence[date], kind: CohortKind = "facility") -> list[list[int]]:
        """`at` for several days, which must be in order."""
        deltas = self._deltas.get(rollup)
        if deltas is None or not days:
            return [[0] * len(MEASURES[kind]) for _ in days]
        ends = [_index(day.toordinal()) + 1 for day in days]
        sums, start, rows = np.zeros(deltas.shape[1], dtype=np.int64), 0, []
        for end in ends:
            sums = sums + deltas[start:end].sum(axis=0)
            start = end
            rows.append(sums.tolist())
        return rows

    def names(self, dimension: str) -> list[str]:
        """The units, sections or kinds that any cell has named."""
        return sorted(name for kind, name in self._deltas if kind == dimension)

    def _add(self, cohort: Cohort, days: dict[int, list[int]], sign: int) -> None:
        if not days:
            return
        kind = cohort_kind(cohort)
        width = len(MEASURES[kind])
        rows = np.fromiter((_index(day) for day in days), dtype=np.intp, count=len(days))
        values: Any = np.array(list(days.values()), dtype=np.int64).reshape(len(days), width)
        for rollup in _rollups(cohort, kind):
            deltas = self._deltas.get(rollup)
            if deltas is None:
                deltas = self._deltas[rollup] = np.zeros((LAST - FIRST + 1, width), dtype=np.int64)
            np.add.at(deltas, rows, sign * values)


def _index(ordinal: int) -> int:
    return min(max(ordinal, FIRST), LAST) - FIRST


def _rollups(cohort: Cohort, kind: CohortKind) -> Iterator[Rollup]:
    if kind == "officer":
        yield "officer", cohort[1]
    elif kind == "unit":
        yield "exists", cohort[1]
    else:
        yield ALL
        yield "unit", cohort[0]
        yield "section", section_of(cohort[1])
        yield "kind", cohort[2]
