"""The targets of a plan: all on one page, and each on its own."""

from __future__ import annotations

from flask import Blueprint, Response

from services.eventkit.errors import NotFound
from services.eventkit.http import allow
from services.kpi.domain.targets import CODES
from services.kpi.pages import overview, target
from services.kpi.pages.frame import reading

NAV = (("/", "overview"),)


def register(pages: Blueprint) -> None:
    @pages.get("/")
    @allow()
    def show_overview() -> Response:
        return reading("overview.html", overview.context)

    @pages.get("/targets/<code>")
    @allow()
    def show_target(code: str) -> Response:
        if code not in CODES:
            raise NotFound(f"There is no target {code!r}. There are {', '.join(CODES)}.")
        return reading("target.html", lambda shown, say, frozen: target.context(shown, say, frozen, code))
