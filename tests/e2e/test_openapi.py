"""What an integrator would lose: documents that are true.

Valid and broken requests are made from the four OpenAPI documents; every answer must be one that the document
describes, and never a server error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.e2e.launched import Launched, sxsh
from tests.e2e.records import Records
from tests.examples import examples

SERVICES = ("registry", "audits", "training", "kpi")
ROLES = ("admin", "registrar", "assessor", "reviewer", "trainer", "operator", "inspector")
SEED = 1051
#: Requests for each operation; and rounds of valid ones at most until it has done what it was asked.
VALID, BROKEN = examples(2), examples(1)
ROUNDS = 6
#: The day of what is sent to real records, and the headers that would have it refused.
DAY, UNASKED = "2019-12-31", ("Authorization", "X-Api-Key", "If-Match")
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

Operation = APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    """A system of its own: what is written here would stand in the way of other tests."""
    system = Launched(Path(tmp_path_factory.mktemp("fuzzed")))
    try:
        system.start()
        assert sxsh("verify", "--data", str(system.workspace.root)).returncode == 0
        yield system
    finally:
        system.end()


@pytest.fixture(scope="module")
def records(fuzzed: Launched) -> Records:
    return Records(fuzzed)


def operations(system: Launched, service: str) -> list[Operation]:
    """All that the document of a service describes."""
    schema = schemathesis.openapi.from_url(f"{system.addresses.services[service]}/api/v1/openapi.json")
    return [found.ok() for found in schema.get_all_operations()]


def bounded(case: Case) -> Case:
    """Ask no reader of a feed to wait: the test would, too."""
    if isinstance(case.query, dict) and "wait" in case.query:
        case.query["wait"] = 0
    return case


def cases(operation: Operation, ids: dict[str, str], mode: GenerationMode) -> st.SearchStrategy[Case]:
    """Valid ones mostly go to records that exist, name such and are dated within the plan."""
    strategy = operation.as_strategy(generation_mode=mode).map(bounded)
    if mode is GenerationMode.NEGATIVE:
        return strategy

    def real(case: Case) -> Case:
        place(case.path_parameters, ids)
        named = {name: id_ for name, id_ in ids.items() if name != "code"}
        place(case.body, named | {"occurred_on": DAY})
        place(case.query, named)
        case.headers = {name: value for name, value in (case.headers or {}).items() if name not in UNASKED}
        if isinstance(case.query, dict) and "/proofs/" in case.path:
            case.query.update(dict.fromkeys(case.query, 1))
        if isinstance(case.query, dict) and "after" in case.query:
            case.query["after"] = 0 if case.path.endswith("/events") else ["registry:1"]
        return case

    return st.one_of(strategy.map(real), strategy.map(real), strategy)


def place(given: object, known: dict[str, str]) -> None:
    if isinstance(given, dict):
        given.update({name: known[name] for name in given.keys() & known.keys()})


def send(
    operation: Operation,
    mode: GenerationMode,
    ids: dict[str, str],
    check: Callable[[Case], None],
    examples: int,
    number: int = 0,
) -> None:
    @seed(SEED + number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(operation, ids, mode))
    def run(case: Case) -> None:
        check(case)

    run()


def breakable(operation: Operation) -> bool:
    """Whether there is anything in a request that can be wrong."""
    return bool(operation.body or operation.query or operation.path_parameters or operation.headers)


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_is_a_documented_one(fuzzed: Launched, records: Records, service: str) -> None:
    found = operations(fuzzed, service)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {fuzzed.token(*ROLES, subject='integrator')}"
    seen: dict[str, set[int]] = {operation.label: set() for operation in found}

    def check(case: Case) -> None:
        answer = case.call(session=session, timeout=60)
        seen[case.operation.label].add(answer.status_code)
        waits = {"after", "known_at", "from", "to", "cursor"}
        waits_for = bool(waits & (case.query or {}).keys()) or "/reports/" in case.path
        waited = answer.status_code == 503 and waits_for
        case.validate_response(answer, checks=CHECKS if waited else [*CHECKS, not_a_server_error])

    def done(operation: Operation) -> bool:
        return any(status < 300 for status in seen[operation.label])

    for operation in found:
        if breakable(operation):
            send(operation, GenerationMode.NEGATIVE, records.of(service), check, BROKEN)
    for number in range(ROUNDS):
        for operation in found:
            if number == 0 or (operation.method.upper() == "GET" and not done(operation)):
                send(operation, GenerationMode.POSITIVE, records.of(service), check, VALID, number)
    fulfilled = {label for label, statuses in seen.items() if any(status < 300 for status in statuses)}
    assert {label for label in seen if label.startswith("GET")} <= fulfilled, seen
    assert len(fulfilled) >= len(seen) / 2, seen


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_is_answered_without_signing_in(fuzzed: Launched, records: Records, service: str) -> None:
    def check(case: Case) -> None:
        headers = dict(case.headers or {})
        for name in ("Authorization", "X-Api-Key"):
            headers.pop(name, None)
        case.headers = headers
        answer = case.call(timeout=60)
        assert answer.status_code == 401, answer.text
        assert answer.headers["www-authenticate"]
        case.validate_response(answer, checks=CHECKS)

    for operation in operations(fuzzed, service):
        send(operation, GenerationMode.POSITIVE, records.of(service), check, 1)
