"""A small real world for faults: three logs on mongod, their feeds over HTTP, a broker, and the product's own
relays and projector as processes that can be killed. The checker shares no code with the projector."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from bson.binary import Binary
from pymongo import MongoClient

from deploy.sxsh.servers import Broker
from services.eventkit.commits import NewCommit
from services.eventkit.errors import Unavailable
from services.eventkit.events import EventRecord
from services.eventkit.http import create_app
from services.eventkit.ids import new_id
from services.eventkit.mongo_log import MongoLog
from services.eventkit.settings import Settings
from tests.issuer import Issuer, api_key_entry
from tests.serving import served

KEY = "the-key-that-followers-show"
SOURCES = ("registry", "audits", "training")
PARTITIONS = 3
PROJECT = Path(__file__).resolve().parents[2]
DAY = "2018-03-01"
#: Seconds for which a command is sent again, and between.
ASKED_AGAIN, PAUSE = 120.0, 0.2


def eventually(holds: Callable[[], Any], seconds: float = 90.0) -> Any:
    """The first true value of `holds`; fails the test when there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = holds()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not so after {seconds} s: {holds.__name__}")


class World:
    def __init__(self, mongo_uri: str, bootstrap: str, folder: Path, name: str) -> None:
        self.client: MongoClient[dict[str, Any]] = MongoClient(mongo_uri, tz_aware=True)
        self.mongo_uri, self.bootstrap, self.folder, self.name = mongo_uri, bootstrap, folder, name
        self.databases = {source: f"{name}_{source}" for source in (*SOURCES, "kpi")}
        self.logs = {source: MongoLog(self.client[self.databases[source]], source) for source in SOURCES}
        for log in self.logs.values():
            log.prepare()
        self.partitions = PARTITIONS
        self.urls: dict[str, str] = {}
        self.processes: list[subprocess.Popen[bytes]] = []
        self.registered: list[str] = []
        #: source -> command id -> the position that the writer was told
        self.acknowledged: dict[str, dict[str, int]] = {source: {} for source in SOURCES}

    @property
    def kpi(self) -> Any:
        return self.client[self.databases["kpi"]]

    def register(self, *codes: str) -> int:
        """One facility each, and an answer of each in the survey: aware if its code is even."""
        position = 0
        for code in codes:
            data = {
                "facility_id": code, "code": code, "name": code, "kind": "enterprise", "unit_id": "nho-quan",
                "industry": {"version": 2018, "code": "2392"}, "occurred_on": DAY,
            }  # fmt: skip
            self.tell("registry", f"facility:{code}", "facility.registered", data)
            benefits = ["saves-energy"] if int(code) % 2 == 0 else []
            answer = {
                "survey_id": "s", "facility_id": code, "mode": "census", "benefits": benefits,
                "occurred_on": DAY,
            }  # fmt: skip
            position = self.tell("training", f"facility:{code}", "survey.answered", answer)
            self.registered.append(code)
        return position

    @property
    def told(self) -> tuple[int, int]:
        """(facilities, the aware of them) that were registered."""
        return len(self.registered), sum(int(code) % 2 == 0 for code in self.registered)

    def tell(self, source: str, subject: str, type_: str, data: dict[str, Any], version: int = 1) -> int:
        """As a client does: whoever is told to try again sends the same command again."""
        event = EventRecord(
            id=new_id(),
            type=type_,
            schema=1,
            subject=subject,
            occurred_on=date.fromisoformat(DAY),
            data=msgspec.Raw(json.dumps(data).encode()),
        )
        stream = f"{source}-{subject}"
        new = NewCommit(
            stream=stream, version=version, events=(event,), command_id=new_id(), actor="registrar"
        )
        end = time.monotonic() + ASKED_AGAIN
        while True:
            try:
                position = self.logs[source].append(new).commit.position
            except Unavailable:
                assert time.monotonic() < end, "the log does not answer any more"
                time.sleep(PAUSE)
            else:
                self.acknowledged[source][new.command_id] = position
                return position

    def spawn(
        self, *module: str, crash_at: str = "", service: str = "registry", through: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        """`through`: another module, with arguments, that runs this one."""
        environment = {
            **os.environ,
            "MONGODB_URI": self.mongo_uri,
            "MONGODB_DATABASE": self.databases[service],
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "TOPIC_PARTITIONS": str(self.partitions),
            "PERSON_MASTER_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "SERVICE_API_KEY": KEY,
            "REGISTRY_URL": self.urls["registry"],
            "AUDITS_URL": self.urls["audits"],
            "TRAINING_URL": self.urls["training"],
            "CRASH_AT": crash_at,
        }
        with (self.folder / f"{'-'.join(module)}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *through, *module],
                env=environment,
                cwd=PROJECT,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def relay(
        self, source: str = "registry", crash_at: str = "", through: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        return self.spawn(f"services.{source}", "relay", crash_at=crash_at, service=source, through=through)

    def projector(self, crash_at: str = "", through: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        return self.spawn("services.kpi", "project", crash_at=crash_at, service="kpi", through=through)

    def killed(self, process: subprocess.Popen[bytes], seconds: float = 120.0) -> None:
        """It died by SIGKILL of its own, at the point asked for."""
        assert process.wait(seconds) == -signal.SIGKILL

    def rebuild(self, *options: str, crash_at: str = "") -> subprocess.Popen[bytes]:
        return self.spawn("services.kpi", "rebuild", *options, crash_at=crash_at, service="kpi")

    def generation(self) -> str:
        """The live one."""
        found = self.kpi["pointer"].find_one({"_id": "active"})
        return "1" if found is None else str(found["generation"])

    def caught_up(self, seconds: float = 90.0) -> None:
        heads = {source: log.head() for source, log in self.logs.items()}

        def all_complete() -> bool:
            found = list(self.kpi["partitions"].find({"generation": self.generation()}))
            return len(found) == self.partitions and all(
                p["complete"].get(source, 0) >= head for p in found for source, head in heads.items()
            )

        try:
            eventually(all_complete, seconds)
        except AssertionError:
            states = list(self.kpi["partitions"].find({}, {"intent": 0}))
            raise AssertionError(f"heads {heads}, partitions {states}") from None

    def published(self, *sources: str, seconds: float = 90.0) -> None:
        """Until the relays of these logs, or of all, have marked that all of it is in the topics."""
        for source in sources or SOURCES:
            lease, head = self.client[self.databases[source]]["relay"], self.logs[source].head()
            eventually(lambda lease=lease, head=head: lease.find_one({"position": {"$gte": head}}), seconds)

    def check(self, facilities: int, aware: int) -> None:
        """Logs whole, and what is counted is exactly what the logs say."""
        for source in SOURCES:
            check_chain(list(self.client[self.databases[source]]["log"].find().sort("_id", 1)))
        counted = [0, 0]
        families = self.kpi["cells"].find({"generation": self.generation()})
        for cell in (cell for family in families for cell in family["cells"]):
            if cell["cohort"][0] == "facility":
                for vector in msgspec.msgpack.decode(bytes(cell["days"]), type=dict[int, list[int]]).values():
                    counted[0] += vector[0]
                    counted[1] += vector[1]
        assert counted == [facilities, aware], f"counted {counted}, and the logs say {[facilities, aware]}"

    def end(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        process.wait()

    def end_all(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()

    def stop(self) -> None:
        self.end_all()
        for database in self.databases.values():
            self.client.drop_database(database)
        self.client.close()


def check_chain(documents: list[dict[str, Any]]) -> None:
    """Positions 1, 2, 3 …; each body hashes to its hash and names the one before; versions contiguous."""
    prev = "0" * 64
    versions: dict[str, int] = {}
    commands: set[str] = set()
    for expected, document in enumerate(documents, start=1):
        body = json.loads(bytes(Binary(document["body"])))
        assert document["_id"] == body["position"] == expected
        assert body["prev"] == prev
        prev = sha256(bytes(document["body"])).hexdigest()
        assert prev == document["hash"]
        assert body["version"] == versions.get(body["stream"], 0) + 1
        versions[body["stream"]] = body["version"] + len(body["events"]) - 1
        assert body["command_id"] not in commands
        commands.add(body["command_id"])


@contextmanager
def serving(world: World) -> Iterator[None]:
    """The three event feeds over HTTP, as the services give them."""
    keys = world.folder / "keys.json"
    keys.write_text(json.dumps([api_key_entry("follower", KEY, ["inspector"])]))
    with ExitStack() as stack:
        for source, log in world.logs.items():
            app = create_app(
                source,
                title=source,
                settings=Settings(service=source, mongodb_uri="mongodb://unused", mongodb_database="unused"),
                authenticator=Issuer(world.folder).authenticator(keys),
                blueprints=[],
                container=None,
                log=log,
            )
            world.urls[source] = stack.enter_context(served(app))
        yield


@contextmanager
def a_world(mongo_uri: str, broker: Broker, folder: Path) -> Iterator[World]:
    made = World(mongo_uri, broker.bootstrap, folder, f"chaos_{uuid.uuid4().hex[:8]}")
    try:
        with serving(made):
            yield made
    finally:
        made.stop()
