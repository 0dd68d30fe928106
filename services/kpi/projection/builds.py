"""The state of the one rebuild there may be: whose it is, how far, what was asked of it; shown to operators.

It is one document beside the pointer. A build that was paused, stopped by a difference, or whose process died
rests there with its generation until somebody goes on with it or calls it off.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.write_concern import WriteConcern

from services.eventkit.errors import Refused
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.building import Step
from services.kpi.projection.generations import Generations

Document = dict[str, Any]
Asked = Literal["pause", "cancel"]

#: Seconds without a word after which a build counts as given up, and between words.
SILENT, WORD = 8, 0.5
#: What a build rests as, until it is gone on with.
PAUSED, DIFFERS = "paused", "differs"
#: Differences kept for who looks.
SHOWN = 50


class Paused(Exception):
    """It was asked to pause. What was done stays."""


class Cancelled(Exception):
    """It was called off, and its generation dropped."""


class Build(NamedTuple):
    generation: str
    rules: str
    owner: str
    stage: str
    resting: bool
    differences: int
    at: datetime


class Builds:
    def __init__(self, database: Database[Document]) -> None:
        self._pointer = database.get_collection("pointer", write_concern=WriteConcern(w="majority", j=True))
        self._generations = Generations(database)

    def find(self) -> Build | None:
        found = self._pointer.find_one({"_id": "building"})
        return None if found is None else _build(found)

    def claim(
        self, owner: str, rules: RuleSet, partitions: int | None = None, *, resume: bool = False
    ) -> Build | None:
        """Begin a build, or go on with one whose process died; None while another is at it or it rests.

        With `resume`, what rests is gone on with as well. One of other rules, or of another number of
        partitions, that can be claimed is dropped first: nothing of it can be used. Of one that is live
        already nothing but the end was missing.
        """
        found = self._pointer.find_one({"_id": "building"})
        if found is None:
            return self._begin(owner, rules, partitions)
        build, free = _build(found), _silent(found)
        if found["owner"] and found["owner"] != owner and not free:
            return None
        if build.resting and not resume:
            return None
        mine = {"_id": "building", "owner": found["owner"], "at": found["at"]}
        change = {"owner": owner, "at": _now(), "stage": "reading", "asked": None}
        if self._pointer.update_one(mine, {"$set": change}).matched_count == 0:
            return None
        build = build._replace(owner=owner, resting=False)
        same = build.rules == rules.key and found.get("partitions") == partitions
        if same and not self._switched(build):
            return build
        self.drop(build)
        return self._begin(owner, rules, partitions)

    def wait(self, build: Build) -> bool:
        """Until it is known whether the process of this build lives; True when it has died, or left it."""
        end = time.monotonic() + SILENT + 2 * WORD
        while time.monotonic() < end:
            found = self.find()
            if found is None or not found.owner:
                return True
            if found.at != build.at:
                return False
            time.sleep(WORD)
        return True

    def _begin(self, owner: str, rules: RuleSet, partitions: int | None) -> Build | None:
        live = self._generations.live()
        active = live.generation if live else self._generations.active(rules, partitions)
        now, generation = _now(), self._generations.next(active)
        state: Document = {"generation": generation, "rules": rules.key, "partitions": partitions}
        state |= {"owner": owner, "stage": "reading"}
        counts: Document = {"done": 0, "total": None, "events": 0, "position": {}, "differences": 0}
        try:
            self._pointer.insert_one(
                {"_id": "building", **state, **counts, "asked": None, "since": now, "at": now}
            )
        except DuplicateKeyError:
            return None
        return Build(generation, rules.key, owner, "reading", resting=False, differences=0, at=now)

    def ask(self, what: Asked) -> Build | None:
        """Ask it to pause, or to end for good; what it was then. One that rests, or whose process died, is
        dropped at once when it is called off."""
        found = self._pointer.find_one_and_update({"_id": "building"}, {"$set": {"asked": what}})
        if found is None:
            return None
        build = _build(found)
        if what == "cancel" and (not build.owner or _silent(found)):
            self._drop_data(build)
            self._pointer.delete_one({"_id": "building", "at": found["at"]})
        return build

    def tell(self, owner: str, **told: Any) -> str | None:
        """Sign of life, with what is to be said: what was asked, or ``lost`` when it is another's."""
        mine = {"_id": "building", "owner": owner}
        found = self._pointer.find_one_and_update(mine, {"$set": {**told, "at": _now()}})
        return "lost" if found is None else found.get("asked")

    def rest(self, owner: str, stage: str, differences: Sequence[str] = ()) -> None:
        """Leave it, to be gone on with by whoever resumes it."""
        said = {"differences": len(differences), "named": list(differences[:SHOWN])}
        told = {"owner": "", "stage": stage, "asked": None, **said}
        self._pointer.update_one({"_id": "building", "owner": owner}, {"$set": told})

    def end(self, owner: str) -> None:
        self._pointer.delete_one({"_id": "building", "owner": owner})

    def drop(self, build: Build) -> None:
        """End it, and drop what it made unless that is live."""
        self._drop_data(build)
        self.end(build.owner)

    def _drop_data(self, build: Build) -> None:
        if not self._switched(build):
            self._generations.drop(build.generation)

    def _switched(self, build: Build) -> bool:
        """Whether it came as far as the pointer, and its process then died before it said so."""
        live = self._generations.live()
        return live is not None and live.generation == build.generation

    @contextmanager
    def held(self, build: Build) -> Iterator[Hold]:
        """Words are given while the block runs. What ends it says how it is left: `Paused` resting,
        `Cancelled` dropped, any other error for whoever comes next."""
        hold = Hold(self, build.owner)
        try:
            with hold:
                yield hold
        except Paused:
            self.rest(build.owner, PAUSED)
            raise
        except Cancelled:
            self.drop(build)
            raise
        except BaseException:
            self._pointer.update_one({"_id": "building", "owner": build.owner}, {"$set": {"owner": ""}})
            raise


class Hold:
    """A thread that gives the words, and hears what is asked."""

    def __init__(self, builds: Builds, owner: str) -> None:
        self._builds, self._owner = builds, owner
        self._told: Document = {}
        self._asked: str | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._speak, name="build-state", daemon=True)

    def __enter__(self) -> Hold:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def go_on(self) -> bool:
        return self._asked is None

    def step(self, step: Step) -> None:
        events = {} if step.stage == "reading" else {"events": step.done}
        self._told = {"stage": step.stage, "done": step.done, "total": step.total, **events}

    def position(self, source: str, position: int, events: int) -> None:
        self._builds.tell(self._owner, **{f"position.{source}": position})

    def check(self) -> None:
        """Raises what was asked for: `Paused`, `Cancelled`; `Refused` when the build is another's now."""
        if self._asked == "pause":
            raise Paused
        if self._asked == "cancel":
            raise Cancelled
        if self._asked is not None:
            raise Refused("Another process goes on with this build, because this one fell silent.")

    def _speak(self) -> None:
        while not self._ended.wait(WORD):
            try:
                self._asked = self._builds.tell(self._owner, **self._told) or self._asked
            except PyMongoError:
                continue


def _now() -> datetime:
    # Naive, in UTC, to the millisecond: as it is read back.
    now = datetime.now(UTC).replace(tzinfo=None)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _silent(found: Document) -> bool:
    at: datetime = found["at"]
    return at.replace(tzinfo=None) < _now() - timedelta(seconds=SILENT)


def _build(found: Document) -> Build:
    stage = str(found.get("stage", ""))
    return Build(
        generation=str(found["generation"]),
        rules=str(found["rules"]),
        owner=str(found["owner"]),
        stage=stage,
        resting=stage in (PAUSED, DIFFERS),
        differences=int(found.get("differences", 0)),
        at=found["at"],
    )
