"""What an operator would lose: to see where the time of one change went, from its request to the read."""

from __future__ import annotations

import json
import secrets
from typing import Any

from deploy.sxsh.processes import wait_until
from tests.collector import Collector
from tests.e2e.launched import Launched

FACILITY = {
    "occurred_on": "2017-03-01",
    "name": "Gạch Vết",
    "kind": "enterprise",
    "unit_id": "vet",
    "industry": {"version": 2018, "code": "2392"},
    "products": [],
}
CHANGE = ("POST /api/v1/facilities", "log.append", "publish sxsh.registry.events", "project")
READ = ("GET /api/v1/targets", "projection.wait")


def asked(system: Launched, method: str, service: str, path: str, traceparent: str, body: Any = None) -> Any:
    return system.http.request(
        method,
        f"{system.addresses.services[service]}/api/v1{path}",
        body=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {system.token('admin', 'registrar')}",
            "Content-Type": "application/json",
            "traceparent": traceparent,
        },
    )


def test_a_change_is_one_trace_from_its_request_to_the_read(launched: Launched, collector: Collector) -> None:
    unit = {"id": "vet", "code": "999", "name": "Vết", "level": "district", "kind": "district"}
    status, _ = launched.call("POST", "registry", "/api/v1/units", {**unit, "occurred_on": "2000-01-01"})
    assert status in (201, 409)
    # A projector that has just begun takes what there is from the feed, of which no trace is told.
    assert wait_until(lambda: launched.call("GET", "kpi", "/api/v1/targets?after=registry:1")[0] == 200, 60)
    trace, caller = secrets.token_hex(16), secrets.token_hex(8)
    body = {**FACILITY, "code": f"VET-{trace[:8]}"}
    written = asked(launched, "POST", "registry", "/facilities", f"00-{trace}-{caller}-01", body)
    assert written.status == 201, written.data
    answered, position = written.headers["traceparent"], written.headers["Sxsh-Position"]

    def is_shown() -> bool:
        return bool(asked(launched, "GET", "kpi", f"/targets?after={position}", answered).status == 200)

    assert wait_until(is_shown, 60)

    told = collector.wait(trace, (*CHANGE, *READ))
    request = told["POST /api/v1/facilities"]
    assert f"00-{trace}-{request.id}-01" == answered
    assert request.parent == caller
    assert {name: told[name].parent for name in CHANGE[1:]} == dict.fromkeys(CHANGE[1:], request.id)
    assert told["GET /api/v1/targets"].parent == request.id
    assert told["projection.wait"].parent == told["GET /api/v1/targets"].id
    services = [told[name].service for name in (*CHANGE, *READ)]
    assert services == ["registry", "registry", "registry-relay", "kpi-projector", "kpi", "kpi"]
    append, publish, project = (told[name] for name in CHANGE[1:])
    assert request.began <= append.began <= append.ended <= publish.ended <= project.ended
    assert project.ended <= told["projection.wait"].ended
    assert request.attributes["http.response.status_code"] == 201

    # A trace whose caller does not have it told is not: the share here is none.
    unseen = secrets.token_hex(16)
    assert asked(launched, "GET", "kpi", "/targets", f"00-{unseen}-{caller}-00").status == 200
    again = secrets.token_hex(16)
    assert asked(launched, "GET", "kpi", "/targets", f"00-{again}-{caller}-01").status == 200
    collector.wait(again, ["GET /api/v1/targets"])
    assert collector.of(unseen) == []
    assert {span.trace for span in collector.spans} == {trace, again}
