"""Why a target reads otherwise than it did: which facilities, and which events decide."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.datastructures import MultiDict

from services.eventkit.errors import Unavailable
from services.eventkit.http import allow
from services.eventkit.identity import Role
from services.kpi.api.change_schemas import ChangesQuery
from services.kpi.api.changes import changes
from services.kpi.pages.beside import named
from services.kpi.pages.frame import address, reader
from services.kpi.pages.language import Reader
from services.kpi.pages.since import yesterday

NAV = ()

#: Seconds after which a browser asks again for a moment that is being built or a comparison that is being
#: made, and for which it waits for the latter.
AGAIN, PATIENCE = 2, 0.03


def register(pages: Blueprint) -> None:
    @pages.get("/targets/<code>/changes")
    @allow(Role.INSPECTOR, Role.OPERATOR)
    def show_changes(code: str) -> Response:
        say = reader()
        given = MultiDict({n: v for n, v in request.args.items() if v and n not in ("lang", "next")})
        given.setdefault("from", yesterday().date().isoformat())
        # Whoever comes back asks for the same: what is recorded meanwhile would be another comparison.
        given.setdefault("to", datetime.now(UTC).isoformat(timespec="microseconds"))
        query: dict[str, Any] = ChangesQuery().load(given)
        try:
            found = changes(query, code, PATIENCE)
        except Unavailable as error:
            again = address(to=given["to"])
            page = render_template("pages/changes_wait.html", code=code, detail=error.detail, again=again)
            wait = {"Refresh": f"{AGAIN}; url={again}", "Retry-After": str(AGAIN)}
            return Response(page, 503, mimetype="text/html", headers=wait)
        return make_response(render_template("pages/changes.html", **context(found, code, say)))


def context(found: dict[str, Any], code: str, say: Reader) -> dict[str, Any]:
    names = {} if code == "K3" else named(say, [item["id"] for item in found["items"]])
    unit = found["unit"]
    sides = [_side(found[side], unit, say) for side in ("from", "to")]
    return {
        "code": code,
        "name": say.pick(found["name"]),
        "sides": sides,
        "difference": {name: _signed(n, unit, say) for name, n in found["difference"].items()},
        "changed": say.number(found["changed"]),
        "items": [_item(item, names, unit, code, say) for item in found["items"]],
        "next": found["next"],
        "back": address(f"/targets/{code}"),
    }


def _side(side: dict[str, Any], unit: str, say: Reader) -> dict[str, str]:
    return {
        "known_at": say.moment(side["known_at"]),
        "as_of": say.day(side["as_of"]),
        "value": say.percent(side["decimal"]),
        "numerator": say.amount(side["numerator"], unit),
        "denominator": say.amount(side["denominator"], unit),
    }


def _item(item: dict[str, Any], names: dict[str, str], unit: str, code: str, say: Reader) -> dict[str, Any]:
    return {
        "name": names.get(item["id"], item["id"]),
        "href": "" if code == "K3" else address(f"/facilities/{item['id']}", only=()),
        "amounts": f"{_signed(item['numerator'], unit, say)} / {_signed(item['denominator'], unit, say)}",
        "before": say.pick(item["from"]["why"]),
        "after": say.pick(item["to"]["why"]),
        "events": [
            {
                "type": event["type"],
                "occurred": say.day(event["occurred_on"]),
                "recorded": say.moment(_moment(event["recorded_at"])),
                "actor": event["actor"],
                "new": event["new"],
                "decides": bool(event["decides"]),
            }
            for event in item["events"]
        ],
    }


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _signed(difference: int, unit: str, say: Reader) -> str:
    return ("+" if difference > 0 else "−" if difference < 0 else "±") + say.amount(abs(difference), unit)
