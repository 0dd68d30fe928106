"""Real servers for the tests: the mongod and the broker that the launcher itself starts.

Session-wide, one of each, started when the first test asks. With `SXSH_TEST_USE_GIVEN_SERVERS=1` those of
`MONGODB_URI` and `KAFKA_BOOTSTRAP_SERVERS` are used instead; with `SXSH_TEST_CLUSTER=3` three nodes of Apache
Kafka and three mongods, with `SXSH_TEST_CLUSTER=1` one of each, for all tests but those that need a mongod to
kill.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from deploy.sxsh.servers import Broker, KafkaBroker, MongoServer, java_program
from deploy.sxsh.servers.jars import jars_folder
from deploy.sxsh.trouble import Trouble

if TYPE_CHECKING:
    from tests.cluster.cluster import Cluster

#: Files of a dropped database are closed within seconds: thousands of them would be more than a process may
#: have open, and mongod ends itself then. It keeps them for five minutes and a checkpoint otherwise. What
#: reads a snapshot (a rebuild that compares, under load) needs a few of these seconds.
_FORGETFUL = ("--setParameter", "minSnapshotHistoryWindowInSeconds=5", "--syncdelay", "5")

#: Members of the cluster; none: a tansu and a mongod.
_CLUSTER = int(os.environ.get("SXSH_TEST_CLUSTER") or 0)
_USE_GIVEN = os.environ.get("SXSH_TEST_USE_GIVEN_SERVERS") == "1"


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """In memory where the machine has /dev/shm, so that a durable write costs a test no disk flush."""
    shm = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="sxsh-test-", dir=shm if os.access(shm, os.W_OK) else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(server_folder: Path) -> Iterator[Cluster]:
    from tests.cluster.cluster import Cluster  # most tests need none of what it imports

    made = Cluster(server_folder / "cluster", _FORGETFUL, members=_CLUSTER)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def mongo_server(server_folder: Path) -> Iterator[MongoServer]:
    log = server_folder / "logs" / "mongod.log"
    server = MongoServer(server_folder / "mongo", log, options=_FORGETFUL)
    server.start()
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def mongo_uri(request: pytest.FixtureRequest) -> str:
    """Of a replica set. Take a fresh database in it: `database_name` or `new_database`."""
    if _CLUSTER:
        shared: Cluster = request.getfixturevalue("cluster")
        return shared.mongo.uri
    if _USE_GIVEN:
        return os.environ["MONGODB_URI"]
    server: MongoServer = request.getfixturevalue("mongo_server")
    return server.uri


@pytest.fixture(scope="session")
def mongo_client(mongo_uri: str) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](mongo_uri, tz_aware=True) as client:
        yield client


@pytest.fixture
def mongod_lives(request: pytest.FixtureRequest) -> None:
    """Ends the whole run when the shared mongod has: each further test would only wait for it."""
    if _USE_GIVEN or _CLUSTER:
        return
    child = request.getfixturevalue("mongo_server").child
    if not child.alive:
        pytest.exit(f"mongod ended by itself (code {child.exit_code}):\n{child.last_words(20)}", 3)


@pytest.fixture
def new_database_name(
    mongo_client: MongoClient[dict[str, Any]], mongod_lives: None
) -> Iterator[Callable[[], str]]:
    """Call it for the name of an empty database; all of them are dropped after the test."""
    names: list[str] = []

    def name() -> str:
        names.append(f"test_{uuid.uuid4().hex[:16]}")
        return names[-1]

    yield name
    for created in names:
        mongo_client.drop_database(created)


@pytest.fixture
def database_name(new_database_name: Callable[[], str]) -> str:
    return new_database_name()


class EmptiedDatabases:
    """Databases of a service that keep their collections and indexes from test to test, and nothing in them:
    to make sixty files and to remove them takes mongod longer than most tests take for all the rest."""

    def __init__(self, client: MongoClient[dict[str, Any]]) -> None:
        self._client = client
        self._free: dict[str, list[str]] = {}

    @contextmanager
    def of(self, service: str) -> Iterator[str]:
        """The name of one that holds no document."""
        free = self._free.setdefault(service, [])
        name = free.pop() if free else f"test_{uuid.uuid4().hex[:16]}"
        yield name
        database = self._client[name]
        own = {"type": "collection", "name": {"$not": {"$regex": "^system[.]"}}}
        for collection in database.list_collection_names(filter=own):
            database[collection].delete_many({})
        free.append(name)

    def drop(self) -> None:
        for name in itertools.chain.from_iterable(self._free.values()):
            self._client.drop_database(name)


@pytest.fixture(scope="session")
def emptied_databases(mongo_client: MongoClient[dict[str, Any]]) -> Iterator[EmptiedDatabases]:
    found = EmptiedDatabases(mongo_client)
    yield found
    found.drop()


@pytest.fixture
def new_database(
    mongo_client: MongoClient[dict[str, Any]], new_database_name: Callable[[], str]
) -> Callable[[], Database[dict[str, Any]]]:
    """Call it for an empty database."""
    return lambda: mongo_client[new_database_name()]


@pytest.fixture
def database(new_database: Callable[[], Database[dict[str, Any]]]) -> Database[dict[str, Any]]:
    return new_database()


@pytest.fixture(scope="session")
def kafka_broker(server_folder: Path) -> Iterator[KafkaBroker]:
    broker = KafkaBroker(server_folder / "logs" / "kafka.log")
    broker.start()
    try:
        broker.wait_ready()
        yield broker
    finally:
        broker.stop()


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> str:
    """Bootstrap address of the shared broker. Use topic and group names of your own."""
    if _CLUSTER:
        shared: Cluster = request.getfixturevalue("cluster")
        return shared.kafka.bootstrap
    if _USE_GIVEN:
        return os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    broker: KafkaBroker = request.getfixturevalue("kafka_broker")
    return broker.bootstrap


@contextmanager
def own_broker(request: pytest.FixtureRequest, folder: Path) -> Iterator[Broker]:
    """A broker that nobody else uses, so it may be killed: tansu then forgets all, a cluster nothing."""
    if _CLUSTER:
        shared: Cluster = request.getfixturevalue("cluster")
        shared.forget_topics()
        yield shared.kafka
        shared.heal()
        return
    broker = KafkaBroker(folder / "logs" / "kafka.log")
    broker.start()
    try:
        broker.wait_ready()
        yield broker
    finally:
        broker.stop()


@pytest.fixture
def own_kafka_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    with own_broker(request, tmp_path) as broker:
        yield broker


def ensure_kafka_jars() -> None:
    """Skips the test where Apache Kafka is not ready to start: fetching it takes longer than a test may."""
    try:
        java_program()
    except Trouble as trouble:
        pytest.skip(trouble.message)
    if not jars_folder().is_dir():
        pytest.skip(f"No jars of Apache Kafka in {jars_folder()}: python -m deploy.sxsh.servers.jars")


@pytest.fixture
def own_mongo_server(tmp_path: Path) -> Iterator[MongoServer]:
    """A mongod that the test alone uses, so it may kill it; on disk, as in real life."""
    server = MongoServer(tmp_path / "mongo", tmp_path / "logs" / "mongod.log")
    server.start()
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


@pytest.fixture
def topic_prefix() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"
