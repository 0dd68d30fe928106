"""What differs between two readings of a target: who, by how much, and which events decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response

from services.eventkit.errors import NotFound
from services.eventkit.http import Blueprint, allow, ensure_district, json_response, principal
from services.eventkit.identity import Role
from services.kpi.api.change_items import ReadAt, Teller
from services.kpi.api.change_schemas import ChangesQuery, ChangesSchema
from services.kpi.api.cursors import Asked, Cursor, decode, encode
from services.kpi.api.judged import reading
from services.kpi.api.queries import as_of, container, plan_of, rules_of, selection
from services.kpi.api.shown import Shown, plan_shown
from services.kpi.domain.plans import PlanData
from services.kpi.domain.rules import RuleSet
from services.kpi.domain.shares import FACILITY_CODES, Share
from services.kpi.views.changes import Changed, Side, changed_facilities, changed_units
from services.kpi.views.cube import Cube
from services.kpi.views.live import View

blueprint = Blueprint("changes", __name__, url_prefix="/targets", description="Why two readings differ")

#: What the parts of K2 are explained by.
OF_PARTS = {"K2": "K2a and K2b"}


@blueprint.route("/<code>/changes", methods=["GET"])
@allow(Role.INSPECTOR, Role.OPERATOR)
@blueprint.arguments(ChangesQuery, location="query")
@blueprint.response(200, ChangesSchema)
def get_changes(query: dict[str, Any], code: str) -> Response:
    """Two readings of a target and what their difference consists of, item by item.

    An item is a facility (of K3 a unit) that adds something else to the second than to the first, with the
    events that decide. All items of all pages together are the difference.
    """
    return json_response(changes(query, code))


def changes(query: dict[str, Any], code: str, seconds: float | None = None) -> dict[str, Any]:
    """The answer of `get_changes`. Raises `Unavailable` while a moment is being built, and when comparing
    takes longer than `seconds`, if they are given: then ask again."""
    check_code(code, (*FACILITY_CODES, "K3"))
    check_district(query)
    cursor = None if query["cursor"] is None else decode(query["cursor"], container().past)
    sides = (cursor.before, cursor.after) if cursor else _asked(query)
    before, after = (_read(query, code, asked) for asked in sides)
    rules = rules_of(after.view)
    at = tuple((each.asked.on, tuple(sorted(each.asked.positions.items()))) for each in (before, after))
    key = (code, at, after.view.rules, after.shown.plan.id, selection(query))
    make, comparisons = _comparing(before, after, rules, code), container().comparisons
    found = comparisons.of(key, make) if seconds is None else comparisons.soon(key, make, seconds)
    page = found.after(cursor.last if cursor else "", query["limit"] + 1)
    more = len(page) > query["limit"]
    page = page[: query["limit"]]
    shown = Teller(before, after, rules, code).tell(page)
    before.source.check()
    after.source.check()
    text = rules.texts[code]
    return {
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
        "explained": {"numerator": found.numerator, "denominator": found.denominator},
        "changed": len(found),
        "items": shown,
        "next": encode(Cursor(*sides, page[-1].id)) if more else None,
    }


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
    earlier = positions if before == after else past.positions(before)
    on = as_of({**query, "known_at": after}, plan_of(query, past.of(positions).view()))
    return (
        Asked(before, query.get("from_on", on), earlier),
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


def _comparing(before: ReadAt, after: ReadAt, rules: RuleSet, code: str) -> Callable[[], list[Changed]]:
    """To be called in any thread."""
    if code == "K3":
        return lambda: changed_units(_units(before), _units(after))
    sides = [Side(each.facilities, each.asked.on, each.chosen) for each in (before, after)]
    return lambda: changed_facilities(sides[0], sides[1], rules, code)


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
