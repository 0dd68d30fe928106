"""A projection of a made-up history, the API reading it, and a builder of the past beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.eventkit.settings import Settings
from services.kpi.app import build_officials, create_app
from services.kpi.container import Container
from services.kpi.domain.rules import RuleSet
from services.kpi.neighbours import Neighbours
from services.kpi.past.process import Builder
from services.kpi.past.register import Register
from services.kpi.projection.projector import Projector
from services.kpi.views.lag import Logs
from services.kpi.views.live import LiveCube
from services.kpi.views.moments import Moments
from services.kpi.views.past import Past
from services.kpi.views.store import ProjectionStore
from services.kpi.views.traced import Trace
from tests.integration.past.history import History
from tests.issuer import Issuer

PARTITIONS = 3
RULES = RuleSet.load()


class System:
    """`builds` says whether the builder works at present."""

    def __init__(
        self, history: History, database: Database[dict[str, Any]], settings: Settings, token: str
    ) -> None:
        self.history, self.database = history, database
        self.projector = Projector(database, RULES, history.feeds, PARTITIONS)
        self.projector.assign(range(PARTITIONS))
        self.register = Register(database)
        self.builder = Builder(self.register, RULES, history.feeds, PARTITIONS)
        self.builds, self._over, self._step = threading.Event(), threading.Event(), threading.Lock()
        self.builds.set()
        self._thread = threading.Thread(target=self._build, daemon=True)
        self._thread.start()
        store = ProjectionStore(database)
        self._live, moments = LiveCube(store, PARTITIONS), Moments(history.feeds, database)
        self.past = Past(store, self._live, moments, self.register, wait=60)
        trace = Trace(history.feeds)
        container = Container(
            store,
            self._live,
            Logs(history.feeds),
            self.past,
            trace,
            build_officials(settings),
            Neighbours({}),
        )
        app = create_app(settings, container)
        self.client: FlaskClient = app.test_client()
        self.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    def _build(self) -> None:
        while not self._over.is_set():
            with self._step:
                idle = not self.builds.is_set() or not self.builder.step()
            if idle:
                time.sleep(0.01)

    def pause(self) -> None:
        """Nothing is built from then on, and nothing is being built."""
        self.builds.clear()
        with self._step:
            pass

    def end(self) -> None:
        self._over.set()
        self._live.rest()
        self._thread.join()

    def catch_up(self) -> None:
        for source in self.history.feeds:
            self.projector.look_at_feed(source)

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = self.client.get(f"/api/v1{path}", query_string={k: v for k, v in query.items() if v})
        assert answer.status_code == status, answer.json
        return answer.json


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.fixture
def limited(issuer: Issuer) -> Callable[[System], None]:
    """From then on its reader may only see Kim Sơn."""

    def limit(system: System) -> None:
        token = issuer.token("ida", ["inspector"], districts=["kim-son"])
        system.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    return limit


@pytest.fixture
def system_of(
    new_database: Callable[[], Database[dict[str, Any]]], issuer: Issuer, mongo_uri: str
) -> Iterator[Callable[[History], System]]:
    made = []

    def make(history: History) -> System:
        database = new_database()
        settings = Settings(
            service="kpi",
            mongodb_uri=mongo_uri,
            mongodb_database=database.name,
            oidc_issuer=issuer.issuer,
            oidc_audience=issuer.audience,
            oidc_jwks_url=issuer.jwks_url,
        )
        made.append(System(history, database, settings, issuer.token("ivy", ["inspector", "operator"])))
        return made[-1]

    yield make
    for system in made:
        system.end()
