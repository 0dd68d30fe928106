"""Sums per day and measure for any choice of dimensions, sparse, so that a read never looks at facilities.

A cell is what one partition adds to one cohort, day by day. Putting a cell takes out what it added before.
A roll-up holds the days on which the sum over the cohorts it chooses changes, with the sums from each on; it
is made when it is first asked for, and from then on kept right by what the cells change. Not thread-safe:
`live.LiveCube` guards it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.measures import DIMENSIONS, MEASURES, SPREAD, Cohort
from services.kpi.domain.rules import section_of

#: Dimension -> the values chosen, ordered by dimension; an unnamed dimension is not limited.
Where = tuple[tuple[str, frozenset[str]], ...]
ALL: Where = ()

Numbers = NDArray[np.int64]

#: Roll-ups kept; each costs a look at every cell that changes.
_MOST_ROLLUPS = 1024

_decoder: msgspec.msgpack.Decoder[dict[int, list[int]]] = msgspec.msgpack.Decoder(dict[int, list[int]])


def where(**chosen: str | Iterable[str] | None) -> Where:
    """``where(unit=("kim-son", "yen-mo"), kind="household", section=None)``; None does not limit."""
    return tuple(
        (name, frozenset((values,) if isinstance(values, str) else values))
        for name, values in sorted(chosen.items())
        if values is not None
    )


class _Cell(NamedTuple):
    cohort: Cohort
    days: NDArray[Any]
    #: A row a day. Of a spread (value, count), and a day may come again.
    rows: NDArray[Any]


class _Rollup:
    """`chosen` says whether a cohort is in it."""

    def __init__(self, width: int, chosen: Callable[[Cohort], bool]) -> None:
        self.chosen = chosen
        self._width = width
        self._days: Numbers = np.empty(0, dtype=np.int64)
        self._rows: Numbers = np.empty((0, width), dtype=np.int64)
        self._sums: Numbers = self._rows
        self._waiting: list[tuple[_Cell, int]] = []

    def add(self, cell: _Cell, sign: int) -> None:
        self._waiting.append((cell, sign))

    def series(self, days: Sequence[date]) -> list[list[int]]:
        self._settle()
        ends = np.searchsorted(self._days, [day.toordinal() for day in days], side="right")
        rows: list[list[int]] = [self._sums[end - 1].tolist() if end else [0] * self._width for end in ends]
        return rows

    def _settle(self) -> None:
        if not self._waiting:
            return
        days = np.concatenate([self._days, *(cell.days for cell, _ in self._waiting)])
        rows = np.concatenate(
            [
                self._rows,
                *(cell.rows if sign == 1 else -cell.rows.astype(np.int64) for cell, sign in self._waiting),
            ]
        )
        self._waiting = []
        if not days.size:
            return
        order = np.argsort(days, kind="stable")
        self._days, starts = np.unique(days[order], return_index=True)
        self._rows = np.add.reduceat(rows[order], starts, axis=0)
        self._sums = self._rows.cumsum(axis=0)


class _Spread:
    """A multiset that grows and shrinks by day."""

    def __init__(self, chosen: Callable[[Cohort], bool]) -> None:
        self.chosen = chosen
        self._days: Numbers = np.empty(0, dtype=np.int64)
        self._rows: Numbers = np.empty((0, 2), dtype=np.int64)
        self._waiting: list[tuple[_Cell, int]] = []

    def add(self, cell: _Cell, sign: int) -> None:
        self._waiting.append((cell, sign))

    def at(self, day: date) -> list[tuple[int, int]]:
        self._settle()
        rows = self._rows[: int(np.searchsorted(self._days, day.toordinal(), side="right"))]
        values, of = np.unique(rows[:, 0], return_inverse=True)
        counts = np.zeros(len(values), dtype=np.int64)
        np.add.at(counts, of, rows[:, 1])
        return [(int(v), int(n)) for v, n in zip(values, counts, strict=True) if n]

    def _settle(self) -> None:
        if not self._waiting:
            return
        days = np.concatenate([self._days, *(cell.days for cell, _ in self._waiting)])
        rows = np.concatenate(
            [self._rows, *(cell.rows.astype(np.int64) * (1, sign) for cell, sign in self._waiting)]
        )
        self._waiting = []
        keys, of = np.unique(np.column_stack([days, rows[:, 0]]), axis=0, return_inverse=True)
        counts = np.zeros(len(keys), dtype=np.int64)
        np.add.at(counts, of.reshape(-1), rows[:, 1])
        keys, counts = keys[counts != 0], counts[counts != 0]
        self._days, self._rows = keys[:, 0], np.column_stack([keys[:, 1], counts])


class Cube:
    def __init__(self) -> None:
        self._cells: dict[str, _Cell] = {}
        self._of_kind: dict[str, dict[str, _Cell]] = {}
        self._rollups: dict[tuple[str, Where], _Rollup | _Spread] = {}
        self._named: dict[tuple[str, str], set[str]] = {}

    def __len__(self) -> int:
        return len(self._cells)

    def put(self, id_: str, cohort: Cohort, days: bytes) -> None:
        """Replace a cell. `days` is msgpack {day ordinal: [measure, …]}. Raises `msgspec.DecodeError`."""
        kind = cohort[0]
        new = _cell(cohort, _decoder.decode(days))
        known = self._cells.get(id_)
        for (of, _), rollup in self._rollups.items():
            if of == kind and rollup.chosen(cohort):
                if known is not None:
                    rollup.add(known, -1)
                rollup.add(new, 1)
        self._cells[id_] = self._of_kind.setdefault(kind, {})[id_] = new
        if known is None:
            for dimension, value in zip(DIMENSIONS[kind], cohort[1:], strict=True):
                self._named.setdefault((kind, dimension), set()).add(value)

    def at(self, kind: str, day: date, chosen: Where = ALL) -> list[int]:
        """The sums on a day over the cohorts chosen, a measure of `kind` each; zeros if unheard of."""
        return self.series(kind, [day], chosen)[0]

    def series(self, kind: str, days: Sequence[date], chosen: Where = ALL) -> list[list[int]]:
        """`at` for several days."""
        rollup = self._rollup(kind, chosen)
        if isinstance(rollup, _Spread):
            raise TypeError("a spread has no sums, ask for its values with `spread`")
        return rollup.series(days)

    def spread(self, name: str, day: date, chosen: Where = ALL) -> list[tuple[int, int]]:
        """(value, how often) on a day, ascending by value."""
        rollup = self._rollup(SPREAD, where(**dict(chosen), name=name))
        if not isinstance(rollup, _Spread):
            raise TypeError("not a spread")
        return rollup.at(day)

    def names(self, kind: str, dimension: str) -> list[str]:
        """The values of a dimension that any cell of the kind has named."""
        return sorted(self._named.get((kind, dimension), ()))

    def _rollup(self, kind: str, chosen: Where) -> _Rollup | _Spread:
        found = self._rollups.get((kind, chosen))
        if found is None:
            matches = matcher(kind, chosen)
            found = _Spread(matches) if kind == SPREAD else _Rollup(len(MEASURES[kind]), matches)
            for cell in self._of_kind.get(kind, {}).values():
                if matches(cell.cohort):
                    found.add(cell, 1)
            if len(self._rollups) >= _MOST_ROLLUPS:
                self._rollups.clear()
            self._rollups[kind, chosen] = found
        return found


def _cell(cohort: Cohort, days: dict[int, list[int]]) -> _Cell:
    if cohort[0] == SPREAD:
        pairs = [(day, v[i], v[i + 1]) for day, v in days.items() for i in range(0, len(v), 2)]
        rows: NDArray[Any] = np.array(pairs, dtype=np.int64).reshape(len(pairs), 3)
        return _Cell(cohort, rows[:, 0], rows[:, 1:])
    width = len(MEASURES[cohort[0]])
    values = np.array(list(days.values()), dtype=np.int64).reshape(len(days), width)
    return _Cell(cohort, np.fromiter(days, dtype=np.int32, count=len(days)), _narrow(values))


def _narrow(values: Numbers) -> NDArray[Any]:
    """In as few bytes as hold them: most cells count a handful of facilities a day."""
    if not values.size:
        return values.astype(np.int8)
    for type_ in (np.int8, np.int16, np.int32):
        limits = np.iinfo(type_)
        if limits.min <= values.min() and values.max() <= limits.max:
            return values.astype(type_)
    return values


def matcher(kind: str, chosen: Where) -> Callable[[Cohort], bool]:
    """Says of cohorts of a kind whether they are chosen."""
    dimensions = DIMENSIONS[kind]
    sections = dict(chosen).get("section")
    plain = [(dimensions.index(name) + 1, values) for name, values in chosen if name != "section"]
    industry = dimensions.index("industry") + 1 if sections is not None else 0

    def matches(cohort: Cohort) -> bool:
        if sections is not None and section_of(cohort[industry]) not in sections:
            return False
        return all(cohort[at] in values for at, values in plain)

    return matches
