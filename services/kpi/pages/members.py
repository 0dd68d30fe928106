"""From a target's number to what it consists of: the facilities (of K3 the units), each with its share."""

from __future__ import annotations

from typing import Any

from services.eventkit.http import ensure_district, principal
from services.kpi.api.lineage import Lister
from services.kpi.pages.records import PAGE, Records, named

#: Cards looked through for one page, so that it comes soon however few of them fit.
LOOKED = 1500


def context(of: Records, code: str) -> dict[str, Any]:
    """Raises `Forbidden` for a district that the caller may not see."""
    told = {"code": code, "name": of.say.pick(of.shown.rules.texts[code].name), "units": code == "K3"}
    counted = of.query.get("counted")
    choices = [
        (value, of.say.t(f"counting-{key}"), value == _said(counted))
        for value, key in ((None, "all"), ("true", "true"), ("false", "false"))
    ]
    if principal().districts is not None:
        if "unit_id" not in of.query:
            return {**told, "choices": choices, "rows": [], "next_": None, "limited": True}
        ensure_district(of.query["unit_id"])
    lister = Lister(of.facilities, of.shown, code, counted)
    if code == "K3":
        items, next_ = lister.units(), None
    else:
        items, next_ = lister.page(of.query["cursor"], PAGE, LOOKED)
    return {
        **told,
        "choices": choices,
        "rows": _rows(of, code, items),
        "next_": next_,
        "few": next_ is not None and len(items) < PAGE,
        "limited": False,
    }


def _said(counted: bool | None) -> str | None:
    return None if counted is None else str(counted).lower()


def _rows(of: Records, code: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = {} if code == "K3" else named(of.say, [item["id"] for item in items])
    unit = "goe" if code == "K2b" else ""
    rows = []
    for item in items:
        known = names.get(item["id"])
        if code == "K3":
            href, name, sub = f"/districts/{item['id']}", of.unit_name(item["id"]), ""
        else:
            href, name = f"/facilities/{item['id']}", known.name if known else of.say.t("unnamed")
            sub = known.code if known else item["id"]
        rows.append(
            {
                "href": href,
                "name": name,
                "sub": sub,
                "unit": "" if item["unit_id"] is None else of.unit_name(item["unit_id"]),
                "state": "counted" if item["counted"] else "lacking",
                "why": of.say.pick(item["why"]),
                "numerator": of.say.amount(item["numerator"], unit),
                "denominator": of.say.amount(item["denominator"], unit),
                "decided_by": list(dict.fromkeys(item["decided_by"])),
            }
        )
    return rows
