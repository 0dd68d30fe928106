"""The blueprint of all pages. A module of pages registers its own addresses, and says what leads to them."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from services.eventkit.errors import NotFound, SxshError
from services.eventkit.http import public
from services.eventkit.identity import Authenticator
from services.kpi.domain.texts import labels
from services.kpi.pages import frame, funding, signing, state, targets, tasks
from services.kpi.pages.language import FOLDER, LANGUAGES

#: Each registers its addresses at the blueprint, and has NAV: the links to it, as (path, key of its name).
MODULES = (targets, funding, tasks, state)

#: Nothing but what this service itself serves; no script runs at all.
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def pages_blueprint(authenticator: Authenticator) -> Blueprint:
    pages = Blueprint("pages", __name__, template_folder="templates")
    style = b"".join(file.read_bytes() for file in sorted((FOLDER / "assets").glob("*.css")))
    mark = (FOLDER / "assets" / "icon.svg").read_bytes()
    version = hashlib.sha256(style).hexdigest()[:12]
    nav = [link for module in MODULES for link in module.NAV]

    @pages.context_processor
    def always() -> dict[str, Any]:
        say = frame.reader()
        return {
            "say": say,
            "t": say.t,
            "style": version,
            "kinds": labels("kinds"),
            "nav": nav,
            "languages": [(one, frame.address(lang=one)) for one in LANGUAGES],
            "link": frame.address,
            "place": frame.place,
            "of_all": frame.COMMON,
            "of_plan": frame.OF_PLAN,
        }

    @pages.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CSP)
        if request.args.get("lang") in LANGUAGES:
            response.set_cookie(frame.LANGUAGE, request.args["lang"], max_age=31_536_000, samesite="Lax")
        return response

    pages.register_error_handler(SxshError, frame.failed)
    pages.register_error_handler(ValidationError, frame.wrong)
    pages.register_error_handler(HTTPException, frame.refused)
    for module in MODULES:
        module.register(pages)
    signing.register(pages, authenticator)

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
