"""A store as the projector leaves it, written straight to a real mongod, and the API reading it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
import pytest
from bson import Binary
from flask.testing import FlaskClient
from pymongo.database import Database

from services.eventkit.feed_client import FeedClient
from services.eventkit.settings import Settings
from services.kpi.app import build_officials, create_app
from services.kpi.container import Container
from services.kpi.domain.cards import Card, encode, shared
from services.kpi.domain.contributions import contributions
from services.kpi.domain.measures import Cohort, Family, add, empty, family_of, negated
from services.kpi.neighbours import Neighbours
from services.kpi.past.register import Register
from services.kpi.views.lag import Logs
from services.kpi.views.live import LiveCube
from services.kpi.views.moments import Moments
from services.kpi.views.past import Past
from services.kpi.views.store import ProjectionStore
from services.kpi.views.traced import Trace
from tests.issuer import Issuer
from tests.unit.kpi.lives import RULES, Life

PARTITIONS = 3
Days = dict[int, list[int]]


class Stored:
    """Cells, cards and partitions of one generation, flushed as the projector flushes them."""

    def __init__(self, database: Database[dict[str, Any]], generation: str = "g1") -> None:
        self.database, self.generation = database, generation
        self.cells: dict[tuple[int, Cohort], Days] = {}
        self.flushes = dict.fromkeys(range(PARTITIONS), 0)
        self.positions = {"registry": 0, "audits": 0, "training": 0}
        for partition in range(PARTITIONS):
            self.partition(partition)

    def switch(self) -> Stored:
        pointer = {"generation": self.generation, "rules": RULES.key}
        self.database.pointer.replace_one({"_id": "active"}, pointer, upsert=True)
        return self

    def partition(self, number: int, *, begun: int = 0) -> None:
        """`begun` flushes are being written and not applied yet."""
        self.database.partitions.replace_one(
            {"_id": f"{self.generation}|{number}"},
            {
                "generation": self.generation,
                "partition": number,
                "flush": self.flushes[number] + begun,
                "applied_flush": self.flushes[number],
                "sequences": {source: position * 1000 for source, position in self.positions.items()},
                "complete": dict(self.positions),
                "updated_at": datetime.now(UTC),
            },
            upsert=True,
        )

    def add(self, partition: int, cohort: Cohort, day: int, vector: Iterable[int]) -> None:
        days = self.cells.setdefault((partition, cohort), {})
        before = tuple(days.get(day, empty(cohort[0])))
        days[day] = list(add(cohort[0], before, tuple(vector)))

    def put_days(self, partition: int, cohort: Cohort, days: Mapping[int, Iterable[int]]) -> None:
        self.cells[partition, cohort] = {day: list(vector) for day, vector in days.items()}

    def write_cells(self, partition: int) -> None:
        flush = self.flushes[partition] + 1
        own = {"generation": self.generation, "partition": partition, "flush": flush}
        families: dict[Family, list[dict[str, Any]]] = {}
        for (number, cohort), days in self.cells.items():
            if number == partition:
                cell = {"cohort": list(cohort), "flush": flush, "days": Binary(msgspec.msgpack.encode(days))}
                families.setdefault(family_of(cohort), []).append(cell)
        for family, cells in families.items():
            id_ = f"{self.generation}|{partition}|{'/'.join(family)}"
            self.database.cells.replace_one({"_id": id_}, {**own, "cells": cells}, upsert=True)

    def flush(self, **positions: int) -> None:
        self.positions.update(positions)
        for partition in range(PARTITIONS):
            self.write_cells(partition)
            self.flushes[partition] += 1
            self.partition(partition)

    def put(self, card: Card, subject: str) -> None:
        """Store a card; what it stood for before must not have been flushed."""
        partition = crc32(subject.encode()) % PARTITIONS
        for (cohort, day), vector in contributions(card, RULES).items():
            self.add(partition, cohort, day, vector)
        own = {"generation": self.generation, "partition": partition, "flush": self.flushes[partition] + 1}
        document = {**own, "card": Binary(encode(card))}
        if kind := shared(card):
            document["shared"] = kind
        self.database.cards.replace_one({"_id": f"{self.generation}|{subject}"}, document, upsert=True)

    def retell(self, life: Life, *events: tuple[str, str, str, dict[str, Any]]) -> Stored:
        """Tell more of a life: what its card stood for is taken out, what it stands for now put in."""
        partition = crc32(life.subject.encode()) % PARTITIONS
        for (cohort, day), vector in contributions(life.card(), RULES).items():
            self.add(partition, cohort, day, negated(cohort[0], vector))
        for source, type_, day, data in events:
            life.tell(source, type_, day, **data)
        return self.tell(life)

    def tell(self, *lives: Life) -> Stored:
        for life in lives:
            self.put(life.card(), life.subject)
        return self


@pytest.fixture
def stored(database: Database[dict[str, Any]]) -> Stored:
    return Stored(database).switch()


@pytest.fixture
def store(database: Database[dict[str, Any]]) -> ProjectionStore:
    found = ProjectionStore(database)
    found.ensure_indexes()
    return found


@pytest.fixture
def live(store: ProjectionStore) -> Iterator[LiveCube]:
    found = LiveCube(store, PARTITIONS)
    yield found
    found.rest()


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.fixture
def neighbours() -> Neighbours:
    """Services that are not there."""
    return Neighbours(dict.fromkeys(("registry", "audits", "training"), "http://127.0.0.1:9"))


@pytest.fixture
def client(
    store: ProjectionStore,
    live: LiveCube,
    issuer: Issuer,
    mongo_uri: str,
    stored: Stored,
    neighbours: Neighbours,
) -> Iterator[FlaskClient]:
    settings = Settings(
        service="kpi",
        mongodb_uri=mongo_uri,
        mongodb_database=store.database.name,
        oidc_issuer=issuer.issuer,
        oidc_audience=issuer.audience,
        oidc_jwks_url=issuer.jwks_url,
    )
    feeds = {"registry": FeedClient("http://127.0.0.1:9", "key", timeout=0.2)}
    past = Past(store, live, Moments(feeds, store.database), Register(store.database))
    app = create_app(
        settings,
        Container(store, live, Logs(feeds), past, Trace(feeds), build_officials(settings), neighbours),
    )
    with app.test_client() as found:
        found.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {issuer.token('ivy', ['inspector', 'operator'])}"
        yield found
