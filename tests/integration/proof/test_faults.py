"""A log of 100,000 commits on a real mongod: whatever is done to it is found, told apart, and placed.

The checkpoints were signed by its relay and are kept in a file elsewhere, as an auditor has them.
"""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bson.binary import Binary
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pymongo import MongoClient
from pymongo.collection import Collection

from services.eventkit.commits import NewCommit, decode_body, index_copies, seal
from services.eventkit.mongo_log import MongoLog
from services.eventkit.proof.checkpoints import Checkpointer, file_sink, notes_in, roots_of
from services.eventkit.proof.notes import Signer
from services.eventkit.verify import Fault, Verdict, verify_documents
from tests.integration.log.world import registered
from tests.integration.proof.long_log import Document, documents, news, store

COUNT = 100_000
#: Commits at the first checkpoint; the second is of all.
FIRST = 20_000


class LongLog:
    """`roots` are those of the checkpoints."""

    def __init__(self, client: MongoClient[dict[str, Any]], name: str, file: Path) -> None:
        self.client, self.name = client, name
        self.commits = client[name]["log"]
        signer = Signer("sxsh/registry/2026", Ed25519PrivateKey.generate())
        checkpointer = Checkpointer(
            MongoLog(client[name], "registry"), client[name], signer, [file_sink(file)]
        )
        made = documents(news(COUNT))
        for size in (FIRST, COUNT - FIRST):
            store(self.commits, itertools.islice(made, size))
            checkpointer.make()
        self.roots = roots_of(notes_in(file.read_text("utf-8")), [signer.verifier], "sxsh/registry")

    def at(self, position: int) -> Document:
        found = self.commits.find_one({"_id": position})
        assert found is not None
        return found

    def verified(self, commits: Collection[Document] | None = None) -> Verdict:
        found = (self.commits if commits is None else commits).find({}, batch_size=5000)
        return verify_documents(found.sort("_id", 1), self.roots)

    def instead(self, found: Iterable[Document]) -> Verdict:
        """Of documents that stand in the place of the log's."""
        return verify_documents(found, self.roots)

    def other(self, found: Iterable[Document]) -> Verdict:
        """Of a collection that was put in the place of the log."""
        commits = self.client[self.name][f"other_{uuid.uuid4().hex}"]
        store(commits, iter(found))
        try:
            return self.verified(commits)
        finally:
            commits.drop()


@pytest.fixture(scope="module")
def log(
    mongo_client: MongoClient[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LongLog]:
    name = f"test_{uuid.uuid4().hex[:16]}"
    yield LongLog(mongo_client, name, Path(tmp_path_factory.mktemp("elsewhere")) / "registry.notes")
    mongo_client.drop_database(name)


@pytest.fixture
def restored(log: LongLog) -> Iterator[list[Document]]:
    """Documents put here are as they were after the test, and no others were added."""
    kept: list[Document] = []
    yield kept
    log.commits.delete_many({"_id": {"$not": {"$type": "int"}}})
    log.commits.delete_many({"_id": {"$gt": COUNT}})
    for document in kept:
        log.commits.replace_one({"_id": document["_id"]}, document, upsert=True)


def told(verdict: Verdict) -> tuple[Fault | None, int]:
    return verdict.fault, verdict.position


def test_what_nobody_touched_is_whole(log: LongLog) -> None:
    steps: list[int] = []
    verdict = verify_documents(log.commits.find().sort("_id", 1), log.roots, steps.append)
    assert verdict == Verdict(True, COUNT)
    assert sorted(log.roots) == [FIRST, COUNT]
    assert steps == sorted(set(steps))
    assert len(steps) >= 10


@pytest.mark.parametrize("position", [1, 2, 4_999, FIRST, FIRST + 1, 50_000, COUNT])
def test_one_flipped_bit(log: LongLog, restored: list[Document], position: int) -> None:
    commit = log.at(position)
    restored.append(commit)
    for where in (0, 0.37, 0.9999):
        body = bytearray(commit["body"])
        bit = int(where * len(body) * 8)
        body[bit // 8] ^= 1 << bit % 8
        log.commits.update_one({"_id": position}, {"$set": {"body": Binary(bytes(body))}})
        assert told(log.verified()) == (Fault.CHANGED, position)
        if position > 5_000:
            break


@pytest.mark.parametrize("field", ["hash", "stream", "version", "command_id", "recorded_at", "subjects"])
def test_what_stands_beside_the_bytes_is_compared_too(
    log: LongLog, restored: list[Document], field: str
) -> None:
    restored.append(log.at(3_000))
    log.commits.update_one({"_id": 3_000}, {"$set": {field: log.at(3_001)[field]}})
    assert told(log.verified()) == (Fault.CHANGED, 3_000)


def test_one_changed_and_hashed_anew(log: LongLog, restored: list[Document]) -> None:
    """The one after it gives it away."""
    old = log.at(40_000)
    restored.append(old)
    commit = decode_body(old["body"])
    new = NewCommit(
        **{name: getattr(commit, name) for name in NewCommit.__struct_fields__} | {"actor": "mai"}
    )
    again, body, hash_ = seal(new, position=40_000, prev=commit.prev, recorded_at=commit.recorded_at)
    forged = {"_id": 40_000, "hash": hash_, "body": Binary(body), **index_copies(again)}
    log.commits.replace_one({"_id": 40_000}, forged)
    assert told(log.verified()) == (Fault.CHANGED, 40_000)


@pytest.mark.parametrize("position", [1, 33_333, COUNT - 1])
def test_one_removed(log: LongLog, restored: list[Document], position: int) -> None:
    restored.append(log.at(position))
    log.commits.delete_one({"_id": position})
    assert told(log.verified()) == (Fault.REMOVED, position)


def test_one_removed_and_the_gap_closed(log: LongLog) -> None:
    kept = (each for each in log.commits.find().sort("_id", 1) if each["_id"] != 70_000)
    assert told(log.other(each | {"_id": n} for n, each in enumerate(kept, 1))) == (Fault.REMOVED, 70_000)


def forged(log: LongLog, position: int) -> Document:
    """A commit that fits in the place of the one at this position."""
    new = NewCommit(
        stream="facility:forged",
        version=1,
        events=(registered("facility:forged"),),
        command_id="forged",
        actor="mai",
    )
    before = log.at(position - 1)
    [found] = documents(iter([new]), after=position - 1, prev=before["hash"])
    return found


@pytest.mark.parametrize("place", [25_000.5, 25_001.5])
def test_one_inserted_between_two(log: LongLog, restored: list[Document], place: float) -> None:
    """Made to follow commit 25,000, it stands before or after the one that does."""
    log.commits.insert_one(forged(log, 25_001) | {"_id": place})
    verdict = log.verified()
    assert verdict.fault is Fault.INSERTED, verdict
    assert verdict.position == round(place + 0.5)


def test_one_inserted_and_all_after_it_moved(log: LongLog) -> None:
    genuine = log.commits.find().sort("_id", 1)
    found = itertools.chain(
        itertools.islice(genuine, 80_000),
        [forged(log, 80_001)],
        (each | {"_id": each["_id"] + 1} for each in genuine),
    )
    assert told(log.instead(found)) == (Fault.INSERTED, 80_001)


@pytest.mark.parametrize("pair", [(1, 2), (20_000, 20_001), (15_000, 95_000), (COUNT - 1, COUNT)])
def test_two_swapped(log: LongLog, restored: list[Document], pair: tuple[int, int]) -> None:
    one, other = (log.at(position) for position in pair)
    restored += [one, other]
    log.commits.replace_one({"_id": pair[0]}, {**other, "_id": pair[0]})
    assert pair[0] == one["_id"]
    log.commits.delete_one({"_id": pair[1]})
    log.commits.insert_one({**one, "_id": pair[1]})
    assert told(log.verified()) == (Fault.REORDERED, pair[0])


@pytest.mark.parametrize("last", [COUNT - 1, FIRST, FIRST - 1])
def test_the_end_cut_off(log: LongLog, last: int) -> None:
    found = log.commits.find({"_id": {"$lte": last}}).sort("_id", 1)
    assert told(verify_documents(found, log.roots)) == (Fault.CUT, last + 1)


def test_all_of_it_cut_off(log: LongLog) -> None:
    assert told(verify_documents(iter(()), log.roots)) == (Fault.CUT, 1)


def test_the_whole_chain_written_anew(log: LongLog) -> None:
    """It holds in itself, to the last link: only what was signed before contradicts it."""
    rewritten = list(documents(news(COUNT, actor="mai")))
    assert verify_documents(iter(rewritten)).whole
    assert told(log.instead(rewritten)) == (Fault.REWRITTEN, 1)


def test_the_end_written_anew(log: LongLog) -> None:
    """Found between the last checkpoint that it still fits and the first that it does not."""
    kept = list(log.commits.find({"_id": {"$lte": 90_000}}).sort("_id", 1))
    more = itertools.islice(news(COUNT + 5, actor="mai"), 90_000, None)
    verdict = log.instead(itertools.chain(kept, documents(more, after=90_000, prev=kept[-1]["hash"])))
    assert told(verdict) == (Fault.REWRITTEN, FIRST + 1)
    assert f"commits {FIRST + 1} to {COUNT}" in verdict.reason


def test_anything_anywhere(log: LongLog, restored: list[Document]) -> None:
    """A bit of any byte of any document of the first thousands, drawn at random."""
    drawn = random.Random(1051)
    for _ in range(40):
        position = drawn.randrange(1, 4_000)
        commit = log.at(position)
        restored.append(commit)
        body = bytearray(commit["body"])
        body[drawn.randrange(len(body))] ^= 1 << drawn.randrange(8)
        log.commits.update_one({"_id": position}, {"$set": {"body": Binary(bytes(body))}})
        assert told(log.verified()) == (Fault.CHANGED, position)
        log.commits.replace_one({"_id": position}, commit)
