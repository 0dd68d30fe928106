"""The targets of a plan: all on one page, and each on its own."""

from __future__ import annotations

from flask import Blueprint, Response

from services.eventkit.errors import NotFound
from services.eventkit.http import allow
from services.kpi.domain.targets import CODES
from services.kpi.pages import overview, target
from services.kpi.pages.frame import reading
from services.kpi.pages.since import since

NAV = (("/", "overview"),)

#: What the three targets are judged by: each has amounts of its own.
OF_FACILITIES = ("K1", "K2a", "K2b", "K3")


def register(pages: Blueprint) -> None:
    @pages.get("/")
    @allow()
    def show_overview() -> Response:
        return reading("overview.html", overview.context, since(OF_FACILITIES))

    @pages.get("/targets/<code>")
    @allow()
    def show_target(code: str) -> Response:
        if code not in CODES:
            raise NotFound(f"There is no target {code!r}. There are {', '.join(CODES)}.")
        parts = ("K2a", "K2b") if code == "K2" else (code,)
        return reading(
            "target.html",
            lambda shown, say, frozen: target.context(shown, say, frozen, code),
            since(parts, further=True),
        )
