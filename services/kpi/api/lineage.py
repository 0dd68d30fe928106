"""From a number down: to the facilities it consists of, and to their events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response

from services.eventkit.errors import NotFound
from services.eventkit.http import Blueprint, allow, json_response
from services.eventkit.identity import Role
from services.kpi.api.changes import check_code, check_district
from services.kpi.api.lineage_schemas import EventsSchema, FacilitiesQuery, FacilitiesSchema
from services.kpi.api.queries import KnownQuery, as_of, container, plan_of, rules_of, selection, source
from services.kpi.api.shown import Shown, envelope
from services.kpi.api.traced_schemas import traced
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.facts import as_of as fact_on
from services.kpi.domain.shares import FACILITY_CODES, Chosen, share, who_of
from services.kpi.domain.standing import standing
from services.kpi.domain.texts import reason
from services.kpi.views.cube import Cube
from services.kpi.views.facilities import FACILITY, Facilities
from services.kpi.views.live import View

blueprint = Blueprint("lineage", __name__, description="What numbers consist of")

#: Cards looked through for one page: where few are chosen, a page may hold few, and say that there are more.
LOOKED = 5000


@blueprint.route("/targets/<code>/facilities", methods=["GET"])
@allow()
@blueprint.arguments(FacilitiesQuery, location="query")
@blueprint.response(200, FacilitiesSchema)
def get_facilities(query: dict[str, Any], code: str) -> Response:
    """The facilities (of K3 the units) in the denominator of a target, each with what it adds and why.

    Over all pages they add up to the target's numerator and denominator; name `known_at` to be sure that all
    pages are of one moment.
    """
    check_code(code, (*FACILITY_CODES, "K3"))
    check_district(query)
    of = source(query)

    def made(cube: Cube, view: View) -> Shown:
        plan = plan_of(query, view)
        return Shown(cube, rules_of(view), plan, view.shared.units, as_of(query, plan), selection(query))

    shown, view = of.read(made), of.view()
    lister = Lister(Facilities(container().store, view), shown, code, query.get("counted"))
    items, next_ = (lister.units(), None) if code == "K3" else lister.page(query["cursor"], query["limit"])
    of.check()
    return json_response(
        {
            **envelope(query, view, shown.rules, shown.plan, shown.on),
            "filters": shown.selection._asdict(),
            "code": code,
            "items": items,
            "next": next_,
        }
    )


class Lister:
    """What one target consists of, of one view. `counted` keeps those in the numerator, or those not."""

    def __init__(self, facilities: Facilities, shown: Shown, code: str, counted: bool | None) -> None:
        self._facilities, self._shown, self._code, self._counted = facilities, shown, code, counted
        self._day = shown.on.toordinal()
        choice = shown.selection
        self._chosen = Chosen(shown.units, choice.section, choice.kind, choice.size)

    def page(
        self, after: str, limit: int, looked_through: int = LOOKED
    ) -> tuple[list[dict[str, Any]], str | None]:
        """(facilities, cursor of the next page); fewer than `limit` once so many cards were looked at."""
        found: list[dict[str, Any]] = []
        looked = 0
        for stored in self._facilities.stored(after, looked_through):
            after, looked = stored.subject.removeprefix(FACILITY), looked + 1
            found += self._told(after, stored.card)
            if len(found) == limit:
                return found, after
        return found, after if looked == looked_through else None

    def _told(self, id_: str, stored: bytes) -> Iterator[dict[str, Any]]:
        shown, card = self._shown, self._facilities.group(stored, id_)
        who = who_of(card, shown.rules, self._day)
        if card is None or who is None or not self._chosen.holds(who):
            return
        stands = standing(card, shown.rules, shown.on, shown.territory)[self._code]
        if not stands.in_denominator or self._counted not in (None, stands.counted):
            return
        unit = fact_on(card.unit, self._day)
        yield {
            "id": id_,
            "unit_id": None if unit is None else unit.value,
            **share(card, shown.rules, self._day, self._code, self._chosen)._asdict(),
            "counted": stands.counted,
            "why": stands.why,
            "decided_by": stands.decided_by,
            "subjects": [FACILITY + member for member in self._facilities.members(id_)],
        }

    def units(self) -> list[dict[str, Any]]:
        if self._shown.divided:
            return []
        officers: dict[str, list[str]] = {}
        for subject, card in self._facilities.officers():
            for unit in card.appointments:
                officers.setdefault(unit, []).append(subject)
        return [
            {
                "id": unit,
                "unit_id": unit,
                "numerator": int(found.qualified > 0),
                "denominator": 1,
                "counted": found.qualified > 0,
                "why": reason("staffed" if found.qualified else "not-staffed"),
                "decided_by": [],
                "subjects": [f"unit:{unit}", *officers.get(unit, ())],
            }
            for unit, found in self._shown.staffing.items()
            if found.exists and self._counted in (None, found.qualified > 0)
        ]


@blueprint.route("/facilities/<facility_id>/events", methods=["GET"])
@allow(Role.INSPECTOR, Role.OPERATOR)
@blueprint.arguments(KnownQuery, location="query")
@blueprint.response(200, EventsSchema)
def get_facility_events(query: dict[str, Any], facility_id: str) -> Response:
    """All events about a facility and those merged into it, in all logs, with where each is told in full."""
    view = source(query).view()
    members = Facilities(container().store, view).members(facility_id)
    return _events(query, view, [FACILITY + member for member in members])


@blueprint.route("/subjects/<subject>/events", methods=["GET"])
@allow(Role.INSPECTOR, Role.OPERATOR)
@blueprint.arguments(KnownQuery, location="query")
@blueprint.response(200, EventsSchema)
def get_subject_events(query: dict[str, Any], subject: str) -> Response:
    """All events about one subject: `facility:<id>`, `officer:<id>`, `unit:<id>`, `plan:<id>` …"""
    return _events(query, source(query).view(), [subject])


def _events(query: dict[str, Any], view: View, subjects: list[str]) -> Response:
    check_district({})
    # What is recorded now may be more than what the projection has applied.
    events = container().trace.events(subjects, {log: view.position[log] for log in SOURCES})
    if not events:
        raise NotFound(f"No event about {subjects[0]} was known. Look the record up in its service.")
    return json_response(
        {
            "known_at": query.get("known_at"),
            "position": view.position,
            "subjects": subjects,
            "events": [traced(event) for event in events],
        }
    )
