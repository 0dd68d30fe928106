"""What differs between two readings of a target: who, by how much, and which events decide."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, NamedTuple

import msgspec
from flask import Response

from services.eventkit.errors import InvalidInput, NotFound
from services.eventkit.http import Blueprint, allow, ensure_district, json_response, principal
from services.eventkit.identity import Role
from services.kpi.api.change_schemas import ChangesQuery, ChangesSchema
from services.kpi.api.judged import reading
from services.kpi.api.queries import as_of, container, plan_of, rules_of, selection
from services.kpi.api.shown import Shown, plan_shown
from services.kpi.api.traced_schemas import traced
from services.kpi.domain.facts import SOURCES, FacilityCard
from services.kpi.domain.facts import as_of as fact_on
from services.kpi.domain.plans import PlanData
from services.kpi.domain.rules import RuleSet, Words
from services.kpi.domain.shares import FACILITY_CODES, Chosen, Share, who_of
from services.kpi.domain.standing import standing
from services.kpi.domain.targets import Reading
from services.kpi.domain.texts import reason
from services.kpi.views.changes import Changed, Side, changed_facilities, changed_units
from services.kpi.views.cube import Cube
from services.kpi.views.facilities import FACILITY, Facilities
from services.kpi.views.live import LiveCube, View
from services.kpi.views.traced import Traced

blueprint = Blueprint("changes", __name__, url_prefix="/targets", description="Why two readings differ")

#: What the parts of K2 are explained by.
OF_PARTS = {"K2": "K2a and K2b"}


_NO_CURSOR = "is not a cursor; take `next` of the page before as it is"


class Asked(msgspec.Struct, array_like=True, frozen=True):
    """Of one side: kept in the cursor, so that all pages are of the same two readings."""

    known_at: datetime
    on: date
    positions: dict[str, Annotated[int, msgspec.Meta(ge=0, lt=2**53)]]


class Cursor(msgspec.Struct, array_like=True, frozen=True):
    before: Asked
    after: Asked
    last: str


class ReadAt(NamedTuple):
    """One side, read."""

    asked: Asked
    source: LiveCube
    view: View
    shown: Shown
    found: Reading

    @property
    def facilities(self) -> Facilities:
        return Facilities(container().store, self.view)

    @property
    def chosen(self) -> Chosen:
        choice = self.shown.selection
        return Chosen(self.shown.units, choice.section, choice.kind, choice.size)


@blueprint.route("/<code>/changes", methods=["GET"])
@allow(Role.INSPECTOR, Role.OPERATOR)
@blueprint.arguments(ChangesQuery, location="query")
@blueprint.response(200, ChangesSchema)
def get_changes(query: dict[str, Any], code: str) -> Response:
    """Two readings of a target and what their difference consists of, item by item.

    An item is a facility (of K3 a unit) that adds something else to the second than to the first, with the
    events that decide. All items of all pages together are the difference.
    """
    check_code(code, (*FACILITY_CODES, "K3"))
    check_district(query)
    cursor = None if query["cursor"] is None else _decode(query["cursor"])
    sides = (cursor.before, cursor.after) if cursor else _asked(query)
    before, after = (_read(query, code, asked) for asked in sides)
    rules = rules_of(after.view)
    items = container().comparisons.of(
        (code, _encode(Cursor(*sides, "")), after.view.rules, after.shown.plan.id, selection(query)),
        lambda: _compare(before, after, rules, code),
    )
    last = cursor.last if cursor else ""
    left = [item for item in items if item.id > last]
    page = left[: query["limit"]]
    tellers = _Teller(before, after, rules, code)
    shown = [tellers.tell(item) for item in page]
    before.source.check()
    after.source.check()
    more = len(left) > len(page)
    text = rules.texts[code]
    return json_response(
        {
            "code": code,
            "name": text.name,
            "unit": "goe" if code == "K2b" else text.unit,
            "plan": plan_shown(after.shown.plan),
            "rules": {"id": rules.id, "version": rules.version},
            "filters": after.shown.selection._asdict(),
            "from": _side(before),
            "to": _side(after),
            "difference": {
                "numerator": (after.found.numerator or 0) - (before.found.numerator or 0),
                "denominator": (after.found.denominator or 0) - (before.found.denominator or 0),
            },
            "explained": {
                "numerator": sum(item.numerator for item in items),
                "denominator": sum(item.denominator for item in items),
            },
            "changed": len(items),
            "items": shown,
            "next": _encode(Cursor(*sides, page[-1].id)) if more else None,
        }
    )


def check_code(code: str, known: tuple[str, ...]) -> None:
    """Raises `NotFound` for a target that facilities do not add up to."""
    if code in OF_PARTS:
        raise NotFound(f"{code} has no amounts of its own: it is judged by {OF_PARTS[code]}. Ask for these.")
    if code not in known:
        raise NotFound(f"There is nothing of this kind for {code!r}. There is for {', '.join(known)}.")


def check_district(query: Mapping[str, Any]) -> None:
    """Whoever is limited to districts asks about one of them, so that what is listed adds up."""
    if principal().districts is not None:
        ensure_district(query.get("unit_id") or "")


def _asked(query: Mapping[str, Any]) -> tuple[Asked, Asked]:
    now = datetime.now(UTC)
    past = container().past

    before, after = (min(query.get(name) or now, now) for name in ("from_", "to"))
    positions = past.positions(after)
    on = as_of({**query, "known_at": after}, plan_of(query, past.of(positions).view()))
    return (
        Asked(before, query.get("from_on", on), past.positions(before)),
        Asked(after, query.get("to_on", on), positions),
    )


def _read(query: Mapping[str, Any], code: str, asked: Asked) -> ReadAt:
    source = container().past.of(asked.positions)

    def make(cube: Cube, view: View) -> ReadAt:
        plan: PlanData = plan_of(query, view)
        shown = Shown(cube, rules_of(view), plan, view.shared.units, asked.on, selection(query))
        (found,) = shown.readings(code, [asked.on])
        return ReadAt(asked, source, view, shown, found)

    return source.read(make)


def _compare(before: ReadAt, after: ReadAt, rules: RuleSet, code: str) -> list[Changed]:
    if code == "K3":
        return changed_units(_units(before), _units(after))
    sides = [Side(each.facilities, each.asked.on, each.chosen) for each in (before, after)]
    return changed_facilities(sides[0], sides[1], rules, code)


def _units(of: ReadAt) -> dict[str, Share]:
    if of.shown.divided:
        return {}
    return {
        unit: Share(int(found.qualified > 0), 1) for unit, found in of.shown.staffing.items() if found.exists
    }


def _side(of: ReadAt) -> dict[str, Any]:
    return {
        **reading(of.found),
        "as_of": of.asked.on,
        "known_at": of.asked.known_at,
        "generation": of.view.generation,
        "position": of.view.position,
    }


class _Told(NamedTuple):
    """How an item stands on one side, and by which events."""

    unit_id: str | None
    why: Words
    decided_by: frozenset[str]


class _Teller:
    """Tells the items of a page."""

    def __init__(self, before: ReadAt, after: ReadAt, rules: RuleSet, code: str) -> None:
        self._sides = (before, after)
        self._rules, self._code = rules, code
        self._facilities = [each.facilities for each in self._sides]
        self._officers = [self._by_unit(each) if code == "K3" else {} for each in self._sides]
        both = [each.view.position for each in self._sides]
        self._low = {log: min(one[log] for one in both) for log in both[0]}
        self._high = {log: max(one[log] for one in both) for log in both[0]}

    def tell(self, item: Changed) -> dict[str, Any]:
        told = [self._stands(number, item.id) for number in (0, 1)]
        shares = (item.before, item.after)
        sides = [
            {**share._asdict(), "unit_id": one.unit_id, "why": one.why}
            for share, one in zip(shares, told, strict=True)
        ]
        return {
            "id": item.id,
            "numerator": item.numerator,
            "denominator": item.denominator,
            "from": sides[0],
            "to": sides[1],
            "events": self._events(item.id, told),
        }

    def _events(self, id_: str, told: list[_Told]) -> list[dict[str, Any]]:
        found = []
        for event in container().trace.events(self._subjects(id_), self._high):
            decides = [
                name for name, one in zip(("from", "to"), told, strict=True) if event.id in one.decided_by
            ]
            new = event.position > self._low[event.log]
            if new or decides or self._between(event):
                found.append({**traced(event), "decides": decides, "new": new})
        return found

    def _between(self, event: Traced) -> bool:
        """It came to hold between the two days."""
        days = sorted(each.asked.on for each in self._sides)
        return days[0] < event.occurred_on <= days[1]

    def _subjects(self, id_: str) -> list[str]:
        if self._code == "K3":
            officers = {o for by_unit in self._officers for o in by_unit.get(id_, ())}
            return [f"unit:{id_}", *sorted(officers)]
        members = {member for one in self._facilities for member in one.members(id_)}
        # One that is merged stands for nothing because of what was decided about itself.
        return [FACILITY + member for member in sorted(members)]

    def _stands(self, number: int, id_: str) -> _Told:
        side = self._sides[number]
        if self._code == "K3":
            found = side.shown.staffing.get(id_)
            if found is None or not found.exists:
                return _Told(None, reason("no-such-unit"), frozenset())
            return _Told(id_, reason("staffed" if found.qualified else "not-staffed"), frozenset())
        card = self._facilities[number].one(id_)
        if card is None:
            return _Told(None, reason("not-known"), frozenset())
        return self._standing(side, card)

    def _standing(self, side: ReadAt, card: FacilityCard) -> _Told:
        on = side.asked.on
        unit = fact_on(card.unit, on.toordinal())
        found = standing(card, self._rules, on, side.shown.territory)[self._code]
        who = who_of(card, self._rules, on.toordinal())
        chosen = who is None or who[0] not in side.shown.territory or side.chosen.holds(who)
        return _Told(
            None if unit is None else unit.value,
            found.why if chosen else reason("not-chosen"),
            frozenset(found.decided_by),
        )

    def _by_unit(self, side: ReadAt) -> dict[str, list[str]]:
        """The officers ever appointed to each unit."""
        found: dict[str, list[str]] = {}
        for subject, card in side.facilities.officers():
            for unit in card.appointments:
                found.setdefault(unit, []).append(subject)
        return found


def _encode(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def _decode(cursor: str) -> Cursor:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        cursor_ = msgspec.json.decode(raw, type=Cursor)
    except (binascii.Error, ValueError):
        raise InvalidInput.at("/cursor", _NO_CURSOR) from None
    if any(side.positions.keys() != set(SOURCES) for side in (cursor_.before, cursor_.after)):
        raise InvalidInput.at("/cursor", _NO_CURSOR)
    return cursor_
