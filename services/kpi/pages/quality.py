"""What is wrong with the records, how much of it, and who must do what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response
from marshmallow import validate

from services.eventkit.errors import NotFound
from services.eventkit.http import allow, ensure_district, fields, principal
from services.eventkit.identity import Role
from services.kpi.api.queries import SelectionQuery, container
from services.kpi.domain.lacking import unit_lacking
from services.kpi.pages import gaps
from services.kpi.pages.beside import Told, asking
from services.kpi.pages.posts import Officer, officers, told
from services.kpi.pages.records import PAGE, Records, named, opened

NAV = (("/quality", "quality"),)

#: Lines of a list that is shown on the page itself, and of one that has more.
FIRST = 20

#: What records may have in common that are one facility.
ALIKE = ("tax-code", "name")

#: Cards looked through for a page of a list.
LOOKED = 1500


class GapQuery(SelectionQuery):
    cursor = fields.String(load_default="", validate=validate.Length(1, 200))


def register(pages: Blueprint) -> None:
    @pages.get("/quality")
    @allow()
    def show_quality() -> Response:
        of = opened(SelectionQuery)
        _own(of)
        return of.page("quality.html", **_context(of))

    @pages.get("/quality/<kind>")
    @allow()
    def show_gap(kind: str) -> Response:
        if kind not in gaps.KINDS:
            raise NotFound(f"There is no list {kind!r}. There are {', '.join(gaps.KINDS)}.")
        of = opened(GapQuery)
        _own(of)
        return of.page("gap.html", **_gap(of, kind))


def _own(of: Records) -> None:
    if principal().districts is not None and "unit_id" in of.query:
        ensure_district(of.query["unit_id"])


def _context(of: Records) -> dict[str, Any]:
    begin, unit = asking(of.say), of.query.get("unit_id")
    flags = begin("audits", "/flags", decided="false", unit_id=unit, limit=FIRST)
    alike = {by: begin("registry", "/duplicates", by=by, unit_id=unit, limit=FIRST) for by in ALIKE}
    units = [(unit, *gaps.counts(of, unit)) for unit in of.units()]
    units = [one for one in units if one[1]]
    total = {kind: sum(counts[kind] for _, _, counts in units) for kind in gaps.KINDS}
    all_ = officers(of)
    return {
        "facilities": of.say.number(sum(active for _, active, _ in units)),
        "gaps": [
            {
                "kind": kind,
                "name": of.say.t(f"gap-{kind}"),
                "count": of.say.number(count),
                "todo": gaps.steps(of.say, kind) if count else None,
            }
            for kind, count in total.items()
        ],
        "units": [
            {"unit": unit, "name": of.unit_name(unit), "facilities": of.say.number(active), "counts": counts}
            for unit, active, counts in units
        ],
        "flags": _flags(of, flags()),
        "duplicates": [_duplicates(of, by, found()) for by, found in alike.items()],
        "certificates": _certificates(of, all_),
        "unstaffed": list(_unstaffed(of, all_)),
        "parked": _parked(of),
    }


def _flags(of: Records, found: Told) -> dict[str, Any]:
    names = named(of.say, dict.fromkeys(item["facility_id"] for item in found.items))
    return {
        **_many(of, found),
        "rows": [
            {
                "facility": item["facility_id"],
                "name": one.name if (one := names.get(item["facility_id"])) else of.say.t("unnamed"),
                "what": item[of.say.language],
                "review": f"{item['assessment_id']}/{item['follow_up_id']}/{item['flag']}",
                "period": " – ".join(
                    of.say.day(date.fromisoformat(item[name])) for name in ("period_start", "period_end")
                ),
            }
            for item in found.items
        ],
    }


def _many(of: Records, found: Told) -> dict[str, Any]:
    """How many there are, as far as one page tells."""
    count = of.say.number(len(found.items)) + ("+" if found.next else "")
    return {"count": count, "any": bool(found.items), "trouble": found.trouble}


def _duplicates(of: Records, by: str, found: Told) -> dict[str, Any]:
    return {
        **_many(of, found),
        "by": of.say.t(f"duplicates-{by}"),
        "rows": [
            {
                "key": item["facilities"][0]["tax_code" if by == "tax-code" else "name"],
                "strength": of.say.t(f"strength-{item['strength']}"),
                "facilities": [(one["id"], one["name"], one["code"]) for one in item["facilities"]],
                "pair": "/".join(one["id"] for one in item["facilities"])
                if len(item["facilities"]) == 2
                else "",
            }
            for item in found.items
        ],
    }


def _certificates(of: Records, all_: Sequence[Officer]) -> list[dict[str, Any]]:
    """Of dedicated officers: those that do not hold, or not for long."""
    held = [one for one in all_ if any(post.dedicated and _chosen(of, post.unit) for post in one.posts)]
    wrong = [one for one in held if one.state(of.day) != "valid"]
    return [told(of, one) for one in sorted(wrong, key=lambda one: (one.found.last or 0, one.id))]


def _chosen(of: Records, unit: str) -> bool:
    return unit in of.shown.units


def _unstaffed(of: Records, all_: Sequence[Officer]) -> Any:
    for unit in of.units():
        staffing = of.shown.staffing[unit]
        if staffing.exists and not staffing.qualified:
            lacks = unit_lacking([one.card for one in all_], unit, of.shown.rules, of.day)
            steps = [of.say.pick(step) for step in lacks]
            yield {"unit": unit, "name": of.unit_name(unit), "steps": steps}


def _parked(of: Records) -> str | None:
    """How many subjects wait, for who may try them again; None for everybody else."""
    if not principal().has_any(frozenset({Role.OPERATOR, Role.INSPECTOR})):
        return None
    return of.say.number(len(container().store.parked(of.view.generation)))


def _gap(of: Records, kind: str) -> dict[str, Any]:
    counted = sum(gaps.counts(of, unit)[1][kind] for unit in of.units())
    found, next_ = gaps.listed(of, kind, of.query["cursor"], PAGE, LOOKED)
    names = named(of.say, [one.id for one in found])
    return {
        "kind": kind,
        "name": of.say.t(f"gap-{kind}"),
        "todo": gaps.steps(of.say, kind),
        "count": of.say.number(counted),
        "rows": [
            {
                "id": one.id,
                "name": names[one.id].name if one.id in names else of.say.t("unnamed"),
                "code": names[one.id].code if one.id in names else one.id,
                "unit": of.unit_name(one.unit),
                "why": one.why,
            }
            for one in found
        ],
        "next_": next_,
        "few": next_ is not None and len(found) < PAGE,
    }
