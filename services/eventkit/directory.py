"""A local copy of what another service's log says about its subjects, kept by following its feed.

Audits and training know a facility's district and an officer's units from it. An entry::

    {_id: "facility:0190…", sequence: 123000, units: ["nho-quan"], names: ["NB-001", "2700123456"],
     facts: {unit: ["nho-quan", "2018-01-05"], status: ["operating", "2016-03-01"], codes: ["NB-001"], …}}

That of a duplicate merged into another facility has ``merged: <id of the survivor>`` beside these.

`sequence` is that of the last event folded into this entry, and guards every write: processes that follow at
the same moment, or again after a crash, take each event into account exactly once. The checkpoint (``_id:
"checkpoint"``) says up to which position all entries are complete; it is moved after them, and never back.

What is read may be up to `FRESH` seconds behind the registry, or more while the registry does not answer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from pymongo import ReadPreference
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.eventkit.commits import Commit
from services.eventkit.errors import InvalidInput, SxshError
from services.eventkit.events import EventRecord
from services.eventkit.feed_client import FeedClient
from services.eventkit.registry_facts import Facts, Fold, registry_facts
from services.eventkit.replacing import replace_older

#: Seconds for which a read trusts the copy before it looks at the feed again.
FRESH = 2.0
#: Commits asked for at once.
BATCH = 2000
CHECKPOINT = "checkpoint"
#: Its number is raised when entries keep more than before, so that all are folded anew.
COLLECTION = "directory_2"

log = logging.getLogger(__name__)

Document = dict[str, Any]


class FacilityEntry(NamedTuple):
    """`unit_id` is the administrative unit it stands in; `status` operating, suspended or closed."""

    id: str
    unit_id: str
    status: str


class OfficerEntry(NamedTuple):
    """`unit_ids` are the units to which the officer is appointed now; empty when to none."""

    id: str
    unit_ids: frozenset[str]


class UnitEntry(NamedTuple):
    id: str
    status: str


class Directory:
    """Safe to share between threads; create it after a fork."""

    def __init__(self, database: Database[Document], feed: FeedClient, fold: Fold = registry_facts) -> None:
        self._entries = database.get_collection(
            COLLECTION,
            read_preference=ReadPreference.PRIMARY,
            read_concern=ReadConcern("majority"),
            write_concern=WriteConcern(w="majority", wtimeout=10_000),
        )
        self._feed = feed
        self._fold = fold
        self._following = threading.Lock()
        self._looked = float("-inf")

    def ensure_indexes(self) -> None:
        self._entries.create_index("units")
        self._entries.create_index("names")
        self._entries.create_index("merged", sparse=True)

    def facility(self, id_: str, field: str = "/facility_id") -> FacilityEntry:
        """A facility of which something new is to be recorded.

        Raises `InvalidInput` at `field` when the registry knows no such facility, or as a duplicate merged
        into another, and what `catch_up` raises when it is not known here and the registry cannot be asked
        (so do `officer` and `unit`).
        """
        facts = self._facts("facility", id_, field)
        if "merged" in facts:
            survivor = facts["merged"]
            raise InvalidInput.at(field, f"facility {id_!r} was merged into {survivor!r}; name {survivor!r}")
        return FacilityEntry(id_, facts["unit"][0], facts["status"][0])

    def district_of(self, id_: str, field: str = "/facility_id") -> str:
        """The unit in which a facility stands; of a merged duplicate that of its survivor."""
        facts = self._facts("facility", id_, field)
        if "merged" in facts:
            facts = self._facts("facility", facts["merged"], field)
        unit_id: str = facts["unit"][0]
        return unit_id

    def members(self, facility_id: str) -> list[str]:
        """The facility and the duplicates merged into it: whose records are the facility's."""
        self.refresh()
        found = self._entries.find({"merged": facility_id}, {"_id": 1})
        return [facility_id, *sorted(_facility_id(entry) for entry in found)]

    def survivors(self) -> dict[str, str]:
        """Of every merged duplicate the facility it was merged into."""
        self.refresh()
        found = self._entries.find({"merged": {"$gt": ""}}, {"merged": 1})
        return {_facility_id(entry): str(entry["merged"]) for entry in found}

    def officer(self, id_: str, field: str = "/officer_id") -> OfficerEntry:
        return OfficerEntry(id_, frozenset(_units(self._facts("officer", id_, field))))

    def unit(self, id_: str, field: str = "/unit_id") -> UnitEntry:
        return UnitEntry(id_, self._facts("unit", id_, field)["status"][0])

    def by_names(self, names: Iterable[str]) -> dict[str, list[FacilityEntry]]:
        """The facilities that each code or tax code names: of a code one at most, of a tax code maybe more.

        What names a merged duplicate names its survivor. As the copy stands: call `catch_up` before, once for
        many.
        """
        wanted = set(names)
        entries = list(self._entries.find({"names": {"$in": sorted(wanted)}}))
        into = {f"facility:{entry['merged']}" for entry in entries if "merged" in entry}
        survivors = {each["_id"]: each for each in self._entries.find({"_id": {"$in": sorted(into)}})}
        found: dict[str, list[FacilityEntry]] = {}
        for entry in entries:
            facility = _facility(survivors.get(f"facility:{entry.get('merged')}", entry))
            for name in wanted.intersection(entry["names"]):
                if facility not in found.setdefault(name, []):
                    found[name].append(facility)
        return found

    def facilities_in(self, unit_ids: Collection[str]) -> list[FacilityEntry]:
        """Those that stand in any of the units, all when none is named; without merged duplicates.

        As the copy stands: call `catch_up` before.
        """
        asked: Document = {"_id": {"$gte": "facility:", "$lt": "facility;"}, "merged": None}
        if unit_ids:
            asked["units"] = {"$in": sorted(unit_ids)}
        return [_facility(entry) for entry in self._entries.find(asked).sort("_id")]

    def subjects_in(self, unit_ids: Iterable[str]) -> list[str]:
        """Facilities standing in any of the units (``facility:<id>``), officers appointed to any of them.

        A merged duplicate stands where its survivor does.
        """
        self.refresh()
        own = {"units": {"$in": sorted(unit_ids)}, "merged": None}
        found = {entry["_id"]: None for entry in self._entries.find(own, {"_id": 1})}
        duplicates = self._entries.find({"merged": {"$gt": ""}}, {"merged": 1})
        return [*found, *(each["_id"] for each in duplicates if f"facility:{each['merged']}" in found)]

    def refresh(self) -> None:
        """Follow the feed unless that was done in the last `FRESH` seconds or another thread is at it.

        Never raises for a feed that does not answer or verify: the copy stays as it is, and the log says so.
        """
        if time.monotonic() - self._looked < FRESH or not self._following.acquire(blocking=False):
            return
        try:
            self._follow()
        except SxshError as error:
            log.warning("the directory could not follow the feed: %s", error.detail)
        finally:
            self._looked = time.monotonic()
            self._following.release()

    def catch_up(self) -> int:
        """Follow the feed to its end; the position reached. Raises `Unavailable` or `FeedBroken`."""
        with self._following:
            position = self._follow()
            self._looked = time.monotonic()
            return position

    def position(self) -> int:
        checkpoint = self._entries.find_one({"_id": CHECKPOINT})
        return int(checkpoint["position"]) if checkpoint else 0

    def _facts(self, kind: str, id_: str, field: str) -> Facts:
        self.refresh()
        subject = f"{kind}:{id_}"
        entry = self._entries.find_one({"_id": subject})
        if entry is None:
            self.catch_up()
            entry = self._entries.find_one({"_id": subject})
        if entry is None:
            raise InvalidInput.at(field, f"the registry knows no {kind} {id_!r}; register it there first")
        facts: Facts = entry["facts"]
        return facts

    def _follow(self) -> int:
        position = self.position()
        while commits := self._feed.commits(position, BATCH):
            self._apply(commits)
            position = commits[-1].position
            self._move_checkpoint(position)
            if len(commits) < BATCH:
                break
        return position

    def _apply(self, commits: list[Commit]) -> None:
        """Fold the events into their entries: read, fold, replace each entry unless it is further already.

        Whoever replaces has folded everything up to its sequence: the entry it read held all events up to
        its own, and those after were all in hand, because no batch begins beyond the checkpoint.
        """
        by_subject: dict[str, list[tuple[int, EventRecord]]] = {}
        for commit in commits:
            for index, event in enumerate(commit.events):
                by_subject.setdefault(event.subject, []).append((commit.sequence(index), event))
        known = {entry["_id"]: entry for entry in self._entries.find({"_id": {"$in": list(by_subject)}})}
        folded = [self._folded(subject, known.get(subject), each) for subject, each in by_subject.items()]
        replace_older(self._entries, [entry for entry in folded if entry is not None], "sequence")

    def _folded(
        self, subject: str, entry: Document | None, events: list[tuple[int, EventRecord]]
    ) -> Document | None:
        """The entry after those of the events that it does not hold yet; None when they change nothing."""
        sequence: int = entry["sequence"] if entry else -1
        before: Facts = entry["facts"] if entry else {}
        facts, last = before, sequence
        for at, event in events:
            if at > sequence and (after := self._fold(event, facts)) is not None:
                facts, last = after, at
        if last == sequence:
            return None
        document = {"_id": subject, "sequence": last, "units": sorted(_units(facts))}
        document |= {"names": _names(facts), "facts": facts}
        return document | ({"merged": facts["merged"]} if "merged" in facts else {})

    def _move_checkpoint(self, position: int) -> None:
        guard = {"_id": CHECKPOINT, "position": {"$lt": position}}
        try:
            self._entries.update_one(guard, {"$set": {"position": position}}, upsert=True)
        except DuplicateKeyError:
            log.debug("another process has followed the feed beyond %s", position)


def _units(facts: Facts) -> list[str]:
    appointed = [unit for unit, (in_office, _) in facts.get("appointments", {}).items() if in_office]
    return appointed + ([facts["unit"][0]] if "unit" in facts else [])


def _names(facts: Facts) -> list[str]:
    return [*facts.get("codes", ()), *([facts["tax"][0]] if "tax" in facts else [])]


def _facility(entry: Document) -> FacilityEntry:
    facts = entry["facts"]
    return FacilityEntry(entry["_id"].partition(":")[2], facts["unit"][0], facts["status"][0])


def _facility_id(entry: Document) -> str:
    return str(entry["_id"]).removeprefix("facility:")
