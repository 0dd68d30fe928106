"""What differs between two readings of an indicator: which facilities, or units, and by how much.

The cards of both are read side by side; a facility whose card has the same bytes in both, on the same day,
adds the same. So a comparison costs two passes over the stored cards, and the evaluation of those that
differ. What was found is kept for the pages that follow.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from typing import NamedTuple

import structlog

from services.eventkit.errors import Unavailable
from services.kpi.domain.rules import RuleSet
from services.kpi.domain.shares import NONE, Chosen, Share, share
from services.kpi.views.facilities import Facilities, pairs

LOG = structlog.get_logger("changes")

#: Items that the comparisons kept in memory have in all, and how many the rest of one weighs as much as.
_MOST, _OVERHEAD = 200_000, 100
#: Comparisons made at once beside those who wait for them; after so many facilities one lets requests go
#: first, for so many seconds: without that each of their steps would wait five milliseconds for it.
_BESIDE = 2
_AT_ONCE, _REST = 20, 0.0001


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
        both = pairs(before.facilities.stored(), after.facilities.stored())
        for number, (id_, one, other) in enumerate(both):
            if number % _AT_ONCE == 0:
                time.sleep(_REST)
            if one == other and same_question and id_ not in grouped:
                continue
            yield Changed(id_, before.share(one, id_, rules, code), after.share(other, id_, rules, code))

    return [changed for changed in found() if changed.before != changed.after]


def changed_units(before: Mapping[str, Share], after: Mapping[str, Share]) -> list[Changed]:
    """Of K3, from what each unit adds."""
    units = sorted(before.keys() | after.keys())
    both = (Changed(unit, before.get(unit, NONE), after.get(unit, NONE)) for unit in units)
    return [changed for changed in both if changed.before != changed.after]


class Compared:
    """All that changed, ordered by id, and what it comes to: a page of it costs what the page holds."""

    def __init__(self, items: list[Changed]) -> None:
        self._items = items
        self.numerator = sum(item.numerator for item in items)
        self.denominator = sum(item.denominator for item in items)

    def __len__(self) -> int:
        return len(self._items)

    def after(self, id_: str, limit: int) -> list[Changed]:
        """The first items whose ids come after this one."""
        start = bisect_right(self._items, id_, key=lambda item: item.id)
        return self._items[start : start + limit]


class _Comparison:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.found: Compared | None = None

    @property
    def weight(self) -> int:
        return 0 if self.found is None else len(self.found) + _OVERHEAD


class Comparisons:
    """Those asked for last, by what they depend on; the last one whatever its size. Safe for several threads:
    those that ask for the same wait for the one that makes it."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, _Comparison] = OrderedDict()
        self._beside = ThreadPoolExecutor(_BESIDE, "comparing")
        self._making: dict[object, Future[Compared]] = {}

    def soon(self, key: object, make: Callable[[], list[Changed]], seconds: float) -> Compared:
        """Raises `Unavailable` when it takes longer: it is made all the same, for who asks again."""
        with self._lock:
            making = self._making.get(key)
            new = making is None or making.done()
            if making is None or new:
                making = self._making[key] = self._beside.submit(self.of, key, make)
        if new:
            making.add_done_callback(lambda made: self._made(key, made))
        try:
            return making.result(seconds)
        except TimeoutError:
            raise Unavailable("The two readings are being compared.", retry_after=1) from None

    def _made(self, key: object, made: Future[Compared]) -> None:
        with self._lock:
            if self._making.get(key) is made:
                del self._making[key]
        if error := made.exception():
            LOG.warning("two readings could not be compared", error=repr(error))

    def of(self, key: object, make: Callable[[], list[Changed]]) -> Compared:
        with self._lock:
            comparison = self._kept.setdefault(key, _Comparison())
            self._kept.move_to_end(key)
        try:
            with comparison.lock:
                found = comparison.found
                if found is None:
                    found = comparison.found = Compared(make())
        except BaseException:
            with self._lock:
                if self._kept.get(key) is comparison and comparison.found is None:
                    del self._kept[key]
            raise
        with self._lock:
            self._drop_beyond(key)
        return found

    def _drop_beyond(self, last: object) -> None:
        """Drop the longest unused until what is left is few enough. One that is being made weighs nothing."""
        weight = sum(comparison.weight for comparison in self._kept.values())
        for key in list(self._kept):
            if weight <= self._most:
                break
            if key != last:
                weight -= self._kept[key].weight
                if self._kept[key].found is not None:
                    del self._kept[key]
