"""What moved since yesterday: the targets of one day, as they are known now and as they were then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from flask import render_template

from services.eventkit.errors import Unavailable
from services.eventkit.http import fields, principal
from services.eventkit.identity import Role
from services.kpi.api.queries import container
from services.kpi.domain.plans import PlanData
from services.kpi.domain.targets import Reading
from services.kpi.pages.findings import months_ago
from services.kpi.pages.frame import Beside, address, asked, shown_by
from services.kpi.pages.language import Reader
from services.kpi.views.cube import Cube
from services.kpi.views.live import LiveCube, View

#: Who may see which facilities and events are behind a difference.
MAY = (Role.INSPECTOR, Role.OPERATOR, Role.ADMIN)


def yesterday() -> datetime:
    """Its end, in Việt Nam."""
    return datetime.combine(fields.today() - timedelta(days=1), time.max, fields.VIETNAM)


def since(codes: Sequence[str], *, further: bool = False) -> Beside:
    """Of these targets, with links to why each has moved; `further` of all, and since a month ago too."""

    def beside(say: Reader, plan: PlanData, on: date) -> Mapping[str, str]:
        return {"since": render_template("pages/since.html", **_told(codes, further, say))}

    return beside


def _told(codes: Sequence[str], further: bool, say: Reader) -> dict[str, Any]:
    query = asked()
    if "known_at" in query:
        return {"state": "past"}
    moment, earlier = yesterday(), container().earlier
    known = earlier.at(moment)
    may = any(role in principal().roles for role in MAY)
    links = list(_links(codes, ("yesterday", "month"), say)) if may and further else []
    if known is None:
        return {"state": "preparing", "links": links}
    try:
        before = _readings(known.cube, query, codes)
        known.cube.check()
    except Unavailable:
        earlier.forget(moment)
        return {"state": "preparing", "links": links}
    live = container().live
    now, position = _readings(live, query, codes), live.view().position
    written = sum(position[log] - known.positions.get(log, 0) for log in position)
    moved = [code for code in codes if before[code] != now[code]]
    told = [
        (_moved(code, before[code], now[code], say), _why(code, "yesterday") if may and not further else "")
        for code in moved
    ]
    return {"state": "ready", "written": say.number(written), "moved": told, "links": links}


def _readings(of: LiveCube, query: dict[str, Any], codes: Sequence[str]) -> dict[str, Reading]:
    def make(cube: Cube, view: View) -> dict[str, Reading]:
        shown = shown_by(query, cube, view)
        return {code: shown.readings(code, [shown.on])[0] for code in codes}

    return of.read(make)


def _moved(code: str, before: Reading, now: Reading, say: Reader) -> str:
    if before.decimal is None:
        return say.t("since-first", code=code, now=say.percent(now.decimal))
    if now.decimal is None:
        return say.t("since-new", code=code, before=say.percent(before.decimal), now=say.percent(now.decimal))
    return say.t(
        "since-moved",
        code=code,
        change=say.points(Decimal(now.decimal) - Decimal(before.decimal)),
        before=say.percent(before.decimal),
        now=say.percent(now.decimal),
        counted=_signed((now.numerator or 0) - (before.numerator or 0), code, say),
        of=_signed((now.denominator or 0) - (before.denominator or 0), code, say),
    )


def _signed(difference: int, code: str, say: Reader) -> str:
    sign = "+" if difference > 0 else "−" if difference < 0 else "±"
    return sign + say.amount(abs(difference), "goe" if code == "K2b" else "")


def _links(codes: Sequence[str], back: Sequence[str], say: Reader) -> Iterator[tuple[str, str]]:
    for code in codes:
        for key in back:
            yield say.t(f"since-link-{key}", code=code), _why(code, key)


def _why(code: str, back: str) -> str:
    """Where it is told what made the difference."""
    day = yesterday().date() if back == "yesterday" else months_ago(fields.today(), 1)
    return address(f"/targets/{code}/changes", **{"from": day.isoformat()})
