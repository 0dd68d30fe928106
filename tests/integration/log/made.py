"""Commits of a small vocabulary of their own, and the logs to put them in."""

from __future__ import annotations

from datetime import date
from typing import Any

from pymongo.database import Database

from services.eventkit.commits import NewCommit
from services.eventkit.events import Catalogue, Event
from services.eventkit.ids import new_id
from services.eventkit.mongo_log import MongoLog

catalogue = Catalogue("test")


@catalogue.event("thing.noted", schema=2)
class Noted(Event, frozen=True, kw_only=True):
    thing: str
    amount: int

    @property
    def subject(self) -> str:
        return f"thing:{self.thing}"


@catalogue.upcaster("thing.noted", from_schema=1)
def amount_was_text(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "amount": int(data["amount"])}


def commit(stream: str, version: int = 1, events: int = 1, **other: Any) -> NewCommit:
    noted = (Noted(thing=stream, amount=n, occurred_on=date(2018, 1, 1)) for n in range(events))
    given = {"command_id": new_id(), "actor": "registrar", **other}
    encoded = tuple(catalogue.encode(event, new_id()) for event in noted)
    return NewCommit(stream=stream, version=version, events=encoded, **given)


def prepared(database: Database[dict[str, Any]]) -> MongoLog:
    log = MongoLog(database, "test")
    log.prepare()
    return log
