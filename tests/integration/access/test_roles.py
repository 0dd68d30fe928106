"""Every route admits the roles that the tables name, and nobody else, however the caller is known."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule

from services.eventkit.identity import Role
from tests.integration.access.province import Province, key_of
from tests.integration.access.table import Row, routes, tables

#: What a view answers here: it was reached, so its caller was let through.
REACHED = 299


@contextmanager
def unseen(app: Flask) -> Iterator[FlaskClient]:
    """The app with views that do nothing, but say what rights they need: all that stands before them."""
    views = dict(app.view_functions)

    def blank(view: Any) -> Any:
        @functools.wraps(view)
        def reached(*args: Any, **kwargs: Any) -> Response:
            return Response(status=REACHED)

        return reached

    app.view_functions.update({endpoint: blank(view) for endpoint, view in views.items()})
    try:
        yield app.test_client()
    finally:
        app.view_functions.update(views)


def callers(province: Province) -> dict[str, tuple[Role | None, Mapping[str, str]]]:
    """By what they are called: the one role that they have, and the headers that they show."""
    bearer = province.of.issuer.bearer
    found: dict[str, tuple[Role | None, Mapping[str, str]]] = {"no role": (None, bearer("minh", []))}
    for role in Role:
        found[f"{role}"] = role, bearer("minh", [role])
        found[f"key of {role}"] = role, {"X-Api-Key": key_of(role)}
    return found


def path(rule: Rule) -> str:
    numbers = {name for name, kind in rule._converters.items() if isinstance(kind, IntegerConverter)}
    built = rule.build({name: 1 if name in numbers else "x" for name in rule.arguments})
    assert built is not None
    return built[1]


def admitted(row: Row, role: Role | None) -> bool:
    return not row.who or role is Role.ADMIN or role in row.who


@pytest.mark.parametrize("service", ["registry", "audits", "training", "kpi"])
def test_the_tables_name_every_route_and_no_other(province: Province, service: str) -> None:
    answered = {(method, rule.rule) for method, rule in routes(province.of.apps[service])}
    assert sorted(answered) == sorted(tables()[service])


@pytest.mark.parametrize("service", ["registry", "audits", "training", "kpi"])
def test_every_role_is_answered_as_the_tables_say(province: Province, service: str) -> None:
    rows, asking, wrong = tables()[service], callers(province), []
    with unseen(province.of.apps[service]) as client:
        for method, rule in routes(province.of.apps[service]):
            row, at = rows[method, rule.rule], path(rule)
            for name, (role, headers) in asking.items():
                expected = REACHED if row.who is None or admitted(row, role) else 403
                status = client.open(at, method=method, headers=dict(headers)).status_code
                if status != expected:
                    wrong.append(f"{method} {rule.rule} as {name}: {status}, not {expected}")
    assert wrong == []


@pytest.mark.parametrize("service", ["registry", "audits", "training", "kpi"])
def test_nobody_is_let_in_who_is_not_believed(province: Province, service: str) -> None:
    nobody: list[dict[str, str]] = [
        {},
        {"X-Api-Key": "no key of ours"},
        {"Authorization": "Bearer x.y.z"},
        {"Authorization": f"Bearer {province.of.issuer.token('minh', ['admin'], lasts=-3600)}"},
    ]
    rows, wrong = tables()[service], []
    with unseen(province.of.apps[service]) as client:
        for method, rule in routes(province.of.apps[service]):
            public = rows[method, rule.rule].who is None
            for headers in nobody:
                answer = client.open(path(rule), method=method, headers=headers)
                asked_to_sign_in = answer.status_code == 401 or (
                    answer.status_code in (302, 303)
                    and answer.headers["Location"].startswith("/sign-in")
                    and not rule.rule.startswith("/api/")
                )
                if not (answer.status_code == REACHED if public else asked_to_sign_in):
                    wrong.append(f"{method} {rule.rule}, {headers}: {answer.status_code}")
    assert wrong == []
