"""All four services in one process, each on its own log, asking each other over HTTP as they do in life.

The projector takes what was recorded when `catch_up` is called; no relay and no broker stands between.
"""

from __future__ import annotations

import base64
import json
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import mongoengine
from flask import Flask
from flask.testing import FlaskClient
from pymongo import MongoClient
from pymongo.database import Database

from services.audits import app as audits
from services.audits.views.common import ALIAS as AUDITS
from services.eventkit.settings import Settings
from services.kpi import app as kpi
from services.kpi.container import Container
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.rules import RuleSet
from services.kpi.pages import COOKIE
from services.kpi.past.process import Builder
from services.kpi.past.register import Register
from services.kpi.projection.projector import Projector
from services.kpi.views.official import ALIAS as OFFICIAL
from services.registry import app as registry
from services.registry.views.models import ALIAS as REGISTRY
from services.training import app as training
from services.training.views.common import ALIAS as TRAINING
from tests.issuer import Issuer, api_key_entry
from tests.serving import served

KEY = "the-key-that-the-services-show"
PARTITIONS = 3
#: Whoever may do all there is to do; approvals are another's.
ROLES = ("registrar", "assessor", "trainer", "operator", "inspector", "admin")


class Neighbourhood:
    """`told` counts facts of each service. Serve it with `neighbourhood`."""

    def __init__(
        self,
        folder: Path,
        mongo_uri: str,
        new_database: Callable[[], Database[dict[str, Any]]],
        keys: Sequence[dict[str, Any]] = (),
    ) -> None:
        self.issuer = Issuer(folder)
        self._keys = folder / "keys.json"
        self._keys.write_text(json.dumps([api_key_entry("services", KEY, ["inspector"]), *keys]))
        self._uri, self._new = mongo_uri, new_database
        self.urls: dict[str, str] = {}
        self.apps: dict[str, Flask] = {}

    def settings(self, service: str) -> Settings:
        urls = {f"{name}_url": url for name, url in self.urls.items()}
        return Settings(
            service=service,
            mongodb_uri=self._uri,
            mongodb_database=self._new().name,
            oidc_issuer=self.issuer.issuer,
            oidc_audience=self.issuer.audience,
            oidc_jwks_url=self.issuer.jwks_url,
            api_keys_file=str(self._keys),
            person_master_key=base64.b64encode(b"k" * 32).decode(),
            service_api_key=KEY,
            topic_partitions=PARTITIONS,
            **urls,
        )

    def start(self, running: ExitStack) -> None:
        for service, module in (("registry", registry), ("audits", audits), ("training", training)):
            self.apps[service] = module.create_app(self.settings(service))
            self.urls[service] = running.enter_context(served(self.apps[service]))
        settings = self.settings("kpi")
        self.container: Container = kpi.build(settings)
        self.apps["kpi"] = kpi.create_app(settings, self.container)
        database = self.container.store.database
        feeds = self.container.trace._logs
        self.projector = Projector(database, RuleSet.load(), feeds, PARTITIONS)  # type: ignore[arg-type]
        self.projector.assign(range(PARTITIONS))
        self.builder = Builder(Register(database), RuleSet.load(), feeds, PARTITIONS)  # type: ignore[arg-type]

    def did(self, service: str, path: str, body: Any, by: str = "lan", *, method: str = "POST") -> str:
        """What must succeed; where the record stands. A reviewer is `dung`, all else is done by `lan`."""
        roles = ("reviewer",) if by == "dung" else ROLES
        sent = (
            self.apps[service]
            .test_client()
            .open(f"/api/v1{path}", method=method, json=body, headers=self.issuer.bearer(by, roles))
        )
        assert sent.status_code in (200, 201), sent.text
        return sent.headers.get("Location", "").removeprefix("/api/v1")

    def catch_up(self) -> None:
        for source in SOURCES:
            self.projector.look_at_feed(source)

    @contextmanager
    def building_the_past(self) -> Iterator[None]:
        """Moments that are asked for meanwhile are built."""
        over = threading.Event()

        def build() -> None:
            while not over.wait(0.01):
                self.builder.step()

        thread = threading.Thread(target=build, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def browser(self, *roles: str, name: str = "ivy", districts: list[str] | None = None) -> FlaskClient:
        """Signed in by the cookie alone."""
        client = self.apps["kpi"].test_client()
        client.set_cookie(COOKIE, self.issuer.token(name, roles, districts=districts, lasts=3600))
        return client


@contextmanager
def neighbourhood(
    folder: Path,
    mongo_uri: str,
    mongo_client: MongoClient[dict[str, Any]],
    keys: Sequence[dict[str, Any]] = (),
) -> Iterator[Neighbourhood]:
    """`keys` are entries of API_KEYS_FILE. Its databases are dropped at the end."""
    names: list[str] = []

    def new() -> Database[dict[str, Any]]:
        names.append(f"{folder.name}_{uuid.uuid4().hex[:12]}")
        return mongo_client[names[-1]]

    with ExitStack() as running:
        found = Neighbourhood(folder, mongo_uri, new, keys)
        found.start(running)
        yield found
    for alias in (REGISTRY, AUDITS, TRAINING, OFFICIAL):
        mongoengine.disconnect(alias)
    for name in names:
        mongo_client.drop_database(name)
        mongo_client.drop_database(f"{name}_keys")
