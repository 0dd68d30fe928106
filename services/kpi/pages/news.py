"""What keeps an open page up to date: its version, where news come from, and the policy that allows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g

from services.eventkit.errors import Unavailable
from services.eventkit.http import allow, json_response
from services.kpi.api.queries import container
from services.kpi.live.news import news_of, version_of
from services.kpi.views.live import View

NAV: tuple[tuple[str, str], ...] = ()

#: What a script may say of itself: nothing is evaluated, nothing of a page is kept in the browser.
HTMX = (
    '{"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,"selfRequestsOnly":true,'
    '"historyCacheSize":0,"refreshOnHistoryMiss":true}'
)


def version(view: View) -> str:
    return version_of(view.generation, view.partitions, container().official.book.position())


def present() -> str:
    """The version of what can be read now; empty where nothing can, or nobody is signed in."""
    if g.get("principal") is None:
        return ""
    try:
        return version(container().live.view())
    except Unavailable:
        return ""


def policy(scripts: bool, live_url: str | None, forms_to: Sequence[str] = ()) -> str:
    """Nothing but what this service itself serves; scripts only where their libraries are installed. A form
    may lead to the hosts of `forms_to` beside our own."""
    may = {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "form-action": " ".join(["'self'", *forms_to]),
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    if scripts:
        may |= {"script-src": "'self'", "connect-src": " ".join(["'self'", *_other_origin(live_url)])}
    return "; ".join(f"{name} {value}" for name, value in may.items())


def _other_origin(address: str | None) -> list[str]:
    parts = urlsplit(address or "")
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


def register(pages: Blueprint) -> None:
    @pages.get("/news")
    @allow()
    def news() -> Response:
        """The same as the stream says, for a page that can not listen to it."""
        view = container().live.view()
        answer: Any = news_of(version(view), container().logs.lag(view.position))
        return json_response(answer, headers={"Cache-Control": "no-store"})
