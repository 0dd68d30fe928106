"""A deployment that lacks something does not start, and says all that it lacks, without telling secrets."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.eventkit.identity import Authenticator
from services.eventkit.settings import SECRETS, Settings, SettingsError

KEY = base64.b64encode(bytes(32)).decode()

GOOD = {
    "MONGODB_URI": "mongodb://user:hunter2@db/?replicaSet=rs0",
    "OIDC_ISSUER": "https://id.example.vn/realms/sxsh",
    "OIDC_AUDIENCE": "sxsh",
    "OIDC_JWKS_URL": "https://id.example.vn/realms/sxsh/protocol/openid-connect/certs",
    "PERSON_MASTER_KEY": KEY,
}


def test_settings_are_read_with_their_defaults() -> None:
    settings = Settings.from_env(service="registry", environ=GOOD)
    assert settings.mongodb_database == "sxsh_registry"
    assert (settings.topic_partitions, settings.max_body_bytes) == (6, 1_048_576)
    assert settings.kafka_bootstrap_servers is None


def test_everything_missing_is_named_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.from_env(service="kpi", environ={})
    said = capsys.readouterr().err
    for name in (
        "MONGODB_URI", "OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL",
        "REGISTRY_URL", "AUDITS_URL", "TRAINING_URL", "SERVICE_API_KEY",
    ):  # fmt: skip
        assert f"{name} is not set" in said
    assert raised.value.code == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOPIC_PARTITIONS", "six"),
        ("TOPIC_PARTITIONS", "0"),
        ("MAX_BODY_BYTES", "-1"),
        ("MAX_UPLOAD_BYTES", "64M"),
        ("LOG_LEVEL", "LOUD"),
        ("OIDC_JWKS_URL", "ftp://keys"),
        ("OIDC_JWKS_URL", "http://"),
        ("PERSON_MASTER_KEY", "hunter2"),
        ("PERSON_MASTER_KEY", base64.b64encode(b"hunter2").decode()),
        ("MONGODB_DATABASE", "a.b$"),
        ("REGISTRY_URL", "localhost:8001"),
        ("BASE_PATH", "registry"),
        ("BASE_PATH", "https://sxsh.vn/registry"),
    ],
)
def test_a_wrong_setting_is_named_but_never_repeated(
    capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    with pytest.raises(SettingsError):
        Settings.from_env(service="registry", environ={**GOOD, name: value})
    said = capsys.readouterr().err
    assert f"{name} m" in said
    assert "hunter2" not in said


def test_a_client_at_the_issuer_is_named_whole_and_its_secret_may_be_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    client = {**GOOD, "OIDC_CLIENT_ID": "pages", "OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret")}
    with pytest.raises(SettingsError):
        Settings.from_env(service="registry", environ=client)
    said = capsys.readouterr().err
    assert "cannot be read" in said
    assert "OIDC_CLIENT_SECRET is not set" in said
    assert "PAGES_URL is not set" in said
    (tmp_path / "secret").write_text("hunter2\n")
    settings = Settings.from_env(service="registry", environ={**client, "PAGES_URL": "https://sxsh.vn/"})
    assert (settings.oidc_client_secret, settings.pages_url) == ("hunter2", "https://sxsh.vn")
    assert "hunter2" not in repr(settings)


def test_every_secret_may_be_a_file_and_a_password_is_put_into_the_address(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def filed(name: str, value: str) -> dict[str, str]:
        (tmp_path / name).write_text(f"{value}\n")
        return {f"{name}_FILE": str(tmp_path / name)}

    environ = {name: value for name, value in GOOD.items() if name not in SECRETS}
    environ |= filed("PERSON_MASTER_KEY", KEY) | filed("SERVICE_API_KEY", "hunter2")
    environ |= {"MONGODB_URI": "mongodb://registry@db/?a=b@c"} | filed("MONGODB_PASSWORD", "p@ss/w:rd")
    settings = Settings.from_env(service="registry", environ=environ)
    assert (settings.person_master_key, settings.service_api_key) == (KEY, "hunter2")
    assert settings.mongodb_uri == "mongodb://registry:p%40ss%2Fw%3Ard@db/?a=b@c"
    with pytest.raises(SettingsError):
        Settings.from_env(service="registry", environ={**environ, "MONGODB_URI": "mongodb://db/"})
    assert "MONGODB_PASSWORD needs a MONGODB_URI with a user" in capsys.readouterr().err
    (tmp_path / "PERSON_MASTER_KEY").unlink()
    with pytest.raises(SettingsError) as raised:
        Settings.from_env(service="registry", environ=environ)
    assert [line.partition(" ")[0] for line in raised.value.problems] == ["PERSON_MASTER_KEY_FILE"]


def test_a_relay_needs_brokers_but_no_issuer() -> None:
    environ = {"MONGODB_URI": "mongodb://db", "PERSON_MASTER_KEY": KEY}
    with pytest.raises(SettingsError) as raised:
        Settings.from_env(service="registry", process="relay", environ=environ)
    assert len(raised.value.problems) == 1
    assert raised.value.problems[0].startswith("KAFKA_BOOTSTRAP_SERVERS is not set")


def test_secrets_are_in_no_repr() -> None:
    settings = Settings.from_env(
        service="registry", environ={**GOOD, "SERVICE_API_KEY": "hunter2", "PERSON_MASTER_KEY": KEY}
    )
    assert "hunter2" not in repr(settings)
    assert KEY not in repr(settings)


def test_a_wrong_file_of_api_keys_stops_the_start(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings.from_env(service="registry", environ={**GOOD, "API_KEYS_FILE": "/nowhere/keys"})
    with pytest.raises(SettingsError):
        Authenticator.from_settings(settings)
    assert "API_KEYS_FILE /nowhere/keys cannot be read" in capsys.readouterr().err


def test_a_process_without_an_issuer_leaves_with_2_and_plain_words() -> None:
    code = "from services.eventkit.settings import Settings; Settings.from_env(service='registry')"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OIDC")}
    environ |= {"MONGODB_URI": "mongodb://db", "PERSON_MASTER_KEY": KEY}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)
    assert done.returncode == 2
    assert "OIDC_ISSUER is not set" in done.stderr
    assert "Traceback" not in done.stderr
