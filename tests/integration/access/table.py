"""The tables of docs/access.md: what each route of each service answers to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from werkzeug.routing import Rule

from services.eventkit.http.access import methods
from services.eventkit.identity import Role

TABLES = Path(__file__).parents[3] / "docs" / "access.md"
EVERYBODY = "Every service"
ELSEWHERE = frozenset({"refused", "own", "province", "open"})


class Row(NamedTuple):
    """`who` is None for the public, and empty for whoever is signed in."""

    method: str
    route: str
    who: frozenset[Role] | None
    elsewhere: str


def tables() -> dict[str, dict[tuple[str, str], Row]]:
    """The rows by (method, route) of each service, with those of every service."""
    by_title: dict[str, list[Row]] = {}
    title = ""
    for line in TABLES.read_text("utf-8").splitlines():
        if line.startswith("## "):
            title = line.removeprefix("## ")
        elif re.match(r"\| (GET|POST|PUT|DELETE) ", line):
            by_title.setdefault(title, []).append(_row(line))
    common = by_title.pop(EVERYBODY)
    return {
        name.lower(): {(row.method, row.route): row for row in [*common, *own]}
        for name, own in by_title.items()
    }


def _row(line: str) -> Row:
    method, route, who, elsewhere = (cell.strip() for cell in line.strip("| ").split("|"))
    assert elsewhere in ELSEWHERE, line
    roles = [] if who in ("public", "signed in") else who.split(", ")
    return Row(method, route, None if who == "public" else frozenset(map(Role, roles)), elsewhere)


def routes(app: Flask) -> Iterator[tuple[str, Rule]]:
    """(method, rule) of all that the app answers, but for what it answers about itself (OPTIONS)."""
    for rule in app.url_map.iter_rules():
        for method in sorted(methods(rule)):
            yield method, rule
