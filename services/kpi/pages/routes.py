"""The blueprint of all pages. A module of pages registers its own addresses, and says what leads to them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from services.eventkit.errors import SxshError
from services.kpi.domain.texts import labels
from services.kpi.pages import (
    assessments,
    boundaries,
    changed,
    desk,
    districts,
    duplicates,
    event,
    facilities,
    flags,
    frame,
    freezing,
    funding,
    imports,
    news,
    officers,
    quality,
    reports,
    signing,
    state,
    targets,
    tasks,
    training,
)
from services.kpi.pages.assets import Assets
from services.kpi.pages.language import LANGUAGES

#: Each registers its addresses at the blueprint, and has NAV: the links to it, as (path, key of its name).
MODULES = (
    targets,
    changed,
    facilities,
    event,
    districts,
    officers,
    boundaries,
    assessments,
    training,
    funding,
    tasks,
    quality,
    reports,
    desk,
    flags,
    duplicates,
    freezing,
    imports,
    state,
    news,
)


def pages_blueprint(signed: signing.Signing, live_url: str | None = None) -> Blueprint:
    """`live_url` is where a browser reaches the stream of news; without, open pages ask for them."""
    pages = Blueprint("pages", __name__, template_folder="templates")
    assets = Assets()
    policy = news.policy(assets.scripts, live_url, signed.elsewhere)
    nav = [link for module in MODULES for link in module.NAV]

    @pages.context_processor
    def always() -> dict[str, Any]:
        say = frame.reader()
        return {
            "say": say,
            "t": say.t,
            "assets": assets,
            "htmx_config": news.HTMX,
            "stream": live_url or "",
            "present": news.present,
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
        response.headers.setdefault("Content-Security-Policy", policy)
        # Else a browser sends forms with ``Origin: null``, which is believed of nobody.
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if request.args.get("lang") in LANGUAGES:
            response.set_cookie(frame.LANGUAGE, request.args["lang"], max_age=31_536_000, samesite="Lax")
        return response

    pages.register_error_handler(SxshError, frame.failed)
    pages.register_error_handler(ValidationError, frame.wrong)
    pages.register_error_handler(HTTPException, frame.refused)
    for module in MODULES:
        module.register(pages)
    signing.register(pages, signed)

    assets.register(pages)
    return pages
