"""What is read of the cube is what adding everything up gives, however often a cell was written since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from random import Random

import msgspec
import pytest

from services.kpi.domain.measures import DIMENSIONS, MEASURES, SPREAD, Cohort
from services.kpi.views import cube
from services.kpi.views.cube import ALL, Cube, Where, where

FIRST, DAYS = date(2016, 1, 1).toordinal(), 30
UNITS: tuple[str | tuple[str, ...] | None, ...] = ("a", ("a", "b"), None)
#: Far apart, and one beyond what 32 bits hold.
VALUES = (-5, 0, 3, 77, 10**17)

Told = dict[int, list[int]]


class Written:
    """The cells as they were last written, and a cube that was told of each write."""

    def __init__(self, seed: int) -> None:
        self.random, self.cube = Random(seed), Cube()
        self.cells: dict[Cohort, Told] = {}

    def write(self) -> None:
        kind = self.random.choice(("facility", "saving", SPREAD))
        industries = ("2018:C10", "2018:D35")
        of = [
            self.random.choice(industries if name == "industry" else ("a", "b", "c"))
            for name in DIMENSIONS[kind]
        ]
        cohort: Cohort = (kind, *of)
        self.cells[cohort] = self._days(kind)
        self.cube.put("|".join(cohort), cohort, msgspec.msgpack.encode(self.cells[cohort]))

    def _days(self, kind: str) -> Told:
        def vector() -> list[int]:
            if kind != SPREAD:
                return [self.random.randrange(-3, 9) for _ in MEASURES[kind]]
            values = self.random.sample(VALUES, self.random.randrange(1, 4))
            return [x for value in values for x in (value, self.random.randrange(-2, 5))]

        return {FIRST + self.random.randrange(DAYS): vector() for _ in range(self.random.randrange(6))}

    def days(self, count: int) -> list[date]:
        return sorted(date.fromordinal(FIRST + self.random.randrange(-1, DAYS + 1)) for _ in range(count))

    def vectors(self, of: Cohort, on: date, chosen: Where) -> list[Sequence[int]]:
        """Of the cohorts that begin so."""
        units = dict(chosen).get("unit")
        at = DIMENSIONS[of[0]].index("unit") + 1
        return [
            vector
            for cohort, days in self.cells.items()
            if cohort[: len(of)] == of and (units is None or cohort[at] in units)
            for day, vector in days.items()
            if day <= on.toordinal()
        ]


@pytest.mark.parametrize("kept", [1, 2, 1024])
@pytest.mark.parametrize("seed", range(4))
def test_sums_are_those_of_all_cells_as_they_were_last_written(
    seed: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cube, "_MOST_ROLLUPS", kept)
    monkeypatch.setattr(cube, "_MOST_WAITING", 5)
    written = Written(seed)
    for _ in range(150):
        written.write()
        kind, chosen = written.random.choice(("facility", "saving")), where(unit=written.random.choice(UNITS))
        days = written.days(written.random.choice((1, 3)))
        sums = [
            [sum(column) for column in zip(*written.vectors((kind,), on, chosen), strict=True)] for on in days
        ]
        nothing = [0] * len(MEASURES[kind])
        assert written.cube.series(kind, days, chosen) == [each or nothing for each in sums]


@pytest.mark.parametrize("seed", range(8))
def test_values_are_those_of_all_cells_as_they_were_last_written(seed: int) -> None:
    written = Written(seed)
    for _ in range(600):
        written.write()
        name, chosen = written.random.choice("abc"), where(unit=written.random.choice(UNITS))
        (on,) = written.days(1)
        counts: Counter[int] = Counter()
        for vector in written.vectors((SPREAD, name), on, chosen):
            for value, count in zip(vector[::2], vector[1::2], strict=True):
                counts[value] += count
        assert written.cube.spread(name, on, chosen) == sorted((v, n) for v, n in counts.items() if n)


def test_what_was_asked_before_a_cell_came_counts_it_after() -> None:
    counted, on = Cube(), date.fromordinal(FIRST)
    cohort: Cohort = ("unit", *("a" for _ in DIMENSIONS["unit"]))
    assert counted.at("unit", on, ALL)[0] == 0
    for count in (1, 4, 2):
        counted.put("x", cohort, msgspec.msgpack.encode({FIRST: [count] * len(MEASURES["unit"])}))
        assert counted.at("unit", on, ALL)[0] == count
