"""Sums per day and measure for any choice of dimensions, sparse, so that a read never looks at facilities.

A cell is what one partition adds to one cohort, day by day. When it is put again, what differs is added.
A roll-up holds the days on which the sum over the cohorts it chooses changes, with by how much; it is made
when it is first asked for, and from then on kept right by what the cells change. Not thread-safe:
`live.LiveCube` guards it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
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

#: Roll-ups kept; a cell that changes is added to each that it is in.
_MOST_ROLLUPS = 1024

#: Day ordinal -> measures, of a spread (value, count, value, …).
Told = Mapping[int, Sequence[int]]

#: Rows of a spread that are not worth uniting; days whose sums cost less than those of all; changes that wait
#: in a roll-up which nobody asks for.
_FEW_ROWS, _FEW_DAYS, _MOST_WAITING = 256, 4, 1000

_decoder: msgspec.msgpack.Decoder[dict[int, list[int]]] = msgspec.msgpack.Decoder(dict[int, list[int]])


def where(**chosen: str | Iterable[str] | None) -> Where:
    """``where(unit=("kim-son", "yen-mo"), kind="household", section=None)``; None does not limit."""
    return tuple(
        (name, frozenset((values,) if isinstance(values, str) else values))
        for name, values in sorted(chosen.items())
        if values is not None
    )


class _Rows(NamedTuple):
    """A row a day. Of a spread (value, count), and a day may come again."""

    days: NDArray[Any]
    rows: NDArray[Any]


class _Cell:
    """Held as it is stored, from when a roll-up first asks for them on as its rows."""

    __slots__ = ("_rows", "_stored", "cohort")

    def __init__(self, cohort: Cohort, stored: bytes) -> None:
        self.cohort = cohort
        self._stored = stored
        self._rows: _Rows | None = None

    def told(self) -> Told:
        if self._rows is None:
            return _decoder.decode(self._stored)
        days, rows = self._rows.days.tolist(), self._rows.rows.tolist()
        if self.cohort[0] != SPREAD:
            return dict(zip(days, rows, strict=True))
        told: dict[int, list[int]] = {}
        for day, pair in zip(days, rows, strict=True):
            told.setdefault(day, []).extend(pair)
        return told

    def rows(self) -> _Rows:
        if self._rows is None:
            kind, told = self.cohort[0], self.told()
            if kind == SPREAD:
                self._rows = _rows(kind, _change(kind, {}, told))
            else:
                values = np.array(list(told.values()), dtype=np.int64)
                days = np.fromiter(told, dtype=np.int32, count=len(told))
                self._rows = _Rows(days, _narrow(values.reshape(len(told), len(MEASURES[kind]))))
            self._stored = b""
        return self._rows


class _Following(ABC):
    """Kept right by what cells change. `chosen` says whether a cohort is in it."""

    def __init__(self, chosen: Callable[[Cohort], bool]) -> None:
        self.chosen = chosen
        self._waiting: list[_Rows] = []

    def add(self, rows: _Rows) -> None:
        self._waiting.append(rows)
        if len(self._waiting) >= _MOST_WAITING:
            self._settle()

    def _settle(self) -> None:
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._take(waiting)

    @abstractmethod
    def _take(self, waiting: list[_Rows]) -> None: ...


class _Rollup(_Following):
    def __init__(self, width: int, chosen: Callable[[Cohort], bool]) -> None:
        super().__init__(chosen)
        self._width = width
        self._days: Numbers = np.empty(0, dtype=np.int64)
        self._rows: Numbers = np.empty((0, width), dtype=np.int64)
        #: The sums from each day on, once more than a few days were asked for since the last change.
        self._sums: Numbers | None = None
        self._asked = 0

    def series(self, days: Sequence[date]) -> list[list[int]]:
        self._settle()
        ends = np.searchsorted(self._days, [day.toordinal() for day in days], side="right").tolist()
        self._asked += len(ends)
        if self._sums is None and self._asked <= _FEW_DAYS:
            return [self._rows[:end].sum(axis=0).tolist() for end in ends]
        if self._sums is None:
            self._sums = self._rows.cumsum(axis=0)
        sums = self._sums
        return [sums[end - 1].tolist() if end else [0] * self._width for end in ends]

    def _take(self, waiting: list[_Rows]) -> None:
        """Put in its places: it is little, beside what is there."""
        days = np.concatenate([each.days for each in waiting], dtype=np.int64)
        rows = np.concatenate([each.rows for each in waiting], dtype=np.int64)
        self._sums, self._asked = None, 0
        if not days.size:
            return
        order = np.argsort(days, kind="stable")
        days, starts = np.unique(days[order], return_index=True)
        rows = np.add.reduceat(rows[order], starts, axis=0)
        if not self._days.size:
            self._days, self._rows = days, rows
            return
        at = np.searchsorted(self._days, days)
        known = self._days[np.minimum(at, self._days.size - 1)] == days
        self._rows[at[known]] += rows[known]
        if not known.all():
            self._days = np.insert(self._days, at[~known], days[~known])
            self._rows = np.insert(self._rows, at[~known], rows[~known], axis=0)


class _Spread(_Following):
    """A multiset that grows and shrinks by day. Rows are gathered as they come, and united when there are
    twice as many as were left the last time."""

    def __init__(self, chosen: Callable[[Cohort], bool]) -> None:
        super().__init__(chosen)
        #: (day, value, count).
        self._rows: Numbers = np.empty((0, 3), dtype=np.int64)
        self._united = 0

    def at(self, day: date) -> list[tuple[int, int]]:
        self._settle()
        rows = self._rows[self._rows[:, 0] <= day.toordinal()]
        values, counts = _united(rows[:, 1], rows[:, 2])
        return [(v, n) for v, n in zip(values.tolist(), counts.tolist(), strict=True) if n]

    def _take(self, waiting: list[_Rows]) -> None:
        more = [np.column_stack([days, rows]) for days, rows in waiting]
        self._rows = np.concatenate([self._rows, *more])
        if len(self._rows) > 2 * self._united + _FEW_ROWS:
            keys, counts = _united(self._rows[:, :2], self._rows[:, 2])
            kept = counts != 0
            self._rows = np.column_stack([keys[kept], counts[kept]])
            self._united = len(self._rows)


class Cube:
    def __init__(self) -> None:
        self._cells: dict[str, _Cell] = {}
        self._of_kind: dict[str, dict[str, _Cell]] = {}
        self._rollups: dict[tuple[str, Where], _Rollup | _Spread] = {}
        #: Those that a cohort is in, of the cohorts that changed since the last roll-up was made.
        self._into: dict[Cohort, list[_Following]] = {}
        self._named: dict[tuple[str, str], set[str]] = {}

    def __len__(self) -> int:
        return len(self._cells)

    def put(self, id_: str, cohort: Cohort, days: bytes) -> None:
        """Replace a cell. `days` is msgpack {day ordinal: [measure, …]}. Raises `msgspec.DecodeError`."""
        kind, told = cohort[0], _decoder.decode(days)
        dimensions = DIMENSIONS[kind]
        known = self._cells.get(id_)
        if into := self._rollups_of(cohort):
            change = _change(kind, {} if known is None else known.told(), told)
            if change:
                rows = _rows(kind, change)
                for rollup in into:
                    rollup.add(rows)
        self._cells[id_] = self._of_kind.setdefault(kind, {})[id_] = _Cell(cohort, days)
        if known is None:
            for dimension, value in zip(dimensions, cohort[1:], strict=True):
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
                    found.add(cell.rows())
            if len(self._rollups) >= _MOST_ROLLUPS:
                self._rollups.clear()
            self._into.clear()
            self._rollups[kind, chosen] = found
        return found

    def _rollups_of(self, cohort: Cohort) -> list[_Following]:
        found = self._into.get(cohort)
        if found is None:
            of: list[_Following] = [r for (kind, _), r in self._rollups.items() if kind == cohort[0]]
            found = self._into[cohort] = [rollup for rollup in of if rollup.chosen(cohort)]
        return found


def _change(kind: str, old: Told, new: Told) -> list[list[int]]:
    """Rows that make the old into the new when they are added: (day, measure, …), of a spread
    (day, value, count)."""
    days = [day for day, vector in new.items() if old.get(day) != vector]
    days += [day for day in old if day not in new]
    if kind == SPREAD:
        return [
            [day, vector[i], sign * vector[i + 1]]
            for day in days
            for sign, vector in ((1, new.get(day, ())), (-1, old.get(day, ())))
            for i in range(0, len(vector), 2)
        ]
    nothing = [0] * len(MEASURES[kind])
    return [
        [day, *(a - b for a, b in zip(new.get(day, nothing), old.get(day, nothing), strict=True))]
        for day in days
    ]


def _rows(kind: str, change: list[list[int]]) -> _Rows:
    width = 2 if kind == SPREAD else len(MEASURES[kind])
    values = np.array(change, dtype=np.int64).reshape(len(change), 1 + width)
    return _Rows(values[:, 0], values[:, 1:])


def _united(keys: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
    """Each key once, in order, with the sum of its counts."""
    found, of = np.unique(keys, axis=None if keys.ndim == 1 else 0, return_inverse=True)
    sums = np.zeros(len(found), dtype=np.int64)
    np.add.at(sums, of.reshape(-1), counts)
    return found, sums


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
