"""What an operator would lose at night: one command that ends a stolen sign-in in all services."""

from __future__ import annotations

import urllib3

from deploy.sxsh.environment import SERVICES
from deploy.sxsh.processes import wait_until
from tests.e2e.launched import Launched, sxsh

LIST = {"registry": "/units", "audits": "/methods", "training": "/courses", "kpi": "/plans"}


def test_one_command_ends_a_sign_in_in_all_services(launched: Launched) -> None:
    data = ("--data", str(launched.workspace.root))
    stolen = {"Authorization": f"Bearer {launched.token('registrar', subject='thuy-mat-may')}"}

    def status(service: str) -> int:
        answer: urllib3.BaseHTTPResponse = launched.http.request(
            "GET", f"{launched.addresses.services[service]}/api/v1{LIST[service]}", headers=stolen
        )
        return answer.status

    # A projector that has just begun has nothing to show yet: 503.
    assert not {status(service) for service in SERVICES} - {200, 503}
    unsure = sxsh("revoke", "--reason", "x", *data)
    assert unsure.returncode == 1 and "Name a subject" in unsure.stderr
    done = sxsh("revoke", "thuy-mat-may", "--reason", "mất máy", *data)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("subject:thuy-mat-may is revoked.") == len(SERVICES)
    assert wait_until(lambda: {status(service) for service in SERVICES} == {401}, 10)
    assert launched.call("GET", "registry", "/api/v1/units")[0] == 200
