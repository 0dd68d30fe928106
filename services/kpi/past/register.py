"""The register of past generations: who wants one, who builds it, which are ready, which was used last.

One document a moment in MongoDB, so that any number of readers and builders share them. Its name says all
that it depends on (positions and rules), so two who want the same get the same. Each attempt to build it
writes a generation of its own: a builder that slept while another took over, or while what it built was
dropped, writes where nobody reads. Only builders drop what is stored. A reader that has read its data asks
afterwards whether just that attempt was still ready: then nothing of it was gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any, Literal, NamedTuple

from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.eventkit.errors import Unavailable
from services.kpi.domain.facts import SOURCES
from services.kpi.past.stored import Stored
from services.kpi.projection.generations import SNAPSHOT

Document = dict[str, Any]
Positions = dict[str, int]
State = Literal["wanted", "building", "ready", "failed"]

#: Past generations kept at most, seconds without a word after which a build is another's to begin anew, and
#: seconds for which one that failed is not tried again.
KEPT, SILENT, FAILED = 8, 30, 10
#: Seconds for which asking counts: what nobody has asked for since is not built. And how many moments may be
#: asked for at once, those that are being built among them.
ASKED, MOST = 60, 16
#: Seconds after which what is left of a build that failed, or that nobody goes on with, is forgotten.
FORGOTTEN = 300


class Snapshot(NamedTuple):
    """`done` is how far each log has been folded, `step` how much of which stage is done (of how much, if
    that is known); `base` the generation it was begun from, "" for nothing; `attempt` the one that builds it,
    or has built it, else ""."""

    name: str
    rules: str
    positions: Positions
    state: State
    done: Positions
    base: str = ""
    error: str = ""
    step: tuple[str, int, int | None] | None = None
    attempt: str = ""

    @property
    def generation(self) -> str:
        """Under which name its data are stored, or were to be."""
        return f"{self.name}-{self.attempt}"


def name_of(positions: Mapping[str, int], rules: str) -> str:
    return f"{SNAPSHOT}{'-'.join(str(positions.get(source, 0)) for source in SOURCES)}-{rules}"


class Register:
    def __init__(self, database: Database[Document], most: int = MOST) -> None:
        self.database, self._most = database, most
        self._stored = Stored(database)
        self._snapshots = database.get_collection(
            "snapshots",
            write_concern=WriteConcern(w="majority", wtimeout=10_000),
            read_concern=ReadConcern("majority"),
        )

    # For readers

    def want(self, positions: Mapping[str, int], rules: str) -> Snapshot:
        """How it stands with a moment, which is asked for if nobody did, and counts as used now. Raises
        `Unavailable` when so many others are asked for that this one would wait behind all of them."""
        now, name = datetime.now(UTC), name_of(positions, rules)
        found = self._snapshots.find_one({"_id": name})
        if found is None or _over(found, now):
            self._check_room(now)
            new = {"rules": rules, "positions": dict(positions), "state": "wanted", "done": {}, "error": ""}
            not_yet = {"_id": name, "state": {"$in": ["wanted", "failed"]}}
            with suppress(DuplicateKeyError):
                times = {"since": now, "at": now, "used_at": now}
                self._snapshots.update_one(not_yet, {"$set": {**new, **times}}, upsert=True)
        found = self._snapshots.find_one_and_update(
            {"_id": name}, {"$set": {"used_at": now}}, return_document=ReturnDocument.AFTER
        )
        return self.want(positions, rules) if found is None else _snapshot(found)

    def _check_room(self, now: datetime) -> None:
        """Of several that ask at once a few more may be let in."""
        waiting = {"$or": [{"state": "building"}, {"state": "wanted", "used_at": {"$gte": _lately(now)}}]}
        if self._snapshots.count_documents(waiting) >= self._most:
            raise Unavailable(
                f"{self._most} other moments of the past wait to be built, which is as many as may. Ask "
                "again when some of them are done, or for a moment that is there (/api/v1/projections).",
                retry_after=10,
            )

    def find(self, name: str) -> Snapshot | None:
        found = self._snapshots.find_one({"_id": name})
        return None if found is None else _snapshot(found)

    def all(self) -> list[Snapshot]:
        """The last used first."""
        return [_snapshot(found) for found in self._snapshots.find().sort("used_at", -1)]

    def ready(self, snapshot: Snapshot) -> bool:
        """Whether this attempt still is."""
        mine = {"_id": snapshot.name, "attempt": snapshot.attempt, "state": "ready"}
        return self._snapshots.find_one(mine, {"_id": 1}) is not None

    # For builders

    def claim(self, owner: str, rules: str) -> Snapshot | None:
        """The one that waits longest, of those that somebody has asked for lately, becomes the builder's;
        also one that it left half done, or whose builder has fallen silent. The attempt is a new one."""
        now = datetime.now(UTC)
        silent = {"state": "building", "at": {"$lt": now - timedelta(seconds=SILENT)}}
        free = [{"state": "wanted"}, {"state": "building", "owner": owner}, silent]
        mine = {"state": "building", "owner": owner, "at": now, "attempt": token_hex(4)}
        found = self._snapshots.find_one_and_update(
            {"rules": rules, "used_at": {"$gte": _lately(now)}, "$or": free},
            {"$set": {**mine, "done": {}, "base": "", "step": None}},
            sort=[("since", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else _snapshot(found)

    def nearest(self, wanted: Snapshot) -> Snapshot | None:
        """The ready one that holds most of it and nothing else. It counts as used now."""
        bounds = {f"positions.{source}": {"$lte": wanted.positions[source]} for source in SOURCES}
        query = {"state": "ready", "rules": wanted.rules, **bounds}
        found = [_snapshot(one) for one in self._snapshots.find(query)]
        if not found:
            return None
        best = max(found, key=lambda one: sum(one.positions.values()))
        self._snapshots.update_one({"_id": best.name}, {"$set": {"used_at": datetime.now(UTC)}})
        return best

    def tell(self, attempt: Snapshot, **told: Any) -> bool:
        """Sign of life of a builder, with what is to be said; False when another attempt has taken over, or
        nobody wants it any more."""
        mine = {"_id": attempt.name, "attempt": attempt.attempt, "state": "building"}
        said = {**told, "at": datetime.now(UTC)}
        return self._snapshots.update_one(mine, {"$set": said}).matched_count == 1

    def give_up(self, attempt: Snapshot, state: State, error: str = "") -> None:
        """What it has stored is nobody's then, and goes with the next `sweep`."""
        mine = {"_id": attempt.name, "attempt": attempt.attempt, "state": "building"}
        left = {"state": state, "error": error, "attempt": "", "at": datetime.now(UTC)}
        self._snapshots.update_one(mine, {"$set": left})

    def clear(self, attempt: Snapshot) -> None:
        """Delete what an attempt has stored, which nobody reads: it was not told that it is ready."""
        self._stored.delete(attempt.generation)

    # Tidying up

    def drop(self, snapshot: Snapshot) -> None:
        """First it is ready no more, then its data go; cut off in between, `sweep` does what is left."""
        mine = {"_id": snapshot.name, "attempt": snapshot.attempt}
        if self._snapshots.delete_one(mine).deleted_count:
            self.clear(snapshot)

    def surplus(self, rules: str) -> list[Snapshot]:
        """Those beyond the number kept, longest unused first, and those of other rules that nobody uses."""
        found = list(self._snapshots.find({"state": "ready"}).sort("used_at", 1))
        now = datetime.now(UTC)
        other = [one for one in found if one["rules"] != rules and _since(one["used_at"], now) > ASKED]
        own = [one for one in found if one["rules"] == rules]
        return [_snapshot(one) for one in other + own[: max(len(own) - KEPT, 0)]]

    def forget(self) -> None:
        """What was asked for and nobody asks for any more, what failed minutes ago, and builds that nobody
        goes on with, of other rules for one. `sweep` deletes what these have stored."""
        now = datetime.now(UTC)
        long_ago = now - timedelta(seconds=FORGOTTEN)
        over = [
            {"state": "wanted", "used_at": {"$lt": _lately(now)}},
            {"state": "failed", "used_at": {"$lt": long_ago}},
            {"state": "building", "at": {"$lt": long_ago}},
        ]
        self._snapshots.delete_many({"$or": over})

    def sweep(self) -> list[str]:
        """Delete what attempts have stored that are over without having made it ready; the generations. One
        that is under way is registered before it stores anything."""
        stored = self._stored.generations()
        kept = {_snapshot(one).generation for one in self._snapshots.find()}
        left = sorted(stored - kept)
        for generation in left:
            self._stored.delete(generation)
        return left


def _lately(now: datetime) -> datetime:
    return now - timedelta(seconds=ASKED)


def _over(found: Document, now: datetime) -> bool:
    """Asked for so long ago, or failed so long ago, that it has to be asked for anew."""
    if found["state"] == "failed":
        return _since(found["at"], now) > FAILED
    return found["state"] == "wanted" and _since(found["used_at"], now) > ASKED


def _since(at: datetime, now: datetime) -> float:
    """Seconds. The database's driver gives times with or without their zone, as it is set up."""
    return (now.replace(tzinfo=None) - at.replace(tzinfo=None)).total_seconds()


def _snapshot(found: Document) -> Snapshot:
    def of(field: str) -> Positions:
        return {source: int(found[field].get(source, 0)) for source in SOURCES}

    return Snapshot(
        found["_id"],
        found["rules"],
        of("positions"),
        found["state"],
        of("done"),
        found.get("base", ""),
        found.get("error", ""),
        tuple(found["step"]) if found.get("step") else None,
        found.get("attempt", ""),
    )
