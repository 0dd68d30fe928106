"""Why a target is another now than what is official, in numbers: by what was the reason then and is now.

Who they are is told by /targets/{code}/changes, to those who may know.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from services.kpi.api.shown import Shown
from services.kpi.domain.rules import RuleSet, Words
from services.kpi.domain.shares import FACILITY_CODES, Chosen, Share, who_of
from services.kpi.domain.standing import standing
from services.kpi.domain.texts import reason
from services.kpi.views.changes import Side, changed_facilities, changed_units
from services.kpi.views.facilities import Facilities

#: Of which the reasons are looked up, and reasons told of a target; what is beyond is told as a number.
LOOKED_UP, TOLD = 2000, 8
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Read(NamedTuple):
    """One of the two readings."""

    facilities: Facilities
    shown: Shown


def differences(before: Read, after: Read, rules: RuleSet, codes: list[str]) -> list[dict[str, Any]]:
    """Rows of {code, from, to, count, numerator, denominator}, by target the most frequent first."""
    found = []
    for code in codes:
        if code in FACILITY_CODES:
            found += _of_facilities(before, after, rules, code)
        elif code == "K3":
            found += _of_units(before, after)
    return found


def _of_facilities(before: Read, after: Read, rules: RuleSet, code: str) -> list[dict[str, Any]]:
    sides = [Side(one.facilities, one.shown.on, Chosen(one.shown.units)) for one in (before, after)]
    changed = changed_facilities(sides[0], sides[1], rules, code)

    def why(one: Read, id_: str) -> Words:
        card = one.facilities.one(id_)
        if card is None:
            return reason("not-known")
        who = who_of(card, rules, one.shown.on.toordinal())
        if who is not None and who[0] in one.shown.territory and who[0] not in one.shown.units:
            return reason("not-chosen")
        return standing(card, rules, one.shown.on, one.shown.territory)[code].why

    looked = [(item, why(before, item.id), why(after, item.id)) for item in changed[:LOOKED_UP]]
    unknown = reason("not-looked-up")
    rest = [(item, unknown, unknown) for item in changed[LOOKED_UP:]]
    return _grouped(
        code,
        [(was, now, item.numerator, item.denominator) for item, was, now in (*looked, *rest)],
    )


def _of_units(before: Read, after: Read) -> list[dict[str, Any]]:
    def units(one: Read) -> dict[str, Share]:
        return {u: Share(int(s.qualified > 0), 1) for u, s in one.shown.staffing.items() if s.exists}

    def why(one: Read, unit: str) -> Words:
        staffing = one.shown.staffing.get(unit)
        if staffing is None or not staffing.exists:
            return reason("no-such-unit")
        return reason("staffed" if staffing.qualified else "not-staffed")

    changed = changed_units(units(before), units(after))
    return _grouped(
        "K3",
        [(why(before, c.id), why(after, c.id), c.numerator, c.denominator) for c in changed],
    )


def _grouped(code: str, items: list[tuple[Words, Words, int, int]]) -> list[dict[str, Any]]:
    counts: Counter[tuple[Words, Words]] = Counter()
    sums: dict[tuple[Words, Words], list[int]] = {}
    for then, after, numerator, denominator in items:
        pair = (_undated(then), _undated(after))
        counts[pair] += 1
        both = sums.setdefault(pair, [0, 0])
        both[0] += numerator
        both[1] += denominator
    ordered = sorted(counts, key=_order(counts))
    rows = [_row(code, pair, counts[pair], *sums[pair]) for pair in ordered[:TOLD]]
    if rest := ordered[TOLD:]:
        other = reason("other-reasons")
        totals = (sum(sums[pair][side] for pair in rest) for side in (0, 1))
        rows.append(_row(code, (other, other), sum(counts[pair] for pair in rest), *totals))
    return rows


def _undated(words: Words) -> Words:
    """Facilities of different days have the same reason."""
    return Words(vi=_DAY.sub("…", words.vi), en=_DAY.sub("…", words.en))


def _order(counts: Counter[tuple[Words, Words]]) -> Callable[[tuple[Words, Words]], tuple[int, str, str]]:
    return lambda pair: (-counts[pair], pair[0].vi, pair[1].vi)


def _row(
    code: str, pair: tuple[Words, Words], count: int, numerator: int, denominator: int
) -> dict[str, Any]:
    return {
        "code": code,
        "from": pair[0],
        "to": pair[1],
        "count": count,
        "numerator": numerator,
        "denominator": denominator,
    }
