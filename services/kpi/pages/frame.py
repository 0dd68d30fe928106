"""What every page has: the reader, its address, the frame it is shown in, and its errors as pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, render_template, request
from markupsafe import Markup
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from services.eventkit.errors import SxshError, Unauthenticated
from services.eventkit.http import fields, from_here
from services.eventkit.http.problems import field_errors
from services.kpi.api.official_shown import Frozen
from services.kpi.api.queries import SeriesQuery, as_of, container, plan_of, rules_of, selection, source
from services.kpi.api.shown import Shown, envelope, unrecorded
from services.kpi.domain.plans import PlanData
from services.kpi.domain.texts import labels
from services.kpi.pages import news
from services.kpi.pages.language import LANGUAGES, Reader
from services.kpi.views.cube import Cube
from services.kpi.views.live import View

#: In which the browser keeps the token, and the reader's language.
COOKIE, LANGUAGE = "sxsh_token", "sxsh_language"

#: An address of this service: browsers drop what is not printed, and read a backslash as a slash.
_OWN = re.compile(r"/(?![/\\])[\x21-\x7e]*")

Context = Mapping[str, Any]

#: What other services know, as parts of a page by the name of their place. Takes the plan and the day.
Beside = Callable[[Reader, PlanData, date], Mapping[str, str]]

#: Where such a part belongs: ``{{ place("name") }}`` in the template.
_PLACE = "<!-- {} -->"


def place(name: str) -> Markup:
    return Markup(_PLACE.format(name))  # noqa: S704 - names of our own


def reader() -> Reader:
    return Reader(request.args.get("lang") or request.cookies.get(LANGUAGE, LANGUAGES[0]))


#: The choices that every page of readings takes; others are a page's own.
COMMON = frozenset({*SeriesQuery().fields, "lang"} - {"after", "period"})
#: Those that say for what a plan is judged, not for which facilities.
OF_PLAN = frozenset({"plan", "on", "known_at"})


def address(path: str | None = None, only: Collection[str] = COMMON, **changed: str | None) -> str:
    """This page, or another with the same choices as far as they are in `only`; None takes a choice away."""
    same = path in (None, request.path)
    kept = {n: value for n, value in request.args.items() if value and (n in only or (same and n != "next"))}
    chosen = {name: value for name, value in {**kept, **changed}.items() if value is not None}
    return f"{path or request.path}{'?' if chosen else ''}{urlencode(chosen)}"


def own(given: Mapping[str, str], otherwise: str = "/") -> str:
    """Where to go afterwards, by `next`: a page of this service only."""
    wanted = given.get("next", otherwise)
    return wanted if _OWN.fullmatch(wanted) else otherwise


def reading(
    template: str,
    context: Callable[[Shown, Reader, Frozen], Context],
    beside: Beside | None = None,
    others: Collection[str] = (),
) -> Response:
    """A page made from the cube by the choices in the address, made again only when the cube has changed.

    What other services know of it (`beside`) is asked for each time, as the caller. `others` names the
    choices that are theirs.
    """
    say = reader()
    given = _given()
    query = asked(others)
    of, book = source(query), container().official.book
    frozen = Frozen(book, query.get("known_at"))

    def make(cube: Cube, view: View) -> bytes:
        shown = shown_by(query, cube, view)
        return render_template(
            f"pages/{template}",
            about=envelope(query, view, shown.rules, shown.plan, shown.on),
            form=choices_form(given, view, shown, say),
            query=given,
            version="" if query.get("known_at") else news.version(view),
            **_told(context(shown, say, frozen), query, view),
        ).encode()

    drawn = container().boundaries.version()
    key = f"page {say.language} {fields.today().toordinal()} {book.position()} {drawn} {request.full_path}"
    page = of.answer(key, make).body
    if beside is not None:
        plan = plan_of(query, of.view())
        for name, part in beside(say, plan, as_of(query, plan)).items():
            page = page.replace(_PLACE.format(name).encode(), part.encode())
    return Response(page, mimetype="text/html")


def asked(others: Collection[str] = ()) -> dict[str, Any]:
    """The choices in the address that are those of any reading; without `others`."""
    given = {name: value for name, value in _given().items() if name not in others}
    query: dict[str, Any] = SeriesQuery().load(given)
    return query


def shown_by(query: Mapping[str, Any], cube: Cube, view: View) -> Shown:
    plan = plan_of(query, view)
    return Shown(cube, rules_of(view), plan, view.shared.units, as_of(query, plan), selection(query))


def _given() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if value and name not in ("lang", "next")}


def failed(error: SxshError) -> AnyResponse:
    """As a page; who is not signed in is asked to, and comes back; what was being sent is kept meanwhile."""
    if isinstance(error, Unauthenticated) and "HX-Request" not in request.headers:
        if request.method == "GET":
            return redirect(f"/sign-in?{urlencode({'next': request.full_path.rstrip('?')})}", 303)
        if from_here():
            kept = list(request.form.items(multi=True))
            page = render_template("pages/again.html", kept=kept, lost=list(request.files))
            return Response(page, 401, mimetype="text/html")
    each = [(e["field"].lstrip("/"), e["detail"]) for e in error.errors]
    return error_page(error.status, error.title, error.detail, each)


def wrong(error: ValidationError) -> AnyResponse:
    each = [(e["field"].lstrip("/"), e["detail"]) for e in field_errors(error.messages, "query")]
    return error_page(422, "", "", each)


def refused(error: HTTPException) -> AnyResponse:
    return error_page(error.code or 500, error.name, error.description or "")


def error_page(status: int, title: str, detail: str, wrong: list[tuple[str, str]] | None = None) -> Response:
    page = render_template(
        "pages/error.html", version="", status=status, title=title, detail=detail, wrong=wrong or []
    )
    return Response(page, status, mimetype="text/html")


def _told(context: Context, query: Mapping[str, Any], view: View) -> dict[str, Any]:
    """Of a time before the first record: that is why nothing has a value."""
    recorded = "known_at" not in query or any(view.position.values())
    return dict(context) if recorded else dict(unrecorded(dict(context)))


def choices_form(given: Mapping[str, str], view: View, shown: Shown, say: Reader) -> dict[str, Any]:
    """The choices of the filter form: (name, label, [(value, what it is called, chosen)])."""
    day = shown.on.toordinal()
    units = [(unit, say.pick(shown.territory.name(unit, day))) for unit in shown.territory.units]
    sections = [(s, f"{s} {say.pick(shown.rules.section_names[s])}") for s in sorted(shown.rules.sections)]
    sizes = [(size.id, say.pick(size.name)) for size in shown.rules.sizes.values()]
    plans = [(plan.id, say.pick(plan.name)) for plan in view.shared.plans().values()]
    lists = (("unit_id", "district", units), ("section", "section", sections), ("size", "size", sizes))
    chosen = {"plan": shown.plan.id, **given}
    named = {name: dict(each) for name, _, each in lists}
    kinds = {kind: say.pick(called) for kind, called in labels("kinds").items()}
    chips = [
        named.get(name, kinds).get(given[name])
        for name in ("unit_id", "section", "size", "kind")
        if name in given
    ]
    return {
        "chosen": [chip for chip in (say.pick(shown.plan.name) if "plan" in given else None, *chips) if chip],
        "plans": _choices(plans, chosen.get("plan")),
        "lists": [(name, say.t(label), _choices(each, given.get(name))) for name, label, each in lists],
        "on": shown.on.isoformat(),
        "known_at": given.get("known_at", ""),
    }


def _choices(each: list[tuple[str, str]], chosen: str | None) -> list[tuple[str, str, bool]]:
    return [(value, name, value == chosen) for value, name in each]
