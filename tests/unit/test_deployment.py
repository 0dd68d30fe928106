"""What an operator would lose: containers that do not start, or that start with a secret anybody knows."""

from __future__ import annotations

import base64
import fnmatch
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from deploy.sxsh.servers.jars import kafka_version
from services.eventkit.settings import Process, Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
#: What example.env asks for.
GIVEN = dict(
    line.split("=", 1)
    for line in (ROOT / "deploy" / "example.env").read_text().splitlines()
    if "=" in line and not line.startswith("#")
)
#: What a file of secrets must hold for the process that reads it to start.
SECRETS = {"person_master_key": base64.b64encode(bytes(32)).decode()}
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


def environment_of(container: str, secrets: Path) -> dict[str, str]:
    """As the container has it, but that its secrets lie in another folder."""
    described = COMPOSE["services"][container]
    for name in described["secrets"]:
        assert COMPOSE["secrets"][name]["file"] == f"${{SECRETS:-./secrets}}/{name}"
        (secrets / name).write_text(SECRETS.get(name, f"{name}!") + "\n")
    return {
        name: substituted(str(value)).replace("/run/secrets", str(secrets))
        for name, value in described["environment"].items()
    }


@pytest.mark.parametrize("container", PROCESSES)
def test_every_container_gets_the_settings_its_process_needs(container: str, tmp_path: Path) -> None:
    service, process = PROCESSES[container]
    environment = environment_of(container, tmp_path)
    assert environment.get("SERVICE", service) == service
    settings = Settings.from_env(service, process=process, environ=environment)
    assert settings.mongodb_database == f"sxsh_{service}"
    assert settings.mongodb_uri.startswith(f"mongodb://{service}:mongo_{service}%21@mongo:27017/")
    unknown = {name for name in environment if not hasattr(settings, name.lower().removesuffix("_file"))}
    unknown -= {"SERVICE", "FORWARDED_ALLOW_IPS", "API_KEYS_FILE", "CHECKPOINT_KEY_FILE"}
    assert not {name for name in unknown if name != "MONGODB_PASSWORD_FILE"}
    speaks = process in ("relay", "projector")
    assert (settings.kafka_sasl_username, settings.kafka_sasl_password) == (
        (service, f"kafka_{service}!") if speaks else (None, None)
    )
    assert settings.kafka_security.protocol == ("SASL_PLAINTEXT" if speaks else "PLAINTEXT")


def test_compose_is_what_the_compose_specification_allows() -> None:
    """With npm at set-up: the schema is that of dclint."""
    schema = ROOT / "node_modules" / "dclint" / "schemas" / "compose.schema.json"
    if not schema.exists():
        pytest.skip("the schema comes with npm: make install")
    checks = Draft7Validator(json.loads(schema.read_text()))
    assert [f"{list(error.path)}: {error.message}" for error in checks.iter_errors(COMPOSE)] == []


def test_no_secret_is_a_variable_or_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    named = {match.group(1): match for match in _VARIABLE.finditer(text)}
    assert not {name for name in named if re.search("PASSWORD|SECRET$|KEY$|TOKEN", name)}
    for name in ("OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL", "OIDC_CLIENT_ID", "PAGES_URL"):
        assert {m.group(2) for m in _VARIABLE.finditer(text) if m.group(1) == name} == {"?"}, name
    assert set(GIVEN) <= set(named) | {"BACKUPS"}


def test_a_secret_is_shown_to_those_alone_who_need_it() -> None:
    who: dict[str, set[str]] = {}
    for container, described in COMPOSE["services"].items():
        for secret in described.get("secrets", ()):
            who.setdefault(secret, set()).add(container)
    assert set(who) == set(COMPOSE["secrets"])
    assert who["oidc_client_secret"] == {"kpi"}
    assert who["mongo_key"] == {"mongo"}
    assert who["tls_key"] == {"gateway"}
    assert who["person_master_key"] == {"registry", "registry-relay", "training", "training-relay", "restore"}
    assert "kpi" not in who["mongo_registry"] and "registry" not in who["mongo_kpi"]
    assert who["kafka_admin"] == {"kafka", "kafka-setup"}
    assert who["kafka_setup"] == {"kafka-setup", "topics", "restore"}
    assert who["kafka_kpi"] == {"kafka-setup", "kpi-relay", "kpi-projector"}
    for name in ("registry", "audits", "training"):
        assert who[f"kafka_{name}"] == {"kafka-setup", f"{name}-relay"}


def test_the_broker_lets_in_nobody_without_a_password_and_is_the_release_that_was_tested() -> None:
    """What these files make of a real broker: tests/integration/deployment/test_broker.py."""

    def properties(name: str) -> dict[str, str]:
        lines = (ROOT / "deploy" / "kafka" / "broker" / name).read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    broker, admin = properties("server.properties"), properties("admin.properties")
    named = dict(each.split(":") for each in broker["listener.security.protocol.map"].split(","))
    assert named.keys() == {each.split(":")[0] for each in broker["listeners"].split(",")}
    assert set(named.values()) == {"SASL_PLAINTEXT"}
    inside = broker["listener.name.inside.plain.sasl.jaas.config"]
    assert inside.startswith(admin["sasl.jaas.config"].removesuffix(";"))
    assert admin.items() >= {(k, v) for k, v in broker.items() if k.startswith("config.providers")}
    kafka = COMPOSE["services"]["kafka"]
    assert not any(name.startswith("KAFKA_") for name in kafka["environment"].keys() - {"KAFKA_HEAP_OPTS"})
    assert kafka["image"] == f"apache/kafka:{kafka_version()}"
    who = {
        name
        for name, one in COMPOSE["services"].items()
        if "KAFKA_SASL_USERNAME" in (one.get("environment") or ())
    }
    relays = {name for name in PROCESSES if name.endswith("-relay")}
    assert who == relays | {"kpi-projector", "kafka-setup", "topics", "restore"}


def test_only_the_gateway_is_published_and_only_it_and_the_services_reach_out() -> None:
    services = COMPOSE["services"]
    assert [name for name, described in services.items() if "ports" in described] == ["gateway"]
    assert COMPOSE["networks"]["inner"]["internal"] and COMPOSE["networks"]["web"]["internal"]
    outer = {name for name, described in services.items() if "outer" in described.get("networks", ())}
    assert outer == {"gateway", "registry", "audits", "training", "kpi", "kpi-live", "alertmanager"}
    assert services["mongo"]["networks"] == services["kafka"]["networks"] == ["inner"]


def test_every_container_is_limited_watched_and_without_rights() -> None:
    once = {"mongo-setup", "kafka-setup", "topics", "kpi-reports", "backup", "restore"}
    for name, described in COMPOSE["services"].items():
        limits = described["deploy"]["resources"]["limits"]
        assert set(limits) == {"cpus", "memory", "pids"}, name
        assert described["cap_drop"] == ["ALL"], name
        assert described["security_opt"] == ["no-new-privileges:true"], name
        assert "healthcheck" in described or name in once, name
        assert described.get("read_only") or name == "kafka", name
        assert re.search(r":[^:]*\d", described["image"]) or "build" in described, name


def test_secrets_are_made_once_and_are_what_their_readers_want(tmp_path: Path) -> None:
    from services.eventkit.identity.api_keys import ApiKeys
    from services.eventkit.proof.checkpoints import signer_of

    def make() -> dict[str, bytes]:
        command = ["sh", str(ROOT / "deploy" / "secrets.sh"), str(tmp_path / "made")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "oidc_client_secret is missing" in done.stdout
        return {file.name: file.read_bytes() for file in (tmp_path / "made").iterdir() if file.is_file()}

    made = make()
    assert make() == made
    assert set(made) == set(COMPOSE["secrets"]) - {"oidc_client_secret"}
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o700
    assert len(base64.b64decode(made["person_master_key"])) == 32
    found = ApiKeys(tmp_path / "made" / "api_keys").find(made["service_api_key"].decode().strip())
    assert found is not None and found.id == "machine:services"
    assert signer_of("registry", tmp_path / "made" / "checkpoint-keys" / "current")
    assert 6 <= len(made["mongo_key"].strip()) <= 1024
    assert re.fullmatch(rb"[0-9a-f]{48}", made["kafka_admin"])


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


def _taken(source: Path, target: Path) -> None:
    """What the Dockerfile copies from the folder, as far as .dockerignore lets it."""
    rules = (ROOT / ".dockerignore").read_text().split()
    copied = re.findall(r"^COPY (?!--from)(.+) (\S+)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.M)

    def seen(path: str) -> bool:
        found = False
        for rule in rules:
            pattern = rule.removeprefix("!")
            within = any(
                fnmatch.fnmatch(path, one) for one in (pattern, f"{pattern}/*", pattern.removeprefix("**/"))
            ) or (pattern.startswith("**/") and f"/{pattern[3:]}/" in f"/{path}/")
            found = rule.startswith("!") if within else found
        return found

    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=source,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for sources, to in copied:
        for one in sources.split():
            taken = [file for file in files if (file == one or file.startswith(f"{one}/")) and seen(file)]
            assert taken, f"COPY {one}: .dockerignore leaves nothing of it"
            for file in taken if not to.startswith("/tmp") else ():
                (target / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / file, target / file)


def test_what_the_image_holds_is_enough_for_every_command_in_it(tmp_path: Path) -> None:
    """Each command of compose is started in a folder with nothing but what the Dockerfile copies. Without
    settings each ends by itself, in words."""
    _taken(ROOT, tmp_path)
    assert not (tmp_path / "tests").exists() and not (tmp_path / "deploy/sxsh/demo").exists()
    commands = [
        described["command"]
        for described in COMPOSE["services"].values()
        if "build" in described and "command" in described
    ]
    default = re.search(r'^CMD \["sh", "-c", "(.+)"\]$', (ROOT / "deploy" / "Dockerfile").read_text(), re.M)
    assert default is not None
    commands.append(["sh", "-c", default.group(1).replace('\\"', '"')])
    bare = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(tmp_path)}
    running = [
        subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**bare, "SERVICE": "registry", "BIND": "127.0.0.1:0"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in {tuple(command): command for command in commands}.values()
    ]
    for process in running:
        said = process.communicate(timeout=120)[1]
        expected = (1, "No system has been started") if "backup" in process.args else (2, "is not set")
        assert process.returncode == expected[0] and expected[1] in said, f"{process.args}: {said}"


def test_the_image_is_built_from_pinned_bases_and_runs_without_rights() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    bases = re.findall(r"^ARG \w+=(\S+)$", text, re.M)
    assert len(bases) == 2 and all(re.search(r":\d+\.\d+\.\d+-", base) for base in bases)
    assert set(re.findall(r"^FROM (\S+)", text, re.M)) == {"${PYTHON}", "${NODE}"}
    last = text.rpartition("FROM ")[2]
    assert "\nUSER 10001\n" in last and "pip uninstall" in last
    assert "--require-hashes" in text and "--only-binary :all:" in text and "npm ci" in text
