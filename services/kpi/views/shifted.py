"""The cube as it would be with something more, or less, in it: read like the cube itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.kpi.domain.measures import DIMENSIONS, SPREAD, Contributions, add
from services.kpi.views.cube import ALL, Cube, Where, matcher, where


class Shifted(Cube):
    """`shift` is added to what a cube holds. The cube is not changed, and must not change meanwhile."""

    def __init__(self, cube: Cube, shift: Contributions) -> None:
        super().__init__()
        self._base, self._shift = cube, shift

    def series(self, kind: str, days: Sequence[date], chosen: Where = ALL) -> list[list[int]]:
        rows = self._base.series(kind, days, chosen)
        chosen_cohort = matcher(kind, chosen)
        for (cohort, day), vector in self._shift.items():
            if cohort[0] == kind and chosen_cohort(cohort):
                for index, on in enumerate(days):
                    if day <= on.toordinal():
                        rows[index] = [a + b for a, b in zip(rows[index], vector, strict=True)]
        return rows

    def spread(self, name: str, day: date, chosen: Where = ALL) -> list[tuple[int, int]]:
        pairs = self._base.spread(name, day, chosen)
        found = tuple(number for pair in pairs for number in pair)
        chosen_cohort = matcher(SPREAD, where(**dict(chosen), name=name))
        for (cohort, since), vector in self._shift.items():
            if cohort[0] == SPREAD and since <= day.toordinal() and chosen_cohort(cohort):
                found = add(SPREAD, found, vector)
        return list(zip(found[::2], found[1::2], strict=True))

    def names(self, kind: str, dimension: str) -> list[str]:
        at = DIMENSIONS[kind].index(dimension) + 1
        more = {cohort[at] for cohort, _ in self._shift if cohort[0] == kind}
        return sorted({*self._base.names(kind, dimension), *more})
