"""What an operator would lose: containers that do not start, or that start with a secret anybody knows."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.eventkit.settings import Process, Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
GIVEN = {
    "OIDC_ISSUER": "https://id.example.vn/realms/sxsh",
    "OIDC_AUDIENCE": "sxsh",
    "OIDC_JWKS_URL": "https://id.example.vn/certs",
    "OIDC_CLIENT_ID": "sxsh-pages",
    "OIDC_CLIENT_SECRET": "s" * 40,
    "PAGES_URL": "https://sxsh.example.vn",
    "PERSON_MASTER_KEY": base64.b64encode(bytes(32)).decode(),
    "SERVICE_API_KEY": "k" * 40,
}
PROCESSES: dict[str, tuple[str, Process]] = {
    **{name: (name, "api") for name in ("registry", "audits", "training", "kpi")},
    **{f"{name}-relay": (name, "relay") for name in ("registry", "audits", "training", "kpi")},
    "kpi-projector": ("kpi", "projector"),
    "kpi-snapshots": ("kpi", "snapshots"),
    "kpi-live": ("kpi", "live"),
    "kpi-reports": ("kpi", "reports"),
}
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def substituted(text: str) -> str:
    def value(match: re.Match[str]) -> str:
        name, kind, default = match.groups()
        return GIVEN.get(name) or (default if kind == "-" else "")

    return _VARIABLE.sub(value, text)


@pytest.mark.parametrize("container", PROCESSES)
def test_every_container_gets_the_settings_its_process_needs(container: str) -> None:
    service, process = PROCESSES[container]
    environment = {
        name: substituted(str(value)) for name, value in COMPOSE["services"][container]["environment"].items()
    }
    assert environment.get("SERVICE", service) == service
    settings = Settings.from_env(service, process=process, environ=environment)
    assert settings.mongodb_database == f"sxsh_{service}"


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in (*GIVEN, "API_KEYS_FILE"):
        uses = [match for match in _VARIABLE.finditer(text) if match.group(1) == name]
        assert uses and all(match.group(2) == "?" for match in uses), name


def test_the_pages_alone_know_the_secret_of_their_client() -> None:
    for container in PROCESSES:
        known = "OIDC_CLIENT_SECRET" in COMPOSE["services"][container]["environment"]
        assert known == (container == "kpi"), container


def test_the_database_and_the_broker_are_not_published() -> None:
    for name in ("mongo", "kafka"):
        assert "ports" not in COMPOSE["services"][name]
        assert COMPOSE["services"][name]["networks"] == ["inner"]
    assert COMPOSE["networks"]["inner"]["internal"] is True


def test_the_image_runs_the_versions_that_were_tested() -> None:
    def pins(path: Path) -> set[str]:
        return set(re.findall(r"^([a-z0-9._-]+==[^ \\;]+)", path.read_text(), re.MULTILINE))

    image, tested = pins(ROOT / "deploy" / "requirements.lock"), pins(ROOT / "requirements.lock")
    assert image and image <= tested, image - tested


def test_every_relay_signs_checkpoints_and_nothing_else_can() -> None:
    for container in PROCESSES:
        described = COMPOSE["services"][container]
        mounted = {volume.rpartition("}:")[2] for volume in described.get("volumes", ())}
        environment = described["environment"]
        if container.endswith("-relay"):
            key, folder = environment["CHECKPOINT_KEY_FILE"], environment["CHECKPOINT_FOLDER"]
            assert mounted == {f"{key.rpartition('/')[0]}:ro", folder}
        else:
            assert not mounted
            assert "CHECKPOINT_KEY_FILE" not in environment
