"""Who asked to be forgotten is: no byte of their name or number is left anywhere that can be read.

Looked for in raw bytes: every collection of every database (the oplog too), every record of every topic, both
forms of the feeds, every list, record and export of the four services, bundles of evidence, all files beside
MongoDB's own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from kafka import KafkaConsumer, TopicPartition
from pymongo import MongoClient

from deploy.sxsh.environment import LOGS
from deploy.sxsh.identity import LocalIdentity
from services.eventkit.proof.client import ProofClient
from tests.e2e.launched import Launched, sxsh
from tests.e2e.needles import found_in, needles
from tests.e2e.records import DAY, Records

NAME, PHONE, MAIL = "Đặng Thị Thuỷtinhvân", "0912 777 5309", "thuytinhvan.5309@example.vn"
PERSON = {"name": NAME, "phone": PHONE, "email": MAIL}
#: What is there and may be: shows that the search comes to where it should.
NETWORK = "Tổ tư vấn Ngọckhuêxanh"

RAW: CodecOptions[Any] = CodecOptions(document_class=RawBSONDocument)


class World:
    """A system with a record of every kind, in which one person is named wherever somebody can be."""

    def __init__(self, system: Launched) -> None:
        self.system = system
        self.records = Records(system)
        self.wanted = {
            **needles(NAME),
            **needles(NAME.rpartition(" ")[2]),
            **needles(PHONE),
            **needles(MAIL),
        }
        ids = self.records.ids
        network = self._did("registry", "/networks", {"name": NETWORK, "decision": "9/QĐ"} | DAY)
        self.officer = self._did("registry", "/officers", {"person": PERSON} | DAY)
        named = {"network_id": network, "person": PERSON, "fields": ["gốm"]} | DAY
        self.consultant = self._did("registry", "/consultants", named)
        course = {"title": "Cơ bản", "audience": "facilities", "pass_mark": 60} | DAY
        self.course = self._did("training", "/courses", course)
        at = f"/courses/{self.course}/sessions"
        self.session = self._did(
            "training", at, {"unit_id": "kim-son", "place": "Phát Diệm", "hours": 8} | DAY
        )
        self.path = f"{at}/{self.session}/participations"
        attended = {"facility_id": ids["facility_id"], "attendee": {"name": NAME}}
        self.participation = self._did("training", self.path, attended)
        self.jobs = [self._imported(run) for run in (True, False)]
        ids |= {"officer_id": self.officer, "consultant_id": self.consultant}
        ids |= {"participation_id": self.participation}
        for body in ({"person": PERSON}, {"person": PERSON, "occurred_on": "2018-02-30"}):
            assert system.call("POST", "registry", "/api/v1/officers", body)[0] == 422

    def _did(self, service: str, path: str, body: Any) -> str:
        status, answer, headers = self.system.ask("POST", service, f"/api/v1{path}", body)
        assert status == 201, answer
        return headers["Location"].rpartition("/")[2]

    def _imported(self, run: bool) -> str:
        """An import of three rows that name the person, one of them wrong, one with another person."""
        place, facility = f"{self.course},{self.session}", "NB-FUZZ"
        other = "run" if run else "look"
        rows = f"{place},{facility},{NAME},\n{place},nobody,{NAME},\n{place},{facility},Bùi {other},\n"
        file = f"Course,Session,Facility,Attendee,Number\n{rows}".encode()
        id_ = str(self._ask("POST", "/imports?kind=attendance&format=csv", file, 201)["id"])
        self._waited(id_, "checked")
        if run:
            self._ask("POST", f"/imports/{id_}/run", {"rows": "valid"}, 201)
            self._waited(id_, "done")
        return id_

    def _ask(self, method: str, path: str, body: Any, *statuses: int) -> Any:
        status, answer, _ = self.system.ask(method, "training", f"/api/v1{path}", body)
        assert status in statuses, answer
        return answer

    def _waited(self, id_: str, state: str) -> None:
        for _ in range(1200):
            if self._ask("GET", f"/imports/{id_}", None, 200)["state"] == state:
                return
            time.sleep(0.05)
        raise AssertionError(f"the import is not {state}")

    def participations(self) -> list[str]:
        """Of the person: the one made by hand, and the one imported."""
        found = self._ask("GET", f"/participations?course_id={self.course}&limit=200", None, 200)["items"]
        shown = [self._ask("GET", f"/participations/{each['id']}", None, 200) for each in found]
        return [each["id"] for each in shown if (each["attendee"] or {}).get("name") == NAME]

    def get(self, service: str, path: str, accept: str = "*/*") -> tuple[int, bytes]:
        token = self.system.token("admin", "trainer", "registrar", "inspector")
        answer = self.system.http.request(
            "GET",
            f"{self.system.addresses.services[service]}{path}",
            headers={"Authorization": f"Bearer {token}", "Accept": accept},
        )
        return answer.status, answer.data

    def reads(self) -> Iterator[tuple[str, int, bytes]]:
        """Every read of the four services whose records are known: address, status, body."""
        for service in self.system.addresses.services:
            known = {**self.records.of(service), "position": "1", "first": "1", "code": "K1"}
            document = json.loads(self.get(service, "/api/v1/openapi.json")[1])
            for path, operations in document["paths"].items():
                if "get" not in operations:
                    continue
                try:
                    address = path.format_map(known)
                except KeyError:
                    continue
                asked = [p for p in operations["get"].get("parameters", ()) if "name" in p]
                needed = [p["name"] for p in asked if p.get("required") and p["in"] == "query"]
                query = "&".join(f"{name}={known.get(name, '1')}" for name in needed)
                formats = ("csv", "xlsx", "jsonl") if path.endswith("/export") else ("",)
                for format_ in formats:
                    more = f"{query}&format={format_}" if format_ else query
                    yield f"{service} {address} {format_}", *self.get(service, f"{address}?{more}")
        for id_ in self.jobs:
            for what in ("problems", "rejected?format=csv", "rejected?format=xlsx"):
                yield f"import {what}", *self.get("training", f"/api/v1/imports/{id_}/{what}")
        for log in LOGS:
            for accept in ("application/jsonl", "application/cloudevents-batch+json"):
                yield f"feed of {log}", *self.get(log, "/api/v1/events?limit=10000", accept)

    def stored(self) -> Iterator[tuple[str, bytes]]:
        """Every document of every collection, as MongoDB keeps it."""
        with MongoClient[Any](self.system.addresses.mongodb_uri) as client:
            for database in client.list_database_names():
                for name in client[database].list_collection_names():
                    if name.startswith("system."):
                        continue
                    for document in client[database].get_collection(name, codec_options=RAW).find():
                        yield f"{database}.{name}", document.raw

    def published(self) -> Iterator[tuple[str, bytes]]:
        """Every record of every topic, with its key, from the beginning until what is said of now in each
        partition: a relay marks them every second."""
        now = time.time() * 1000
        consumer = KafkaConsumer(
            bootstrap_servers=self.system.addresses.kafka_bootstrap_servers,
            auto_offset_reset="earliest",
        )
        topics = [topic for topic in consumer.topics() if topic.startswith("sxsh.")]
        parts = [TopicPartition(t, p) for t in topics for p in consumer.partitions_for_topic(t) or ()]
        left = {part for part in parts if part.topic.endswith(".events")}
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        end = time.monotonic() + 120
        while left:
            assert time.monotonic() < end, left
            for part, records in consumer.poll(timeout_ms=500).items():
                if records[-1].timestamp > now:
                    left.discard(part)
                for record in records:
                    yield record.topic, (record.key or b"") + b" " + record.value
        consumer.close()

    def bundles(self, folder: Path) -> Iterator[tuple[str, bytes]]:
        """Evidence taken of targets that rest on attendances and on officers."""
        for target in ("K1", "K3"):
            file = folder / f"{target}.zip"
            asked = ("--target", target, "--on", "2018-12-31", "-o", str(file))
            done = sxsh("evidence", *asked, "--data", str(self.system.workspace.root), timeout=120)
            assert done.returncode == 0, done.stderr
            yield file.name, file.read_bytes()

    def files(self) -> Iterator[tuple[str, bytes]]:
        root = self.system.workspace.root
        for file in root.rglob("*"):
            if file.is_file() and self.system.workspace.mongo not in file.parents:
                yield str(file.relative_to(root)), file.read_bytes()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A system of its own: nobody else is named in it."""
    system = Launched(Path(tmp_path_factory.mktemp("erased")))
    try:
        system.start()
        yield World(system)
    finally:
        system.end()


def hits(found: Iterable[tuple[str, bytes]], wanted: dict[str, bytes]) -> set[str]:
    return {f"{where}: {what}" for where, data in found for what in found_in(data, wanted)}


def test_no_byte_of_an_erased_person_is_left(world: World, tmp_path: Path) -> None:
    system, wanted = world.system, world.wanted
    both = world.participations()
    assert world.participation in both
    assert len(both) == 2
    before = hits(((where, data) for where, _, data in world.reads()), wanted)
    for place in ("/officers/", "/consultants/", "/participations/", "import rejected?format=xlsx"):
        assert any(place in hit for hit in before), place
    erased = [
        ("registry", f"/officers/{world.officer}/person"),
        ("registry", f"/consultants/{world.consultant}/person"),
        *(("training", f"/participations/{id_}/attendee") for id_ in both),
    ]
    for service, path in erased:
        status, answer, _ = system.ask("DELETE", service, f"/api/v1{path}?reason=12")
        assert status == 200, answer

    reads = list(world.reads())
    answered = [where for where, status, _ in reads if status == 200]
    assert len(answered) > 120, answered
    assert sum(where.endswith(("csv", "xlsx", "jsonl")) for where in answered) > 60
    searched = [
        *((where, data) for where, _, data in reads),
        *world.stored(),
        *world.published(),
        *world.files(),
        *world.bundles(tmp_path),
    ]
    assert not hits(searched, wanted)

    # The search is not blind: what may be known is found in each of these places.
    known = {hit.partition(":")[0] for hit in hits(searched, needles(NETWORK))}
    for place in (
        "registry /api/v1/networks/export xlsx",
        "feed of registry",
        "sxsh_registry.log",
        "local.oplog.rs",
        "sxsh.registry.events",
        "K3.zip",
    ):
        assert place in known, known


def test_the_logs_still_verify_and_the_erasure_is_an_event_of_them(world: World) -> None:
    system, data = world.system, ("--data", str(world.system.workspace.root))
    done = sxsh("verify", *data)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"{log}: whole" in done.stdout for log in LOGS)
    query = "type=officer.person-erased&type=consultant.person-erased&type=participation.attendee-erased"
    positions: dict[str, list[int]] = {}
    for log in ("registry", "training"):
        lines = world.get(log, f"/api/v1/events?{query}")[1].splitlines()
        positions[log] = [json.loads(line)["position"] for line in lines]
        subject = {"registry": f"officer:{world.officer}", "training": "facility:"}[log]
        assert any(
            each["subject"].startswith(subject) for line in lines for each in json.loads(line)["events"]
        )
    assert [len(found) for found in positions.values()] == [2, 2]
    identity = LocalIdentity(system.workspace.identity)
    for log, found in positions.items():
        keys = identity.checkpoint_keys.public(log)
        client = ProofClient(system.addresses.services[log], identity.service_key, f"sxsh/{log}", keys)
        for _ in range(600):
            if client.latest().size >= max(found):
                break
            time.sleep(0.1)
        for position in range(1, max(found) + 1):
            client.included(position, client.latest())
