"""An auditor is told which commit was touched, whatever was done to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from msgspec import structs

from services.eventkit.commits import Commit, NewCommit, hash_of, index_copies
from services.eventkit.events import EventRecord
from services.eventkit.log import StoredCommit
from services.eventkit.memory_log import MemoryLog
from services.eventkit.proof.merkle import Accumulator
from services.eventkit.verify import Fault, Verdict, verify_bodies, verify_documents

Document = dict[str, Any]


def commit(stream: str, version: int, claims: tuple[str, ...] = ()) -> NewCommit:
    event = EventRecord(
        id=f"{stream}{version}",
        type="noted",
        schema=1,
        subject=f"thing:{stream}",
        occurred_on=date(2018, 1, 1),
        data=msgspec.Raw(b'{"amount":"1"}'),
    )
    return NewCommit(
        stream=stream,
        version=version,
        events=(event,),
        command_id=f"{stream}{version}",
        actor="a",
        claims=claims,
    )


def document(stored: StoredCommit) -> Document:
    """As the collection holds it, with the milliseconds that BSON keeps and the zone that it drops."""
    kept = index_copies(stored.commit)
    at: datetime = kept["recorded_at"]
    kept["recorded_at"] = at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=None)
    return {"_id": stored.commit.position, "hash": stored.hash, "body": stored.body, **kept}


@pytest.fixture
def documents() -> list[Document]:
    log = MemoryLog("test", clock=lambda: datetime(2018, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC))
    for new in (commit("a", 1, ("code:1",)), commit("b", 1), commit("a", 2), commit("a", 3), commit("b", 2)):
        log.append(new)
    return [document(stored) for stored in log.read()]


def rewritten(documents: list[Document], index: int, change: Callable[[Commit], Commit]) -> None:
    """A forger who also mends the hash and every later link."""
    prev = documents[index - 1]["hash"]
    for at in range(index, len(documents)):
        found = structs.replace(msgspec.json.decode(documents[at]["body"], type=Commit), prev=prev)
        body = msgspec.json.encode(change(found) if at == index else found, order="sorted")
        prev = hash_of(body)
        documents[at] |= {"body": body, "hash": prev}


def test_an_untouched_log_is_whole(documents: list[Document]) -> None:
    assert verify_documents(documents) == Verdict(True, 5)
    assert verify_bodies((d["body"], d["hash"]) for d in documents) == Verdict(True, 5)


def changed_bytes(documents: list[Document]) -> None:
    documents[2]["body"] = documents[2]["body"].replace(b'"1"', b'"9"')


def changed_bytes_and_hash(documents: list[Document]) -> None:
    body = documents[1]["body"].replace(b'"1"', b'"9"')
    documents[1] |= {"body": body, "hash": hash_of(body)}


def removed(documents: list[Document]) -> None:
    del documents[2]


def swapped(documents: list[Document]) -> None:
    documents[2:4] = documents[3], documents[2]


def no_commit(documents: list[Document]) -> None:
    documents[2] |= {"body": b"{}", "hash": hash_of(b"{}")}


def version_left_out(documents: list[Document]) -> None:
    rewritten(documents, 2, lambda found: structs.replace(found, version=7))


def inserted(documents: list[Document]) -> None:
    """A forged commit with a good hash that names the one before it; all later ones move up."""
    genuine = msgspec.json.decode(documents[2]["body"], type=Commit)
    body = msgspec.json.encode(structs.replace(genuine, actor="forger"), order="sorted")
    documents.insert(2, documents[2] | {"body": body, "hash": hash_of(body)})


def repeated(documents: list[Document]) -> None:
    documents.insert(2, documents[0])


def doubled(documents: list[Document]) -> None:
    documents.insert(2, documents[1])


@pytest.mark.parametrize(
    ("harm", "position", "fault", "words"),
    [
        (changed_bytes, 3, Fault.CHANGED, "stored hash"),
        (changed_bytes_and_hash, 2, Fault.CHANGED, "it was replaced"),
        (no_commit, 3, Fault.CHANGED, "not a commit"),
        (removed, 3, Fault.REMOVED, "position 4"),
        (swapped, 3, Fault.REORDERED, "position 4"),
        (inserted, 3, Fault.INSERTED, "it was inserted"),
        (repeated, 3, Fault.INSERTED, "position 1"),
        (doubled, 3, Fault.INSERTED, "position 2"),
        (version_left_out, 3, Fault.REWRITTEN, "version 7 of a"),
    ],
)
def test_the_first_commit_that_does_not_hold_is_named_and_what_was_done_to_it(
    documents: list[Document],
    harm: Callable[[list[Document]], None],
    position: int,
    fault: Fault,
    words: str,
) -> None:
    harm(documents)
    verdict = verify_bodies((d["body"], d["hash"]) for d in documents)
    assert (verdict.whole, verdict.position, verdict.fault) == (False, position, fault)
    assert words in verdict.reason
    renumbered = [document | {"_id": at} for at, document in enumerate(documents, 1)]
    for stored in (documents, renumbered):
        assert verify_documents(stored)[2:] == verdict[2:]


def roots(documents: list[Document], *sizes: int) -> dict[int, bytes]:
    tree, found = Accumulator(), {}
    for size, stored in enumerate(documents, 1):
        tree.append(stored["body"])
        found[size] = tree.root()
    return {size: found[size] for size in sizes}


def test_a_tail_that_was_cut_off_is_missed_by_the_checkpoint(documents: list[Document]) -> None:
    checkpoints = roots(documents, 2, 5)
    del documents[3:]
    verdict = verify_documents(documents, checkpoints)
    assert verdict[:3] == (False, 3, 4)
    assert verdict.fault == Fault.CUT


def test_a_chain_written_anew_holds_but_is_not_the_one_that_was_signed(documents: list[Document]) -> None:
    checkpoints = roots(documents, 1, 2, 4)
    rewritten(documents, 2, lambda found: structs.replace(found, actor="forger"))
    assert verify_documents(documents).whole
    verdict = verify_documents(documents, checkpoints)
    assert (verdict.whole, verdict.position, verdict.fault) == (False, 3, Fault.REWRITTEN)
    assert "commits 3 to 4" in verdict.reason


def test_a_log_that_grew_since_its_checkpoints_is_whole(documents: list[Document]) -> None:
    assert verify_documents(documents, roots(documents, 1, 3)) == Verdict(True, 5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_id", 9),
        ("stream", "c"),
        ("version", 2),
        ("last", 2),
        ("command_id", "x"),
        ("claims", ["code:2"]),
        ("claims", None),
        ("subjects", []),
        ("recorded_at", datetime(2018, 1, 2)),
        ("extra", 1),
    ],
)
def test_a_copy_that_says_something_else_than_the_body_is_named(
    documents: list[Document], name: str, value: Any
) -> None:
    """Finding a commit by a false copy would show a facility another's facts though the chain verifies."""
    documents[0][name] = value
    verdict = verify_documents(documents)
    assert (verdict.whole, verdict.position) == (False, 1)
    assert verdict.reason.startswith(f"{name} beside the body")
