"""Pages of single records: read beside the sums, as far as the caller may see them, and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from flask import Response, render_template, request

from services.eventkit.http import Schema, principal
from services.eventkit.identity import Role
from services.kpi.api.queries import as_of, container, plan_of, rules_of, selection, source
from services.kpi.api.shown import Shown, envelope
from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.rules import Words
from services.kpi.pages import frame, news
from services.kpi.pages.beside import ask
from services.kpi.pages.language import Reader
from services.kpi.views.cube import Cube
from services.kpi.views.facilities import Facilities
from services.kpi.views.live import LiveCube, View

#: Records of a page.
PAGE = 25

#: Whom the services tell of events, if they may know of the whole province.
READ_EVENTS = frozenset({Role.INSPECTOR, Role.OPERATOR})


class Records(NamedTuple):
    """All of one view; `say` is the reader, `query` what the address asks for."""

    say: Reader
    query: Mapping[str, Any]
    source: LiveCube
    view: View
    shown: Shown
    facilities: Facilities

    @property
    def day(self) -> int:
        return self.shown.on.toordinal()

    def unit_name(self, unit: str) -> str:
        return self.say.pick(self.shown.territory.name(unit, self.day))

    def units(self) -> list[str]:
        """Those chosen that the caller may see, as they are ordered."""
        return [unit for unit in self.shown.districts if principal().may_touch(unit)]

    def page(self, template: str, **context: Any) -> Response:
        given = _given()
        body = render_template(
            f"pages/{template}",
            about=envelope(self.query, self.view, self.shown.rules, self.shown.plan, self.shown.on),
            form=frame.choices_form(given, self.view, self.shown, self.say),
            query=given,
            version="" if self.query.get("known_at") else news.version(self.view),
            **context,
        )
        self.source.check()
        return Response(body, mimetype="text/html")


def opened(schema: type[Schema]) -> Records:
    """What the address of the page asks for. Raises `ValidationError`, `NotFound`, `Unavailable`."""
    query: dict[str, Any] = schema().load(MappingProxyType(_given()))
    of = source(query)

    def made(cube: Cube, view: View) -> Shown:
        plan = plan_of(query, view)
        return Shown(cube, rules_of(view), plan, view.shared.units, as_of(query, plan), selection(query))

    shown, view = of.read(made), of.view()
    return Records(frame.reader(), query, of, view, shown, Facilities(container().store, view))


def _given() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if value and name not in ("lang", "next")}


def may_read_events() -> bool:
    return principal().has_any(READ_EVENTS) and principal().districts is None


class Named(NamedTuple):
    """A facility as the register has it now, and a way to it."""

    id: str
    name: str
    code: str


def named(say: Reader, ids: Iterable[str]) -> dict[str, Named]:
    """Of these facilities, those that the register tells the caller of."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = ask(say, "registry", "/facilities", id=wanted, limit=len(wanted)).items
    return {row["id"]: Named(row["id"], row["name"], row["code"]) for row in rows}


def unit_of(card: FacilityCard) -> str:
    """Where it stands now, whatever the day: rights go by that."""
    return card.unit[-1].value if card.unit else ""


def operation(status: str) -> str:
    """The key of what a status is called."""
    return f"operation-{status}"


def called(say: Reader, words: Mapping[str, Words], id_: str) -> str:
    return say.pick(words[id_]) if id_ in words else id_
