"""A registry as its followers see it: a log behind the real event feed, with facts put in by wire type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from services.eventkit.commits import NewCommit
from services.eventkit.events import EventRecord
from services.eventkit.feed_client import FeedClient
from services.eventkit.http import create_app
from services.eventkit.ids import new_id
from services.eventkit.memory_log import MemoryLog
from services.eventkit.settings import Settings
from tests.issuer import Issuer, api_key_entry
from tests.serving import served

KEY = "the-key-that-followers-show"
DAY = "2018-03-01"


class RegistryFeed:
    """`tell` records facts; `url` is where followers read them while `serving`."""

    def __init__(self, folder: Path) -> None:
        self.log = MemoryLog("registry")
        self.url = ""
        keys = folder / "registry-keys.json"
        keys.write_text(json.dumps([api_key_entry("follower", KEY, ["inspector"])]))
        self.app = create_app(
            "registry",
            title="Registry",
            settings=Settings(service="registry", mongodb_uri="mongodb://unused", mongodb_database="unused"),
            authenticator=Issuer(folder).authenticator(keys),
            blueprints=[],
            container=None,
            log=self.log,
        )

    def client(self, key: str = KEY) -> FeedClient:
        return FeedClient(self.url, key, timeout=2)

    def tell(self, *facts: tuple[str, str, dict[str, Any]], on: str = DAY) -> int:
        """One commit of (subject, type, data) each; the position of the last."""
        position = 0
        for subject, type_, data in facts:
            version = sum(1 for stored in self.log.read(0, 10**6) if stored.commit.stream == subject) + 1
            event = EventRecord(
                id=new_id(),
                type=type_,
                schema=1,
                subject=subject,
                occurred_on=date.fromisoformat(on),
                data=msgspec.Raw(json.dumps({**data, "occurred_on": on}).encode()),
            )
            new = NewCommit(
                stream=subject, version=version, events=(event,), command_id=new_id(), actor="registrar"
            )
            position = self.log.append(new).commit.position
        return position

    def facility(self, id_: str, unit_id: str, on: str = DAY) -> int:
        data = {"facility_id": id_, "unit_id": unit_id, "code": id_, "name": "Gạch Tam Điệp", "products": []}
        return self.tell((f"facility:{id_}", "facility.registered", data), on=on)

    def officer(self, id_: str, *unit_ids: str, on: str = DAY) -> int:
        subject = f"officer:{id_}"
        position = self.tell((subject, "officer.registered", {"officer_id": id_}), on=on)
        for unit_id in unit_ids:
            data = {"officer_id": id_, "unit_id": unit_id, "dedicated": True}
            position = self.tell((subject, "officer.appointed", data), on=on)
        return position

    def unit(self, id_: str, on: str = DAY) -> int:
        return self.tell((f"unit:{id_}", "unit.registered", {"unit_id": id_, "level": "district"}), on=on)

    def merged(self, duplicate: str, survivor: str, type_: str = "facility.merged") -> int:
        data = {"facility_id": duplicate, "survivor_id": survivor, "reason": "một mã số thuế"}
        absorbed = {"facility_id": survivor, "duplicate_id": duplicate}
        other = "facility.absorbed" if type_ == "facility.merged" else "facility.released"
        return self.tell((f"facility:{duplicate}", type_, data), (f"facility:{survivor}", other, absorbed))

    def unmerged(self, duplicate: str, survivor: str) -> int:
        return self.merged(duplicate, survivor, "facility.unmerged")

    @contextmanager
    def serving(self) -> Iterator[RegistryFeed]:
        with served(self.app) as self.url:
            yield self
