"""What differs between two readings of an indicator: which facilities, or units, and by how much.

The cards of both are read side by side; a facility whose card has the same bytes in both, on the same day,
adds the same. So a comparison costs two passes over the stored cards, and the evaluation of those that
differ. What was found is kept for the pages that follow.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from services.kpi.domain.rules import RuleSet
from services.kpi.domain.shares import NONE, Chosen, Share, share
from services.kpi.views.facilities import Facilities, pairs

#: Comparisons kept in memory.
_MOST = 32


class Changed(NamedTuple):
    """What a facility (or a unit, of K3) adds before and after."""

    id: str
    before: Share
    after: Share

    @property
    def numerator(self) -> int:
        return self.after.numerator - self.before.numerator

    @property
    def denominator(self) -> int:
        return self.after.denominator - self.before.denominator


class Side(NamedTuple):
    """One reading: `chosen` are the facilities that it was asked of."""

    facilities: Facilities
    on: date
    chosen: Chosen

    def share(self, stored: bytes | None, id_: str, rules: RuleSet, code: str) -> Share:
        group = self.facilities.group(stored, id_)
        return share(group, rules, self.on.toordinal(), code, self.chosen)


def changed_facilities(before: Side, after: Side, rules: RuleSet, code: str) -> list[Changed]:
    """Ordered by id; those that add the same in both are left out."""
    same_question = before.on == after.on and before.chosen == after.chosen
    grouped = before.facilities.groups.keys() | after.facilities.groups.keys()

    def found() -> Iterator[Changed]:
        for id_, one, other in pairs(before.facilities.stored(), after.facilities.stored()):
            if one == other and same_question and id_ not in grouped:
                continue
            yield Changed(id_, before.share(one, id_, rules, code), after.share(other, id_, rules, code))

    return [changed for changed in found() if changed.before != changed.after]


def changed_units(before: Mapping[str, Share], after: Mapping[str, Share]) -> list[Changed]:
    """Of K3, from what each unit adds."""
    units = sorted(before.keys() | after.keys())
    both = (Changed(unit, before.get(unit, NONE), after.get(unit, NONE)) for unit in units)
    return [changed for changed in both if changed.before != changed.after]


class Comparisons:
    """Those asked for last, by what they depend on. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, list[Changed]] = OrderedDict()

    def of(self, key: object, make: Callable[[], list[Changed]]) -> list[Changed]:
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return found
        found = make()
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return found
