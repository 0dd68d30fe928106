"""The addresses of the pages. All that is shown, and in which language, stands in the address."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from services.eventkit.errors import NotFound, SxshError, Unauthenticated
from services.eventkit.http import allow, fields, public
from services.eventkit.http.problems import field_errors
from services.eventkit.identity import Authenticator, Role
from services.kpi.api.official_shown import Frozen
from services.kpi.api.queries import SeriesQuery, as_of, container, plan_of, rules_of, selection, source
from services.kpi.api.shown import Shown, envelope, unrecorded
from services.kpi.domain.targets import CODES
from services.kpi.domain.texts import labels
from services.kpi.pages import overview, state, target
from services.kpi.pages.language import FOLDER, LANGUAGES, Reader
from services.kpi.views.cube import Cube
from services.kpi.views.live import View

#: In which the browser keeps the token, and the reader's language.
COOKIE, LANGUAGE = "sxsh_token", "sxsh_language"

#: Nothing but what this service itself serves; no script runs at all.
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

#: An address of this service: browsers drop what is not printed, and read a backslash as a slash.
_OWN = re.compile(r"/(?![/\\])[\x21-\x7e]*")

Context = Mapping[str, Any]


def pages_blueprint(authenticator: Authenticator) -> Blueprint:
    pages = Blueprint("pages", __name__, template_folder="templates")
    style = (FOLDER / "assets" / "pages.css").read_bytes()
    mark = (FOLDER / "assets" / "icon.svg").read_bytes()
    version = hashlib.sha256(style).hexdigest()[:12]

    @pages.context_processor
    def always() -> dict[str, Any]:
        say = _reader()
        return {
            "say": say,
            "t": say.t,
            "style": version,
            "kinds": labels("kinds"),
            "languages": [(one, _address(lang=one)) for one in LANGUAGES],
            "link": _address,
        }

    @pages.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CSP)
        if request.args.get("lang") in LANGUAGES:
            response.set_cookie(LANGUAGE, request.args["lang"], max_age=31_536_000, samesite="Lax")
        return response

    @pages.errorhandler(SxshError)
    def failed(error: SxshError) -> AnyResponse:
        if isinstance(error, Unauthenticated) and request.method == "GET":
            return redirect(f"/sign-in?{urlencode({'next': request.full_path.rstrip('?')})}", 303)
        return _error(error.status, error.title, error.detail)

    @pages.errorhandler(ValidationError)
    def wrong(error: ValidationError) -> AnyResponse:
        each = [(e["field"].lstrip("/"), e["detail"]) for e in field_errors(error.messages, "query")]
        return _error(422, "", "", each)

    @pages.errorhandler(HTTPException)
    def refused(error: HTTPException) -> AnyResponse:
        return _error(error.code or 500, error.name, error.description or "")

    @pages.get("/")
    @allow()
    def show_overview() -> Response:
        return _shown("overview.html", overview.context)

    @pages.get("/targets/<code>")
    @allow()
    def show_target(code: str) -> Response:
        if code not in CODES:
            raise NotFound(f"There is no target {code!r}. There are {', '.join(CODES)}.")
        return _shown("target.html", lambda shown, say, frozen: target.context(shown, say, frozen, code))

    @pages.get("/system")
    @allow(Role.OPERATOR, Role.INSPECTOR)
    def show_system() -> str:
        return render_template("pages/system.html", **state.context(container(), _reader()))

    @pages.post("/system/redrive")
    @allow(Role.OPERATOR)
    def redrive() -> AnyResponse:
        subject = request.form.get("subject", "")
        store, generation = container().store, container().live.view().generation
        if not store.request_redrive(generation, subject, datetime.now(UTC)):
            raise NotFound(f"{subject} is not parked.")
        return redirect(f"/system?{urlencode({'redriven': subject})}", 303)

    @pages.get("/sign-in")
    @public
    def ask() -> str:
        return render_template("pages/sign_in.html", next=_next(request.args), refused=None)

    @pages.post("/sign-in")
    @public
    def sign_in() -> AnyResponse:
        token = "".join(request.form.get("token", "").split())
        try:
            authenticator.authenticate(f"Bearer {token}", None)
        except Unauthenticated as error:
            page = render_template("pages/sign_in.html", next=_next(request.form), refused=error.detail)
            return Response(page, 401, mimetype="text/html")
        answer = redirect(_next(request.form), 303)
        answer.set_cookie(COOKIE, token, httponly=True, secure=request.is_secure, samesite="Lax")
        return answer

    @pages.post("/sign-out")
    @allow()
    def sign_out() -> AnyResponse:
        answer = redirect("/sign-in", 303)
        answer.delete_cookie(COOKIE)
        return answer

    @pages.get("/assets/pages-<digest>.css")
    @public
    def stylesheet(digest: str) -> Response:
        if digest != version:
            raise NotFound("This is a style of another release. Load the page again.")
        lasting = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(style, mimetype="text/css", headers=lasting)

    @pages.get("/assets/icon.svg")
    @public
    def icon() -> Response:
        return Response(mark, mimetype="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})

    return pages


def _shown(template: str, context: Callable[[Shown, Reader, Frozen], Context]) -> Response:
    """A page made from the cube, and made again only when that has changed."""
    say = _reader()
    given = {name: value for name, value in request.args.items() if value and name not in ("lang", "next")}
    query: dict[str, Any] = SeriesQuery().load(given)
    of, book = source(query), container().official.book
    frozen = Frozen(book, query.get("known_at"))

    def make(cube: Cube, view: View) -> bytes:
        rules, plan = rules_of(view), plan_of(query, view)
        on = as_of(query, plan)
        shown = Shown(cube, rules, plan, view.shared.units, on, selection(query))
        return render_template(
            f"pages/{template}",
            about=envelope(query, view, rules, plan, on),
            form=_form(given, view, shown, say),
            query=given,
            **_told(context(shown, say, frozen), query, view),
        ).encode()

    key = f"page {say.language} {fields.today().toordinal()} {book.position()} {request.full_path}"
    return Response(of.answer(key, make).body, mimetype="text/html")


def _told(context: Context, query: Mapping[str, Any], view: View) -> dict[str, Any]:
    """Of a time before the first record: that is why nothing has a value."""
    recorded = "known_at" not in query or any(view.position.values())
    return dict(context) if recorded else dict(unrecorded(dict(context)))


def _form(given: Mapping[str, str], view: View, shown: Shown, say: Reader) -> dict[str, Any]:
    """The choices of the filter form: (name, label, [(value, what it is called, chosen)])."""
    day = shown.on.toordinal()
    units = [(unit, say.pick(shown.territory.name(unit, day))) for unit in shown.territory.units]
    sections = [(s, f"{s} {say.pick(shown.rules.section_names[s])}") for s in sorted(shown.rules.sections)]
    sizes = [(size.id, say.pick(size.name)) for size in shown.rules.sizes.values()]
    plans = [(plan.id, say.pick(plan.name)) for plan in view.shared.plans().values()]
    lists = (("unit_id", "district", units), ("section", "section", sections), ("size", "size", sizes))
    chosen = {"plan": shown.plan.id, **given}
    return {
        "plans": _choices(plans, chosen.get("plan")),
        "lists": [(name, say.t(label), _choices(each, given.get(name))) for name, label, each in lists],
        "on": shown.on.isoformat(),
        "known_at": given.get("known_at", ""),
    }


def _choices(each: list[tuple[str, str]], chosen: str | None) -> list[tuple[str, str, bool]]:
    return [(value, name, value == chosen) for value, name in each]


def _reader() -> Reader:
    return Reader(request.args.get("lang") or request.cookies.get(LANGUAGE, LANGUAGES[0]))


def _address(path: str | None = None, **changed: str | None) -> str:
    """This page, or another with the same choices; None takes a choice away."""
    kept = {name: value for name, value in request.args.items() if value and name != "next"}
    chosen = {name: value for name, value in {**kept, **changed}.items() if value is not None}
    return f"{path or request.path}{'?' if chosen else ''}{urlencode(chosen)}"


def _next(given: Mapping[str, str]) -> str:
    """Where to go after signing in: a page of this service only."""
    wanted = given.get("next", "/")
    return wanted if _OWN.fullmatch(wanted) else "/"


def _error(status: int, title: str, detail: str, wrong: list[tuple[str, str]] | None = None) -> Response:
    page = render_template("pages/error.html", status=status, title=title, detail=detail, wrong=wrong or [])
    return Response(page, status, mimetype="text/html")
