"""One facility: where it stands and what it lacks, its facts, and all that was told of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.eventkit.errors import NotFound
from services.eventkit.http import ensure_district
from services.kpi.api.queries import container
from services.kpi.domain.facts import FacilityCard, as_of
from services.kpi.domain.texts import labels
from services.kpi.pages.beside import Told, ask
from services.kpi.pages.records import Records, unit_of
from services.kpi.pages.stands import in_full
from services.kpi.pages.timeline import timeline
from services.kpi.views.facilities import FACILITY


def context(of: Records, id_: str) -> dict[str, Any]:
    """Raises `NotFound`, and `Forbidden` for one of another district."""
    card = of.facilities.one(id_)
    if card is not None:
        ensure_district(unit_of(card))
    register = ask(of.say, "registry", f"/facilities/{id_}")
    parked = next(iter(container().store.parked(of.view.generation, FACILITY + id_)), None)
    if register.body is None and card is None:
        if register.missing:
            raise NotFound("There is no facility with this id. Look for it in the list of facilities.")
        return {**_unread(of, id_), "trouble": register.trouble}
    members = of.facilities.members(id_)
    events = timeline(of, [FACILITY + member for member in members])
    stands = [] if card is None else in_full(of, card, events["by_id"])
    return {
        "id": id_,
        "name": id_ if register.body is None else register.body["name"],
        "trouble": register.trouble,
        "parked": parked and parked.error,
        "merged_into": _merged_into(register, card),
        "members": members[1:],
        "stands": stands,
        "facts": _of_register(of, register.body),
        "on_day": [] if card is None else _on_day(of, card),
        "history": _history(of, register.body),
        "timeline": events,
    }


def _unread(of: Records, id_: str) -> dict[str, Any]:
    nothing: dict[str, Any] = {"items": [], "older": None, "trouble": ""}
    empty: dict[str, Any] = dict.fromkeys(("stands", "facts", "on_day", "history", "members"), ())
    return {"id": id_, "name": id_, "parked": None, "merged_into": None, "timeline": nothing, **empty}


def _merged_into(register: Told, card: FacilityCard | None) -> str | None:
    """As it was known at the moment that is read; the register says what holds now."""
    if card is not None:
        return card.merged or None
    into: str | None = register.body["merged_into"]
    return into


def _of_register(of: Records, body: dict[str, Any] | None) -> list[tuple[str, str]]:
    if body is None:
        return []
    say, lacking = of.say, of.say.t("facility-not-given")
    industry = body["industry"]
    products = [f"{product['name']} ({product['unit']})" for product in body["products"]]
    placed = body["latitude"] is not None and body["longitude"] is not None
    found = {
        "facility-code": body["code"],
        "facility-tax": body["tax_code"],
        "kind": say.pick(labels("kinds")[body["kind"]]),
        "industry": f"{industry['code']} (VSIC {industry['version']})",
        "facility-employees": None if body["employees"] is None else say.number(body["employees"]),
        "facility-products": ", ".join(products),
        "unit-of": of.unit_name(body["unit_id"]),
        "operation": say.t(f"operation-{body['status']}"),
        "facility-place": f"{body['latitude']}, {body['longitude']}" if placed else None,
        "facility-registered": _day(of, body["registered_on"]),
    }
    return [(say.t(key), value or lacking) for key, value in found.items()]


def _on_day(of: Records, card: FacilityCard) -> list[tuple[str, str]]:
    """What the indicators go by on the day that is read."""
    say, rules, unknown = of.say, of.shown.rules, of.say.t("facility-not-given")
    unit, status, industry, kind, employees = (
        as_of(facts, of.day) for facts in (card.unit, card.status, card.industry, card.kind, card.employees)
    )
    size = rules.sizes.get(rules.size_of(None if employees is None else employees.value))
    letter = rules.industry_key(industry.value).partition(":")[2][:1] if industry else ""
    found = {
        "unit-of": unit and of.unit_name(unit.value),
        "operation": status and say.t(f"operation-{status.value}"),
        "industry": letter in rules.section_names and f"{letter} {say.pick(rules.section_names[letter])}",
        "kind": kind and say.pick(labels("kinds")[kind.value]),
        "size": size and say.pick(size.name),
    }
    return [(say.t(key), value or unknown) for key, value in found.items()]


def _history(of: Records, body: dict[str, Any] | None) -> list[tuple[str, str, str]]:
    """(day, of what, value), newest first."""
    if body is None:
        return []
    units = [(each["since"], "unit-of", of.unit_name(each["value"])) for each in body["unit_history"]]
    states = [
        (each["since"], "operation", of.say.t(f"operation-{each['value']}"))
        for each in body["status_history"]
    ]
    found = sorted([*units, *states], key=lambda each: each[0], reverse=True)
    return [(_day(of, since), of.say.t(key), value) for since, key, value in found]


def _day(of: Records, text: str) -> str:
    return of.say.day(date.fromisoformat(text))
