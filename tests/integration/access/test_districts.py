"""Who is limited to a district neither reads nor writes another one's records, by any route."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from services.eventkit.identity import Role
from tests.integration.access.province import KINDS, LOCAL, OTHER, OWN, QUERIES, Ids, Province, body
from tests.integration.access.table import Row, routes, tables

SERVICES = ["registry", "audits", "training", "kpi"]


class Local:
    """Somebody of the own district, asking one service about a district's records."""

    def __init__(self, province: Province, service: str) -> None:
        self._province, self._service = province, service
        self._client: FlaskClient = province.of.apps[service].test_client()

    def ask(self, method: str, rule: Rule, unit: str, role: Role, *, limited: bool = True) -> TestResponse:
        ids = self._named(method, rule.rule, self._province.ids[unit], role)
        numbers = {"year": 2018, "quarter": 1}
        built = rule.build({name: ids.get(name, numbers.get(name, "none")) for name in rule.arguments})
        assert built is not None
        query = QUERIES.get(f"{method} {rule.rule}", "format=jsonl" if rule.rule.endswith("/export") else "")
        sent: dict[str, Any] = {"method": method, "query_string": query.format(**ids)}
        if rule.rule.startswith("/api/"):
            sent["json"] = body(self._service, method, rule.rule, ids)
        elif method != "GET":
            sent["data"] = {"key": "once"}
        if sent.get("json") is None:
            sent.pop("json", None)
        districts = [OWN] if limited else None
        # Nobody reviews what they had a part in.
        name = "duyet" if role is Role.REVIEWER else LOCAL
        headers = self._province.of.issuer.bearer(name, [role], districts=districts)
        headers["Origin"] = "http://localhost"
        return self._client.open(built[1], headers=headers, buffered=True, **sent)

    def _named(self, method: str, route: str, ids: Ids, role: Role) -> Ids:
        by_role = {named: service for service, (_, named) in KINDS.items()}
        importing = self._service if self._service in KINDS else by_role.get(role, "registry")
        more = {
            "import_id": ids[f"{importing} import"],
            "import_kind": KINDS[importing][0],
            "service": importing,
            "kind": KINDS[importing][0],
            "one": ids["facility_id"],
            "other": ids["other_id"],
            "flag": "outlier",
            "act": "run",
            "format_": "csv",
        }
        if route.startswith("/quality"):
            more["kind"] = "officers"
        # Lists that both districts stand in.
        more |= {
            name: ids[shared]
            for part, name, shared in (
                ("/sample", "survey_id", "drawn"),
                ("/answers/export", "survey_id", "asked"),
                ("/facilities/export", "campaign_id", "spoken"),
            )
            if part in route or (method == "GET" and route.endswith(part.removesuffix("/export")))
        }
        return {**ids, **more}


def roles(row: Row) -> Iterable[Role]:
    """As whom it is asked: each that may, an administrator too."""
    return [Role.OPERATOR] if not row.who else [*sorted(row.who), Role.ADMIN]


def asked(province: Province, service: str, elsewhere: str) -> Iterable[tuple[str, Rule, Row]]:
    rows = tables()[service]
    for method, rule in routes(province.of.apps[service]):
        row = rows[method, rule.rule]
        if row.elsewhere == elsewhere:
            yield method, rule, row


@pytest.mark.parametrize("service", SERVICES)
def test_another_districts_records_are_refused(province: Province, service: str) -> None:
    local, wrong = Local(province, service), []
    for method, rule, row in asked(province, service, "refused"):
        for role in roles(row):
            there = local.ask(method, rule, OTHER, role)
            if there.status_code != 403:
                wrong.append(f"{method} {rule.rule} as {role}: {there.status_code} {there.text[:200]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("service", SERVICES)
def test_what_concerns_the_province_is_refused_to_a_district(province: Province, service: str) -> None:
    local, wrong = Local(province, service), []
    for method, rule, row in asked(province, service, "province"):
        for role in roles(row):
            answer = local.ask(method, rule, OWN, role)
            if answer.status_code != 403:
                wrong.append(f"{method} {rule.rule} as {role}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("service", SERVICES)
def test_lists_hold_the_own_district_alone(province: Province, service: str) -> None:
    local, wrong = Local(province, service), []
    told = {unit: set(ids.values()) for unit, ids in province.ids.items()}
    own, other = told[OWN] - told[OTHER], told[OTHER] - told[OWN]
    for method, rule, row in asked(province, service, "own"):
        for role in roles(row):
            answer, whole = (local.ask(method, rule, OWN, role, limited=limited) for limited in (True, False))
            seen = answer.status_code, _named(answer, own), _named(answer, other), _named(whole, other)
            if rule.rule.endswith("/summary") and whole.text != answer.text:
                continue
            if seen != (200, True, False, True):
                wrong.append(f"{method} {rule.rule} as {role}: {seen} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("service", SERVICES)
def test_the_own_district_is_not_refused_nor_what_is_open(province: Province, service: str) -> None:
    """Last, since it writes: what is answered may be that it was done, or that it can not be done."""
    local, wrong = Local(province, service), []
    for elsewhere, unit in (("open", OTHER), ("refused", OWN)):
        # What ends a right (an officer is relieved) comes after what needs it.
        for method, rule, row in sorted(asked(province, service, elsewhere), key=lambda each: each[0]):
            if row.who is None:
                continue
            role = next(iter(roles(row)))
            answer = local.ask(method, rule, unit, role)
            # 503: a moment of the past is built first.
            if answer.status_code in (401, 403, 500, 502):
                wrong.append(f"{method} {rule.rule} as {role}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


def _named(answer: TestResponse, ids: set[str]) -> bool:
    return any(id_ in answer.text for id_ in ids)
