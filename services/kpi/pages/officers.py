"""Officers: all of them, and each with its appointments, its certificates and what was told of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from marshmallow import validate

from services.eventkit.errors import Forbidden, NotFound
from services.eventkit.http import allow, ensure_district, fields, principal
from services.kpi.api.queries import PlanQuery, SelectionQuery
from services.kpi.domain.cards import decode
from services.kpi.domain.facts import OfficerCard
from services.kpi.domain.officers import capability, posts
from services.kpi.pages.beside import ask
from services.kpi.pages.posts import Officer, called, day, officers, told
from services.kpi.pages.records import PAGE, Records, opened
from services.kpi.pages.timeline import timeline
from services.kpi.views.facilities import OFFICER

NAV = ()

CERTIFICATES = ("valid", "soon", "expired", "revoked", "none")
#: Which of them each choice holds: who is soon to lose a certificate still has it.
_HOLDS = {"valid": ("valid", "soon"), **{one: (one,) for one in CERTIFICATES[1:]}}


class OfficerListQuery(SelectionQuery):
    certificate = fields.String(validate=validate.OneOf(CERTIFICATES))
    dedicated = fields.Boolean()
    cursor = fields.Integer(load_default=0, validate=validate.Range(0, 10**9))


class OfficerPageQuery(PlanQuery):
    older = fields.String(validate=validate.Length(1, 100))


def register(pages: Blueprint) -> None:
    @pages.get("/officers")
    @allow()
    def show_officers() -> Response:
        of = opened(OfficerListQuery)
        return of.page("officers.html", **_listed(of))

    @pages.get("/officers/<officer_id>")
    @allow()
    def show_officer(officer_id: str) -> Response:
        of = opened(OfficerPageQuery)
        answer = of.page("officer.html", **_one(of, officer_id))
        # A person may be erased: no copy is kept.
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _listed(of: Records) -> dict[str, Any]:
    say, asked = of.say, of.query.get("certificate")
    dedicated, start = of.query.get("dedicated"), of.query["cursor"]
    if "unit_id" in of.query and principal().districts is not None:
        ensure_district(of.query["unit_id"])
    found = sorted((one for one in officers(of) if _chosen(of, one)), key=lambda one: _order(of, one))
    page = found[start : start + PAGE]
    more = start + PAGE < len(found)
    return {
        "rows": [told(of, one) for one in page],
        "count": len(found),
        "next_": str(start + PAGE) if more else None,
        "certificates": [(one, say.t(f"certificate-is-{one}"), one == asked) for one in CERTIFICATES],
        "dedications": [
            (value, say.t(key), value == (None if dedicated is None else str(dedicated).lower()))
            for value, key in (("true", "officer-dedicated"), ("false", "officer-beside"))
        ],
    }


def _chosen(of: Records, one: Officer) -> bool:
    certificate, dedicated, unit = (of.query.get(name) for name in ("certificate", "dedicated", "unit_id"))
    held = [post for post in one.posts if unit is None or post.unit in of.shown.units]
    return (
        (unit is None or bool(held))
        and (certificate is None or one.state(of.day) in _HOLDS[certificate])
        and (dedicated is None or any(post.dedicated is dedicated for post in held))
    )


def _order(of: Records, one: Officer) -> tuple[int, str]:
    """By the unit, in the order of the plan; those without an appointment last."""
    units = list(of.shown.territory.units)
    places = [units.index(post.unit) for post in one.posts if post.unit in units]
    return min(places, default=len(units)), one.id


def _one(of: Records, id_: str) -> dict[str, Any]:
    """Raises `NotFound`, and `Forbidden` for one who was never appointed in a district of the caller's."""
    stored = of.facilities.stored_card(OFFICER + id_)
    card = None if stored is None else decode(stored)
    if card is not None and not isinstance(card, OfficerCard):
        raise NotFound("There is no officer with this id. Look for it in the list of officers.")
    districts = principal().districts
    if districts is not None and (card is None or not districts & card.appointments.keys()):
        raise Forbidden("Your rights are limited to districts to which this officer is not appointed.")
    register = ask(of.say, "registry", f"/officers/{id_}")
    if card is None and register.body is None:
        raise NotFound("There is no officer with this id. Look for it in the list of officers.")
    person = None if register.body is None else register.body["person"]
    held = card or OfficerCard(id_)
    one = Officer(held, posts(held, of.day), capability(held, of.shown.rules, of.day))
    return {
        "one": told(of, one),
        "person": person,
        "hidden": register.body is not None and person is None,
        "erased": register.body is not None and register.body["erased_on"] is not None,
        "trouble": register.trouble,
        "appointments": _appointments(of, held),
        "timeline": timeline(of, [OFFICER + id_]),
        "name": person["name"] if person else called(of, id_),
    }


def _appointments(of: Records, card: OfficerCard) -> list[tuple[str, str, str]]:
    """(day, unit, what), newest first, of those that the caller may see."""
    found = [
        (fact.day, of.unit_name(unit), of.say.t(f"officer-was-{fact.value}"))
        for unit, facts in card.appointments.items()
        for fact in facts
        if principal().may_touch(unit)
    ]
    return [(day(of, when), unit, what) for when, unit, what in sorted(found, reverse=True)]
