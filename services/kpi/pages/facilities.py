"""Facilities: found, each on its own with its events, and those that a target consists of."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from marshmallow import validate

from services.eventkit.errors import InvalidInput
from services.eventkit.http import allow, fields
from services.kpi.api.changes import check_code
from services.kpi.api.queries import PlanQuery, SelectionQuery
from services.kpi.domain.rules import UNKNOWN_SIZE, RuleSet
from services.kpi.domain.shares import FACILITY_CODES
from services.kpi.pages import facility, members
from services.kpi.pages.beside import Told, ask
from services.kpi.pages.records import PAGE, Records, opened
from services.kpi.pages.stands import at_a_glance

NAV = (("/facilities", "facilities"),)

STATUSES = ("operating", "suspended", "closed")
SORTS = {"name": "sort-name", "code": "sort-code", "-registered_on": "sort-newest"}


class FacilityListQuery(SelectionQuery):
    q = fields.String(validate=validate.Length(1, 200))
    status = fields.String(validate=validate.OneOf(STATUSES))
    sort = fields.String(load_default="name", validate=validate.OneOf(list(SORTS)))
    cursor = fields.String(validate=validate.Length(1, 1000))


class FacilityPageQuery(PlanQuery):
    """The filters that a link carried on are of no use here, and no error either."""

    older = fields.String(validate=validate.Length(1, 100))


class MembersQuery(SelectionQuery):
    counted = fields.Boolean()
    cursor = fields.String(load_default="", validate=validate.Length(1, 200))


def register(pages: Blueprint) -> None:
    @pages.get("/facilities")
    @allow()
    def show_facilities() -> Response:
        of = opened(FacilityListQuery)
        found = _found(of)
        return of.page("facilities.html", **_listed(of, found))

    @pages.get("/facilities/<facility_id>")
    @allow()
    def show_facility(facility_id: str) -> Response:
        of = opened(FacilityPageQuery)
        return of.page("facility.html", **facility.context(of, facility_id))

    @pages.get("/targets/<code>/facilities")
    @allow()
    def show_members(code: str) -> Response:
        check_code(code, (*FACILITY_CODES, "K3"))
        of = opened(MembersQuery)
        return of.page("members.html", **members.context(of, code))


def _found(of: Records) -> Told:
    query, rules = of.query, of.shown.rules
    least, most = _employees(query.get("size"), rules)
    return ask(
        of.say,
        "registry",
        "/facilities",
        q=query.get("q"),
        within=query.get("unit_id"),
        section=query.get("section"),
        kind=query.get("kind"),
        status=query.get("status"),
        employees_from=least,
        employees_to=most,
        sort=query["sort"],
        cursor=query.get("cursor"),
        limit=PAGE,
    )


def _employees(size: str | None, rules: RuleSet) -> tuple[int | None, int | None]:
    """The least and the most employees of a size."""
    if size is None:
        return None, None
    if size == UNKNOWN_SIZE:
        raise InvalidInput.at("/size", "must be a size; see /quality for the records that lack it")
    least = 0
    for each in rules.data.sizes:
        if each.id == size:
            return least, each.most
        least = (each.most or 0) + 1
    return None, None


def _listed(of: Records, found: Told) -> dict[str, Any]:
    cards = of.facilities.some([row["id"] for row in found.items])
    names = of.shown.rules.section_names
    return {
        "rows": [
            {
                "id": row["id"],
                "name": row["name"],
                "code": row["code"],
                "unit": of.unit_name(row["unit_id"]),
                "status": row["status"],
                "industry": f"{row['section']} {of.say.pick(names[row['section']])}"
                if row["section"] in names
                else row["industry"]["code"],
                "stands": at_a_glance(of, cards.get(row["id"])),
            }
            for row in found.items
        ],
        "next_": found.next,
        "trouble": found.trouble,
        "codes": [(code, of.say.pick(of.shown.rules.texts[code].name)) for code in FACILITY_CODES],
        "statuses": [
            (status, of.say.t(f"operation-{status}"), status == of.query.get("status")) for status in STATUSES
        ],
        "sorts": [(sort, of.say.t(key), sort == of.query["sort"]) for sort, key in SORTS.items()],
    }
