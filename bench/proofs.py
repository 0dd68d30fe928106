"""Proofs of a log of 1,000,000 commits: to grow its tree, to sign, to prove, to check, to find one event.

Every proof that is timed is also checked against the root that was signed.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from bson.binary import Binary
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs
from pymongo.database import Database

from bench.progress import tell
from bench.province import Province
from bench.results import Check, Row, interleaved
from bench.world import World
from services.eventkit.blocks import Blocks
from services.eventkit.commits import GENESIS, NewCommit, index_copies, seal
from services.eventkit.ids import new_id
from services.eventkit.mongo_log import MongoLog
from services.eventkit.proof import merkle
from services.eventkit.proof.checkpoints import Checkpointer
from services.eventkit.proof.notes import Signer, opened
from services.eventkit.proof.proofs import Proofs
from services.eventkit.proof.tree import LogTree
from services.eventkit.search import Search

Store = Database[dict[str, Any]]
MICRO = 1_000_000
#: Commits of the log.
QUICK, FULL = 100_000, 1_000_000
#: Commits that come between two checkpoints.
NEW = 1000


def measure(world: World) -> list[Row]:
    count = QUICK if world.quick else FULL
    database, made = _stored(world, count)
    log = MongoLog(database, "registry")
    size = f"at {count:,} commits"
    rows = [_tree(database, count), _checkpoints(database, log, made, size)]
    rows += _proofs(database, count + 5 * NEW, size, 300 if world.quick else 1000)
    tell("proofs: the log is looked through, and events are found in it")
    rows.append(_finding(database, log, count, size))
    world.client.drop_database(database.name)
    return rows


def ratios(world: World) -> Row:
    """What CI asks."""
    database, _ = world.once("proofs", lambda: _stored(world, QUICK))
    return _tree(database, QUICK)


def _stored(world: World, count: int) -> tuple[Store, Iterator[dict[str, Any]]]:
    """A log of so many commits, and those that would follow."""
    tell(f"proofs: a log of {count:,} commits is filled")
    database, made = world.new_database(), _documents()
    _store(database, made, count)
    return database, made


def _tree(database: Store, count: int) -> Row:
    log = MongoLog(database, "registry")

    def extend() -> float:
        database["tree"].drop()
        started = time.monotonic()
        assert LogTree(database).extend(log) == count
        return count / (time.monotonic() - started)

    def cursor() -> float:
        started = time.monotonic()
        read = sum(1 for _ in database["log"].find({}, {"body": 1}, batch_size=5000).sort("_id", 1))
        assert read == count
        return count / (time.monotonic() - started)

    samples, floors = interleaved("tree", 3, extend, cursor)
    row = Row(
        "tree",
        f"tree over a log, at {count:,} commits",
        "commits/s",
        samples,
        "raw cursor over the log",
        floors,
    )
    return row.hold_ratio(0.25)


def _checkpoints(database: Store, log: MongoLog, made: Iterator[dict[str, Any]], size: str) -> Row:
    """Each of a thousand new commits: the tree grows, the root is signed, the note is kept."""
    checkpointer = Checkpointer(log, database, _SIGNER)
    samples = []
    for _ in range(5):
        _store(database, made, NEW)
        started = time.monotonic()
        assert checkpointer.make() is not None
        samples.append(MICRO * (time.monotonic() - started))
    row = Row("checkpoint", f"checkpoint after {NEW:,} more, {size}", "µs", samples)
    row.checks.append(Check("ms, the slowest", [max(samples) / 1000], 1000, at_least=False))
    return row


_SIGNER = Signer("sxsh/registry/bench", Ed25519PrivateKey.generate())


def _proofs(database: Store, count: int, size: str, number: int) -> list[Row]:
    """By a process that has just begun and by one that knows the tiles alike: `Proofs` remembers some."""
    tell(f"proofs: {number:,} of each kind")
    proofs = Proofs("registry", database)
    note, drawn = proofs.last(), random.Random(1051)
    opened(note, [_SIGNER.verifier])
    root = LogTree(database).root(count)
    positions = [drawn.randrange(1, count + 1) for _ in range(number)]
    inclusions = [_timed(lambda at=at: proofs.inclusion(at, count)) for at in positions]
    checks = []
    for _, found in inclusions:
        taken, over = _timed(lambda p=found: merkle.root_of_inclusion(p.leaf, p.position - 1, p.size, p.path))
        assert over == root
        checks.append(taken)
    steps = [_timed(lambda at=at: proofs.consistency(at, count)) for at in positions]
    again = []
    for _, step in steps:
        taken, both = _timed(
            lambda p=step: merkle.roots_of_consistency(p.first, p.second, p.first_root, p.path)
        )
        assert both == (step.first_root, root)
        again.append(taken)
    return [
        _row("inclusion", "proof of inclusion", size, inclusions, checks),
        _row("consistency", "proof of consistency", size, steps, again),
    ]


def _row(key: str, what: str, size: str, made: list[tuple[float, Any]], checks: list[float]) -> Row:
    samples = sorted(taken for taken, _ in made)
    longest = max(len(found.path) for _, found in made)
    row = Row(key, f"{what} made, {size}", "µs", samples)
    row.checks.append(Check("ms at p99", [samples[len(samples) * 99 // 100] / 1000], 25, at_least=False))
    row.checks.append(Check("hashes", [longest], 20 + 1, at_least=False))
    checked = sorted(checks)[len(checks) // 2]
    row.notes.append(f"{longest} hashes, {32 * longest} bytes at most; checked in {checked:,.0f} µs")
    return row


def _finding(database: Store, log: MongoLog, count: int, size: str) -> Row:
    """From an event's id to its commit, in a log whose blocks were looked through before."""
    blocks, drawn = Blocks(log, database), random.Random(1051)
    blocks.prepare()
    started = time.monotonic()
    blocks.extend()
    rate = count / (time.monotonic() - started)
    search, samples = Search(log, blocks), []
    for _ in range(200):
        [stored] = log.read(drawn.randrange(count), 1)
        taken, found = _timed(lambda id_=stored.commit.events[0].id: search.event(id_))
        assert found.stored.hash == stored.hash
        samples.append(taken)
    samples.sort()
    row = Row("event", f"an event found by its id, {size}", "µs", samples)
    row.checks.append(Check("ms at p99", [samples[198] / 1000], 50, at_least=False))
    row.notes.append(f"looked through once, in the background, {rate:,.0f} commits/s")
    return row


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = work()
    return MICRO * (time.perf_counter() - started), found


def _documents() -> Iterator[dict[str, Any]]:
    """What a log stores of a registration, again and again, each of another facility."""
    _, model = Province(1).registration(new_id())
    position, prev = 0, GENESIS
    while True:
        position += 1
        stream = f"facility:{new_id()}"
        event = structs.replace(model.events[0], id=new_id(), subject=stream)
        new: NewCommit = structs.replace(
            model, stream=stream, command_id=new_id(), events=(event,), claims=()
        )
        commit, body, prev = seal(new, position=position, prev=prev, recorded_at=datetime.now(UTC))
        yield {"_id": position, "hash": prev, "body": Binary(body), **index_copies(commit)}


def _store(database: Store, made: Iterator[dict[str, Any]], count: int) -> None:
    for start in range(0, count, 5000):
        batch = [next(made) for _ in range(min(5000, count - start))]
        database["log"].insert_many(batch, ordered=True)
