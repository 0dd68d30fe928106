"""The environment variables and command lines of each process of the local system."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.sxsh.identity import AUDIENCE, ISSUER, LocalIdentity
from deploy.sxsh.workspace import Addresses

#: The folder that holds `services/` and `deploy/`.
PROJECT = Path(__file__).resolve().parents[2]
SERVICES = ("registry", "audits", "training", "kpi")
#: The services that own a log, so have a relay.
LOGS = ("registry", "audits", "training", "kpi")
#: Set by the launcher for each process, so an outer value must not leak into all of them alike.
_PER_PROCESS = ("MONGODB_DATABASE", "BIND", "PORT_BASE")
_ISSUER = ("OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL")
#: How people sign in at an issuer of the caller's. The local one has no place to sign in at.
_SIGN_IN = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_CLIENT_SECRET_FILE")


def own_issuer(environ: Mapping[str, str] | None = None) -> str | None:
    """The issuer that the caller set, whose tokens count instead of the local ones."""
    return (os.environ if environ is None else environ).get("OIDC_ISSUER") or None


def settings_of(addresses: Addresses, identity: LocalIdentity) -> dict[str, str]:
    """What every process of the local system gets, beside what the caller has set."""
    dropped = _PER_PROCESS if own_issuer() else (*_PER_PROCESS, *_SIGN_IN)
    inherited = {name: value for name, value in os.environ.items() if name not in dropped}
    issuer = {
        "OIDC_ISSUER": ISSUER,
        "OIDC_AUDIENCE": AUDIENCE,
        "OIDC_JWKS_URL": identity.jwks_file.as_uri(),
    }
    if own_issuer():
        issuer = {name: os.environ[name] for name in _ISSUER if name in os.environ}
    return {
        "PERSON_MASTER_KEY": identity.master_key,
        "API_KEYS_FILE": str(identity.api_keys.path),
        "SERVICE_API_KEY": identity.service_key,
        "CHECKPOINT_KEY_FILE": str(identity.checkpoint_keys.current),
        "CHECKPOINT_FOLDER": str(identity.folder.parent / "checkpoints"),
        **inherited,
        **issuer,
        "MONGODB_URI": addresses.mongodb_uri,
        "KAFKA_BOOTSTRAP_SERVERS": addresses.kafka_bootstrap_servers,
        "REGISTRY_URL": addresses.services["registry"],
        "AUDITS_URL": addresses.services["audits"],
        "TRAINING_URL": addresses.services["training"],
        "PAGES_URL": addresses.services["kpi"],
        "LIVE_URL": f"{addresses.live}/live",
        "PYTHONUNBUFFERED": "1",
    }


def api_command(service: str, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn"),
        *("--config", str(PROJECT / "deploy" / "gunicorn.conf.py")),
        *("--bind", f"127.0.0.1:{port}"),
        *("--name", f"sxsh-{service}", "--no-control-socket"),
        f"services.{service}.app:create_app()",
    ]


def live_command(port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn"),
        *("--config", str(PROJECT / "deploy" / "gunicorn_live.conf.py")),
        *("--bind", f"127.0.0.1:{port}"),
        *("--name", "sxsh-kpi-live", "--no-control-socket"),
        "services.kpi.live.app:create_app()",
    ]


def module_command(service: str, action: str) -> list[str]:
    return [sys.executable, "-m", f"services.{service}", action]
