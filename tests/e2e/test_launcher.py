"""What a user would lose: a system that starts with one command, outlives crashes, and says what to do."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path

from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.processes import wait_until
from tests.e2e.launched import Launched, sxsh


def register(system: Launched, unit: str) -> tuple[int, dict[str, object]]:
    return system.call(
        "POST",
        "registry",
        "/api/v1/units",
        {
            "id": unit,
            "occurred_on": "2016-08-17",
            "code": "999",
            "name": unit,
            "level": "district",
            "kind": "district",
        },
    )


def visible(system: Launched, position: object) -> bool:
    return system.call("GET", "kpi", f"/api/v1/targets?after={position}")[0] == 200


def test_a_write_reaches_the_targets_through_every_process(launched: Launched) -> None:
    status, receipt = register(launched, "first")
    assert status == 201, receipt
    assert wait_until(lambda: visible(launched, receipt["position"]), 90)


def test_every_process_killed_comes_back_with_all_acknowledged(launched: Launched) -> None:
    status, before = register(launched, "before-crash")
    assert status == 201, before
    launched.kill_children()
    assert wait_until(launched.ready, 90, 0.5), launched.said
    status, found = launched.call("GET", "registry", "/api/v1/units/before-crash")
    assert status == 200, found
    status, after = register(launched, "after-crash")
    assert status == 201, after
    assert wait_until(lambda: visible(launched, after["position"]), 90)
    assert "ended (by SIGKILL); starting it again" in launched.said


def test_a_second_start_on_the_same_data_is_refused_plainly(launched: Launched) -> None:
    second = sxsh("up", "--data", str(launched.workspace.root))
    assert second.returncode == 1
    assert "is already running" in second.stderr
    assert launched.ready()


def test_the_commands_read_the_running_system(launched: Launched) -> None:
    data = ("--data", str(launched.workspace.root))
    register(launched, "shown")
    feed = sxsh("feed", "registry", "--json", *data)
    positions = [json.loads(line)["position"] for line in feed.stdout.splitlines()]
    assert positions == list(range(1, len(positions) + 1)) and positions
    targets = sxsh("targets", *data)
    assert targets.returncode == 0 and "K1" in targets.stdout, targets.stderr
    assert wait_until(lambda: sxsh("doctor", *data).returncode == 0, 60, 1), sxsh("doctor", *data).stdout


def test_an_api_key_works_until_it_is_revoked(launched: Launched) -> None:
    data = ("--data", str(launched.workspace.root))
    key = sxsh("keys", "add", "meter-7", "--role", "inspector", *data).stdout.strip()
    url = f"{launched.addresses.services['registry']}/api/v1/events"

    def status(shown: str) -> int:
        return launched.http.request("GET", url, headers={"X-Api-Key": shown}).status

    assert wait_until(lambda: status(key) == 200, 60, 0.5)
    assert key not in LocalIdentity(launched.workspace.identity).api_keys.path.read_text()
    assert sxsh("keys", "revoke", "meter-7", *data).returncode == 0
    assert wait_until(lambda: status(key) == 401, 60, 0.5)


def test_a_token_carries_no_more_than_it_was_asked_for(launched: Launched) -> None:
    data = ("--data", str(launched.workspace.root))
    token = sxsh("token", "--role", "trainer", "--district", "nho-quan", *data).stdout.strip()
    answer = launched.http.request(
        "POST",
        f"{launched.addresses.services['registry']}/api/v1/units",
        body=b"{}",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    assert answer.status == 403


def test_an_operator_signs_in_by_a_link_with_nothing_to_paste(launched: Launched) -> None:
    kpi = launched.addresses.services["kpi"]
    assert f"{kpi}/sign-in/link?code=" in launched.said
    data = ("--data", str(launched.workspace.root))
    link = sxsh("sign-in", "--role", "trainer", "--print", *data).stdout.strip()
    assert launched.http.request("GET", link).status == 200
    body = link.partition("?")[2]
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": kpi}
    used = launched.http.request("POST", f"{kpi}/sign-in/link", body=body, headers=form, redirect=False)
    assert used.status == 303
    cookie = used.headers["Set-Cookie"].partition(";")[0]
    assert launched.http.request("GET", f"{kpi}/", headers={"Cookie": cookie}).status == 200
    assert launched.http.request("GET", f"{kpi}/system", headers={"Cookie": cookie}).status == 403
    assert launched.http.request("POST", f"{kpi}/sign-in/link", body=body, headers=form).status == 404


def test_a_killed_launcher_leaves_no_orphan_and_its_data_serve_again(tmp_path: Path) -> None:
    system = Launched(tmp_path)
    try:
        system.start()
        assert register(system, "kept")[0] == 201
        children = system.children()
        system.kill()
        assert wait_until(lambda: not any(child.is_running() for child in children), 60, 0.2), children
        system.start()
        assert "was killed; going on from what it left" in system.said
        assert system.call("GET", "registry", "/api/v1/units/kept")[0] == 200
        children = system.children()
        assert system.end() == 0
        assert "All stopped" in system.said
        assert not any(child.is_running() for child in children)
    finally:
        system.end()


def test_a_taken_port_is_named_with_its_holder_and_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = sxsh("up", "--data", str(tmp_path), PORT_BASE=str(port - 1))
    assert refused.returncode == 1
    assert f"ort {port} (for registry) is taken by" in refused.stderr
    assert "PORT_BASE=auto" in refused.stderr


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    refused = sxsh("up", "--data", str(tmp_path), SXSH_MONGOD="/no/such/mongod")
    assert refused.returncode == 1
    assert "No mongod was found" in refused.stderr and "MONGODB_URI" in refused.stderr


def test_a_given_mongodb_that_does_not_answer_is_named(tmp_path: Path) -> None:
    refused = sxsh("up", "--data", str(tmp_path), MONGODB_URI="mongodb://127.0.0.1:9/?directConnection=true")
    assert refused.returncode == 1
    assert "MONGODB_URI does not answer" in refused.stderr


def test_secrets_are_made_once_and_are_the_owners_alone(tmp_path: Path) -> None:
    identity = LocalIdentity(tmp_path / "identity")
    identity.ensure()

    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in identity.folder.rglob("*") if path.is_file()}

    made = files()
    identity.ensure()
    assert made == files()
    secret = {path for path in made if not path.name.startswith(".") and path.name != "jwks.json"}
    assert {path.name for path in secret} >= {"signing-key.pem", "master-key", "service-key", "api-keys.json"}
    assert any(path.parent != identity.folder for path in secret), "the keys of the checkpoints too"
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert identity.service_key not in identity.api_keys.path.read_text()
