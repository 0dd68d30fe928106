"""Settings from environment variables, read once; what is missing or wrong is said all at once.

`Settings.from_env` writes plain sentences to standard error and leaves with exit code 2 when a deployment
lacks something it needs. Secrets are kept out of `repr`, so out of logs and error reports; each of `SECRETS`
may be given as a file instead, which ``<NAME>_FILE`` names.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from services.eventkit.kafka_security import MECHANISMS, OPEN, PROTOCOLS, KafkaSecurity

Process = Literal["api", "relay", "projector", "snapshots", "live", "reports"]

#: Settings each service needs beside the common ones (they hold persons, or follow another's feed).
NEEDS: dict[str, tuple[str, ...]] = {
    "registry": ("PERSON_MASTER_KEY",),
    "audits": ("REGISTRY_URL", "SERVICE_API_KEY"),
    "training": ("PERSON_MASTER_KEY", "REGISTRY_URL", "SERVICE_API_KEY"),
    "kpi": ("REGISTRY_URL", "AUDITS_URL", "TRAINING_URL", "SERVICE_API_KEY"),
}

#: Settings each kind of process needs; a relay answers no requests, so it needs no issuer.
PROCESS_NEEDS: dict[Process, tuple[str, ...]] = {
    "api": ("MONGODB_URI", "OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL"),
    "relay": ("MONGODB_URI", "KAFKA_BOOTSTRAP_SERVERS"),
    "projector": ("MONGODB_URI", "KAFKA_BOOTSTRAP_SERVERS"),
    "snapshots": ("MONGODB_URI",),
    "live": ("MONGODB_URI", "OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL"),
    "reports": ("MONGODB_URI",),
}

#: Somebody waits for these.
ANSWERS: tuple[Process, ...] = ("api", "live")

HOW: dict[str, str] = {
    "MONGODB_URI": "the address of the MongoDB replica set, e.g. mongodb://localhost:27017/?replicaSet=rs0",
    "KAFKA_BOOTSTRAP_SERVERS": "the Kafka brokers, e.g. localhost:9092",
    "OIDC_ISSUER": "the `iss` of the tokens to believe, e.g. https://id.example.vn/realms/sxsh",
    "OIDC_AUDIENCE": "the `aud` that tokens for this service carry, e.g. sxsh",
    "OIDC_JWKS_URL": "where the issuer's public keys are, an http(s):// or file:// address",
    "OIDC_CLIENT_ID": "the id under which the issuer knows the pages of kpi",
    "OIDC_CLIENT_SECRET": "the secret that the issuer gave that client",
    "PAGES_URL": "the address at which people's browsers reach kpi, e.g. https://sxsh.example.vn",
    "PERSON_MASTER_KEY": "base64 of 32 random bytes (openssl rand -base64 32)",
    "REGISTRY_URL": "the address of the registry service, e.g. http://localhost:8001",
    "AUDITS_URL": "the address of the audits service, e.g. http://localhost:8002",
    "TRAINING_URL": "the address of the training service, e.g. http://localhost:8003",
    "SERVICE_API_KEY": "the API key that this service shows to the others' feeds",
}

#: What may be given as the file that ``<NAME>_FILE`` names, so that it stands in no environment.
SECRETS = (
    "MONGODB_URI",
    "MONGODB_PASSWORD",
    "KAFKA_SASL_PASSWORD",
    "OIDC_CLIENT_SECRET",
    "PERSON_MASTER_KEY",
    "SERVICE_API_KEY",
)

#: How people sign in at the issuer: all of it, or they sign in with a token of their own.
SIGN_IN = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "PAGES_URL")

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsError(SystemExit):
    """The process cannot start: `problems` are plain sentences. Leaves with exit code 2 unless caught."""

    def __init__(self, service: str, problems: Sequence[str]) -> None:
        super().__init__(2)
        self.problems = list(problems)
        self.message = f"{service} cannot start:\n" + "".join(f"  - {line}\n" for line in self.problems)

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Settings:
    """One attribute a variable of docs/architecture.md, in lower case. Unset optional ones are None."""

    service: str
    mongodb_uri: str = field(repr=False)
    mongodb_database: str
    #: 0 for what answers nobody: a projector or a relay has time, and tries again.
    mongodb_timeout: int = 0
    kafka_bootstrap_servers: str | None = None
    kafka_security_protocol: str = OPEN.protocol
    kafka_ssl_cafile: str | None = None
    kafka_sasl_mechanism: str = OPEN.mechanism
    kafka_sasl_username: str | None = None
    kafka_sasl_password: str | None = field(default=None, repr=False)
    topic_partitions: int = 6
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    oidc_jwks_url: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = field(default=None, repr=False)
    api_keys_file: str | None = None
    person_master_key: str | None = field(default=None, repr=False)
    registry_url: str | None = None
    audits_url: str | None = None
    training_url: str | None = None
    service_api_key: str | None = field(default=None, repr=False)
    max_body_bytes: int = 1_048_576
    max_upload_bytes: int = 67_108_864
    log_level: str = "INFO"
    checkpoint_key_file: str | None = None
    checkpoint_folder: str | None = None
    checkpoint_seconds: int = 60
    checkpoint_quiet_seconds: int = 600
    live_url: str | None = None
    base_path: str = ""
    pages_url: str | None = None
    live_connections: int = 4000
    report_letterhead: str | None = None
    metrics_bind: str | None = None
    rate_limit: int = 0
    forwarded_allow_ips: str = "127.0.0.1,::1"
    otel_exporter_otlp_endpoint: str | None = None
    otel_traces_sampler_arg: float = 1.0

    @classmethod
    def from_env(
        cls,
        service: str,
        *,
        process: Process = "api",
        environ: Mapping[str, str] | None = None,
    ) -> Settings:
        """Read the settings of one process of one service. Raises `SettingsError` (exit code 2)."""
        reader = _Reader(os.environ if environ is None else environ)
        settings = cls(
            service=service,
            mongodb_uri=reader.mongodb() or "",
            mongodb_database=reader.database("MONGODB_DATABASE", f"sxsh_{service}"),
            mongodb_timeout=reader.integer("MONGODB_TIMEOUT", 15, 1, 600) if process in ANSWERS else 0,
            kafka_bootstrap_servers=reader.text("KAFKA_BOOTSTRAP_SERVERS"),
            **reader.kafka(),
            topic_partitions=reader.integer("TOPIC_PARTITIONS", 6, 1, 1000),
            oidc_issuer=reader.text("OIDC_ISSUER"),
            oidc_audience=reader.text("OIDC_AUDIENCE"),
            oidc_jwks_url=reader.url("OIDC_JWKS_URL", ("http", "https", "file")),
            oidc_client_id=reader.text("OIDC_CLIENT_ID"),
            oidc_client_secret=reader.text("OIDC_CLIENT_SECRET"),
            api_keys_file=reader.text("API_KEYS_FILE"),
            person_master_key=reader.key("PERSON_MASTER_KEY"),
            registry_url=reader.url("REGISTRY_URL"),
            audits_url=reader.url("AUDITS_URL"),
            training_url=reader.url("TRAINING_URL"),
            service_api_key=reader.text("SERVICE_API_KEY"),
            max_body_bytes=reader.integer("MAX_BODY_BYTES", 1_048_576, 1024, 2**30),
            max_upload_bytes=reader.integer("MAX_UPLOAD_BYTES", 67_108_864, 1024, 2**32),
            log_level=reader.level("LOG_LEVEL", "INFO"),
            checkpoint_key_file=reader.text("CHECKPOINT_KEY_FILE"),
            checkpoint_folder=reader.text("CHECKPOINT_FOLDER"),
            checkpoint_seconds=reader.integer("CHECKPOINT_SECONDS", 60, 1, 86_400),
            checkpoint_quiet_seconds=reader.integer("CHECKPOINT_QUIET_SECONDS", 600, 1, 86_400),
            live_url=reader.path_or_url("LIVE_URL"),
            base_path=reader.path("BASE_PATH"),
            pages_url=reader.url("PAGES_URL"),
            live_connections=reader.integer("LIVE_CONNECTIONS", 4000, 1, 100_000),
            report_letterhead=reader.text("REPORT_LETTERHEAD"),
            metrics_bind=reader.bind("METRICS_BIND"),
            rate_limit=reader.integer("RATE_LIMIT", 0, 0, 1_000_000),
            forwarded_allow_ips=reader.text("FORWARDED_ALLOW_IPS") or "127.0.0.1,::1",
            otel_exporter_otlp_endpoint=reader.url("OTEL_EXPORTER_OTLP_ENDPOINT"),
            otel_traces_sampler_arg=reader.share("OTEL_TRACES_SAMPLER_ARG", 1.0),
        )
        reader.require((*PROCESS_NEEDS[process], *NEEDS.get(service, ())))
        if settings.oidc_client_id or settings.oidc_client_secret:
            reader.problems += [_missing(name) for name in SIGN_IN if not getattr(settings, name.lower())]
        if reader.problems:
            error = SettingsError(service, reader.problems)
            sys.stderr.write(str(error))
            raise error
        return settings

    @property
    def mongodb_options(self) -> dict[str, Any]:
        """For pymongo's client. Each command is given up after so long, whatever it is waiting for: a mongod
        that is frozen keeps a request no longer than that."""
        return {"timeoutMS": self.mongodb_timeout * 1000} if self.mongodb_timeout else {}

    @property
    def kafka_security(self) -> KafkaSecurity:
        return KafkaSecurity(
            self.kafka_security_protocol,
            self.kafka_ssl_cafile,
            self.kafka_sasl_mechanism,
            self.kafka_sasl_username,
            self.kafka_sasl_password,
        )

    def need(self, name: str) -> str:
        """The text setting `name`, or `SettingsError` when it is not set (for what few processes use)."""
        value = getattr(self, name.lower())
        if not value:
            error = SettingsError(self.service, [_missing(name.upper())])
            sys.stderr.write(str(error))
            raise error
        return str(value)


def mongodb_uri(environ: Mapping[str, str]) -> str | None:
    """MONGODB_URI with its password, however the two are given; for what is no process of a service. Raises
    ValueError with a plain sentence."""
    reader = _Reader(environ)
    uri = reader.mongodb()
    if reader.problems:
        raise ValueError(reader.problems[0])
    return uri


def kafka_security(environ: Mapping[str, str]) -> KafkaSecurity:
    """Likewise, of the brokers."""
    reader = _Reader(environ)
    found = Settings("", "", "", **reader.kafka()).kafka_security
    if reader.problems:
        raise ValueError(reader.problems[0])
    return found


def _missing(name: str) -> str:
    file = f" (or {name}_FILE to a file that holds it)" if name in SECRETS else ""
    return f"{name} is not set. Set it to {HOW.get(name, 'a value (see docs/architecture.md)')}{file}."


class _Reader:
    """Reads variables one by one and collects what is wrong with them; never repeats a secret's value."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._read: dict[str, str | None] = {}
        self.problems: list[str] = []

    def text(self, name: str) -> str | None:
        """Given as it is, or, of a secret, as the file that ``<name>_FILE`` names."""
        given = self._environ.get(name, "").strip() or None
        if given is not None or name not in SECRETS:
            return given
        if name not in self._read:
            self._read[name] = self._of_file(name)
        return self._read[name]

    def _of_file(self, name: str) -> str | None:
        file = self._environ.get(f"{name}_FILE", "").strip()
        if not file:
            return None
        try:
            return Path(file).read_text(encoding="utf-8").strip() or None
        except (OSError, ValueError) as error:
            self.problems.append(f"{name}_FILE {file} cannot be read: {type(error).__name__}.")
            return None

    def mongodb(self) -> str | None:
        """The address, with the password put in behind the name of its user when that is given apart."""
        uri, password = self.text("MONGODB_URI"), self.text("MONGODB_PASSWORD")
        if uri is None or password is None:
            return uri
        scheme, _, rest = uri.partition("://")
        user, at, hosts = rest.partition("@")
        if not at or not user or ":" in user:
            self.problems.append(
                "MONGODB_PASSWORD needs a MONGODB_URI with a user and no password: mongodb://user@host/…"
            )
            return uri
        return f"{scheme}://{user}:{quote(password, safe='')}@{hosts}"

    def kafka(self) -> dict[str, Any]:
        """The settings of `KafkaSecurity`, by their names."""
        found = {
            "kafka_security_protocol": self.one_of("KAFKA_SECURITY_PROTOCOL", PROTOCOLS),
            "kafka_ssl_cafile": self.text("KAFKA_SSL_CAFILE"),
            "kafka_sasl_mechanism": self.one_of("KAFKA_SASL_MECHANISM", MECHANISMS),
            "kafka_sasl_username": self.text("KAFKA_SASL_USERNAME"),
            "kafka_sasl_password": self.text("KAFKA_SASL_PASSWORD"),
        }
        if wrong := KafkaSecurity(*found.values()).wrong:  # type: ignore[arg-type]
            self.problems.append(wrong)
        return found

    def one_of(self, name: str, known: Sequence[str]) -> str:
        """The first, when none is given."""
        text = (self.text(name) or known[0]).upper()
        if text not in known:
            self.problems.append(f"{name} must be one of {', '.join(known)}.")
            return known[0]
        return text

    def require(self, names: Sequence[str]) -> None:
        unread = {line.partition("_FILE ")[0] for line in self.problems if " cannot be read: " in line}
        missing = [name for name in dict.fromkeys(names) if self.text(name) is None and name not in unread]
        self.problems[:0] = map(_missing, missing)

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
            self.problems.append(f"{name} must be a whole number from {low} to {high}.")
            return default
        return int(text)

    def share(self, name: str, default: float) -> float:
        text = self.text(name)
        if text is None:
            return default
        if not re.fullmatch(r"(0(\.[0-9]{1,9})?|1(\.0{1,9})?)", text):
            self.problems.append(f"{name} must be a number from 0 to 1.")
            return default
        return float(text)

    def url(self, name: str, schemes: tuple[str, ...] = ("http", "https")) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            good = parts.scheme in schemes and bool(parts.path if parts.scheme == "file" else parts.hostname)
        except ValueError:
            good = False
        if not good:
            self.problems.append(f"{name} must be an address that begins with {_either(schemes)}.")
        return text.rstrip("/")

    def path_or_url(self, name: str) -> str | None:
        text = self.text(name)
        if text is None or _PATH.fullmatch(text):
            return text
        return self.url(name)

    def path(self, name: str) -> str:
        """Without a slash at its end; "" when it is not set, or the root."""
        text = (self.text(name) or "").rstrip("/")
        if text and not _PATH.fullmatch(text):
            self.problems.append(f"{name} must be a path, such as /registry.")
            return ""
        return text

    def bind(self, name: str) -> str | None:
        text = self.text(name)
        if text is not None and not re.fullmatch(r"[^\s:]+:[0-9]{1,5}", text):
            self.problems.append(f"{name} must be <address>:<port>, e.g. 0.0.0.0:9000.")
        return text

    def key(self, name: str) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            size = len(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            size = -1
        if size != 32:
            self.problems.append(f"{name} must be {HOW[name]}.")
        return text

    def level(self, name: str, default: str) -> str:
        text = (self.text(name) or default).upper()
        if text not in LOG_LEVELS:
            self.problems.append(f"{name} must be one of {', '.join(LOG_LEVELS)}.")
        return text

    def database(self, name: str, default: str) -> str:
        text = self.text(name) or default
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,63}", text):
            self.problems.append(f"{name} may hold letters, digits, _ and - only, at most 63.")
        return text


def _either(schemes: Sequence[str]) -> str:
    return " or ".join(f"{scheme}://" for scheme in schemes)
