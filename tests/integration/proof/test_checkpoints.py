"""What was signed and kept elsewhere contradicts whoever rewrites the log, the whole of it or its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pymongo.database import Database

from services.eventkit.memory_log import MemoryLog
from services.eventkit.proof import merkle
from services.eventkit.proof.checkpoints import (
    Checkpointer,
    FileSigner,
    Notes,
    file_sink,
    notes_in,
    roots_of,
    signer_of,
)
from services.eventkit.proof.notes import Checkpoint, NotSigned, Signer, opened
from services.eventkit.verify import Fault, Verdict, verify_bodies
from tests.integration.proof.test_tree import log_of


@pytest.fixture
def signer() -> Signer:
    return Signer("sxsh/registry/2026", Ed25519PrivateKey.generate())


def verified(log: MemoryLog, roots: dict[int, bytes]) -> Verdict:
    return verify_bodies(((s.body, s.hash) for s in log.read(0, 10_000)), roots)


def test_a_checkpoint_is_made_when_the_log_has_grown(
    database: Database[dict[str, Any]], signer: Signer
) -> None:
    log, told = MemoryLog("registry"), list[str]()
    checkpointer = Checkpointer(log, database, signer, [told.append])
    empty = checkpointer.make()
    assert empty is not None and (empty.size, empty.root) == (0, merkle.EMPTY)
    assert checkpointer.make() is None
    log_of(3, log)
    made = checkpointer.make()
    assert made is not None
    assert (made.origin, made.size) == ("sxsh/registry", 3)
    assert checkpointer.make() is None
    assert told == list(Notes(database).all())
    assert told[-1] == Notes(database).last()


def test_a_log_in_which_nothing_is_new_is_signed_again(
    database: Database[dict[str, Any]], signer: Signer, tmp_path: Path
) -> None:
    """Or nobody could tell its silence from an end that was cut off."""
    file, log, now = tmp_path / "registry.notes", log_of(3), [datetime(2026, 1, 1, tzinfo=UTC)]

    class Slow(MemoryLog):
        """While it is read, something more is recorded."""

        def bodies(self, after: int, limit: int) -> list[bytes]:
            now[0] += timedelta(seconds=1)
            return log.bodies(after, limit)

    checkpointer = Checkpointer(
        Slow("registry"), database, signer, [file_sink(file)], lambda: now[0], quiet=600
    )
    begun = now[0]
    first = checkpointer.make()
    assert first is not None and first.at == begun, (
        "what it held then is in it, whatever came while it was read"
    )
    now[0] = begun + timedelta(seconds=599)
    assert checkpointer.make() is None
    for minutes in (10, 20):
        now[0] = begun + timedelta(minutes=minutes)
        again = checkpointer.make()
        assert again is not None and (again.size, again.root) == (first.size, first.root)
        assert Checkpoint.parse(str(Notes(database).last())).at == begun + timedelta(minutes=minutes)
    assert Checkpoint.parse(str(Notes(database).of(3))).at == begun, "what had been signed early is kept"
    assert len(list(Notes(database).all())) == 2 and len(list(notes_in(file.read_text("utf-8")))) == 3
    log_of(1, log)
    assert checkpointer.make() is not None and Notes(database).size() == 4


def test_a_log_that_only_grew_agrees_with_all_its_checkpoints(
    database: Database[dict[str, Any]], signer: Signer, tmp_path: Path
) -> None:
    file, log = tmp_path / "elsewhere" / "registry.notes", MemoryLog("registry")
    checkpointer = Checkpointer(log, database, signer, [file_sink(file)])
    for count in (3, 300, 20):
        log_of(count, log)
        checkpointer.make()
    log_of(2, log)
    roots = roots_of(notes_in(file.read_text("utf-8")), [signer.verifier])
    assert sorted(roots) == [3, 303, 323]
    assert verified(log, roots) == Verdict(True, 325)


def test_one_that_was_written_anew_does_not(database: Database[dict[str, Any]], signer: Signer) -> None:
    log = log_of(40)
    checkpointer = Checkpointer(log, database, signer)
    checkpointer.make()
    roots = roots_of(Notes(database).all(), [signer.verifier])
    forged = MemoryLog("registry")
    forged.append_many([new for new in _news(log_of(41)) if new.stream != "facility:17"])
    assert verified(forged, {}).whole
    verdict = verified(forged, roots)
    assert (verdict.position, verdict.fault) == (1, Fault.REWRITTEN)


def test_one_whose_end_was_cut_off_does_not(database: Database[dict[str, Any]], signer: Signer) -> None:
    log = log_of(40)
    Checkpointer(log, database, signer).make()
    cut = MemoryLog("registry")
    cut.append_many(_news(log)[:30])
    verdict = verified(cut, roots_of(Notes(database).all(), [signer.verifier]))
    assert (verdict.position, verdict.fault) == (31, Fault.CUT)


def test_checkpoints_that_contradict_each_other_are_told(new_database: Any, signer: Signer) -> None:
    notes = []
    for log in (log_of(5), log_of(6)):
        database = new_database()
        shorter = MemoryLog("registry")
        shorter.append_many(_news(log)[-5:])
        Checkpointer(shorter, database, signer).make()
        notes += Notes(database).all()
    with pytest.raises(ValueError, match="Two checkpoints of 5 commits differ"):
        roots_of(notes, [signer.verifier])


def test_a_checkpoint_signed_by_a_stranger_does_not_count(
    database: Database[dict[str, Any]], signer: Signer
) -> None:
    Checkpointer(log_of(2), database, Signer("sxsh/registry/2026", Ed25519PrivateKey.generate())).make()
    with pytest.raises(NotSigned):
        roots_of(Notes(database).all(), [signer.verifier])


def test_a_note_half_written_at_a_crash_is_left_out(tmp_path: Path, signer: Signer) -> None:
    file = tmp_path / "notes"
    file_sink(file)(signer.sign("one\n"))
    with file.open("a") as half:
        half.write(signer.sign("two\n")[:-9])
    assert list(notes_in(file.read_text("utf-8"))) == [signer.sign("one\n")]


def test_a_key_that_takes_over_signs_the_next_one_and_both_are_believed(
    database: Database[dict[str, Any]], tmp_path: Path
) -> None:
    log, current = MemoryLog("registry"), tmp_path / "current"
    checkpointer = Checkpointer(log, database, FileSigner("registry", current))
    keys = []
    for name in ("2026", "2027"):
        key, file = Ed25519PrivateKey.generate(), tmp_path / f"{name}.pem"
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        current.unlink(missing_ok=True)
        current.symlink_to(file.name)
        log_of(3, log)
        checkpointer.make()
        keys.append(Signer(f"sxsh/registry/{name}", key).verifier)
    notes = list(Notes(database).all())
    assert [opened(note, keys)[1] for note in notes] == keys
    assert verified(log, roots_of(notes, keys, "sxsh/registry")).whole
    for alone in keys:
        with pytest.raises(NotSigned):
            roots_of(notes, [alone])
    with pytest.raises(ValueError, match="of sxsh/registry stands among those of sxsh/audits"):
        roots_of(notes, keys, "sxsh/audits")


def test_the_key_is_read_from_a_file(tmp_path: Path) -> None:
    key, file = Ed25519PrivateKey.generate(), tmp_path / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert signer_of("audits", file).sign("text\n") == Signer("sxsh/audits/key", key).sign("text\n")


def _news(log: MemoryLog) -> list[Any]:
    from tests.integration.log.world import commit, registered

    streams = [stored.commit.stream for stored in log.read(0, 10_000)]
    return [commit(stream, 1, registered(stream)) for stream in streams]
