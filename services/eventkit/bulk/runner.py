"""Works on jobs: checks every row, then writes the good ones, a chunk at a time.

A chunk is written before the cursor moves. A worker that dies in between leaves rows that the next one
repeats: their commands are known to the log and give their first receipts, so nothing is written twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple

import structlog
from pymongo import ReplaceOne
from pymongo.database import Database
from pymongo.errors import PyMongoError

from services.eventkit.bulk.checking import Checked, Entry, against, batches, check, plan
from services.eventkit.bulk.entries import read_entries
from services.eventkit.bulk.jobs import TRIES, Job, Jobs, LeaseLost
from services.eventkit.bulk.keys import UploadKeys
from services.eventkit.bulk.kinds import ImportKind, Refusal, Row, Same, Trouble
from services.eventkit.bulk.lines import BadFile
from services.eventkit.bulk.problems import Problem, at_cell, of_file
from services.eventkit.bulk.seen import Seen
from services.eventkit.bulk.uploads import Uploads
from services.eventkit.commands import CommandBus, Receipt, Work
from services.eventkit.crash import crash_point
from services.eventkit.errors import Refused, SxshError, Unavailable, VersionConflict

log = structlog.get_logger("imports")

#: Entries worked on at once.
CHUNK = 1000
#: Seconds between two looks for jobs that nobody works on.
LOOK = 5.0


class Outcome(NamedTuple):
    """Of one entry: problems, or a receipt, or neither when it says what is so already."""

    entry: Entry
    problems: list[Problem]
    receipt: Receipt | None = None
    command_id: str = ""


class Imports:
    """All of a service's imports. Safe to share between threads; create it after a fork."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        bus: CommandBus,
        kinds: Sequence[ImportKind],
        keys: UploadKeys,
        *,
        most_bytes: int = 64 * 2**20,
    ) -> None:
        self.kinds = {kind.name: kind for kind in kinds}
        self.jobs = Jobs(database)
        self.keys = keys
        self.most_bytes = most_bytes
        self._uploads = Uploads(database)
        self.jobs.ensure_indexes()
        self._bus = bus
        self._one_at_a_time = threading.Lock()
        self._looked = float("-inf")

    def keep(self, id_: str, source: BinaryIO) -> tuple[str, int, str]:
        """Store an upload encrypted: (what to keep of its key, bytes, SHA-256 in hex)."""
        key, kept = self.keys.make(id_)
        size, digest = self._uploads.keep(id_, key, source, self.most_bytes)
        return kept, size, digest

    def open(self, job: Job) -> BinaryIO:
        key = None if job.dropped else self.keys.find(job.id, job.key)
        if key is None:
            raise Refused("The file of this import is no longer kept. Upload it again.")
        return self._uploads.open(job.id, key, job.bytes)

    def drop(self, id_: str) -> None:
        """The file, its key and its problems, for ever; the job itself still says what became of it."""
        self._uploads.drop(id_)
        self.keys.drop(id_)
        self.jobs.forget(id_)

    def begin(self, id_: str) -> None:
        """Work on a job in the background."""
        threading.Thread(target=self.work, args=(id_,), daemon=True, name=f"import-{id_}").start()

    def resume(self) -> None:
        """Take up what was left unfinished, drop what is outdated; call it every now and then."""
        if time.monotonic() - self._looked < LOOK:
            return
        self._looked = time.monotonic()
        for id_ in self.jobs.outdated(datetime.now(UTC)):
            self.drop(id_)
        for id_ in self.jobs.abandoned():
            self.begin(id_)

    def work(self, id_: str) -> None:
        """Check the job, or write its rows, to the end; nothing when another worker is at it."""
        with self._one_at_a_time:
            job = self.jobs.take(id_)
            if job is None:
                return
            try:
                self._work(job)
            except LeaseLost:
                log.info("import left to another, or cancelled", job=id_)
            except Exception as error:  # noqa: BLE001 - whatever it is, the job must not be held
                log.warning("import interrupted; it will be taken up again", job=id_, error=repr(error))
                with contextlib.suppress(LeaseLost, PyMongoError):
                    self.jobs.leave(job)

    def _work(self, job: Job) -> None:
        ended = datetime.now(UTC)
        if job.tries > TRIES:
            failure = Problem(sheet="", row=0, column="", code="failed")
            self.jobs.leave(job, state="failed", failure=failure, ended_at=ended)
            return
        try:
            self._check(job) if job.state == "checking" else self._run(job)
        except BadFile as error:
            self.jobs.leave(job, state="failed", failure=of_file(error), ended_at=ended)

    def _check(self, job: Job) -> None:
        """Nothing is written but what is wrong; cut off, it begins anew."""
        kind, seen = self.kinds[job.kind], Seen()
        self.jobs.problems.delete_many({"job": job.id})
        rows = bad = same = 0
        for batch in batches(self._entries(job, kind), CHUNK):
            checked = _alone(
                kind, [check(kind, entry, job.caller, job.id, dry=True) for entry in batch], seen
            )
            outcomes = self._outcomes(job, checked, self._bus.rehearse_many)
            self._note(job, outcomes)
            rows, bad = rows + len(batch), bad + sum(bool(each.problems) for each in outcomes)
            same += sum(not o.problems and (o.receipt is None or bool(o.receipt.events)) for o in outcomes)
            self.jobs.move(job, rows=rows, bad=bad, good=rows - bad, same=same)
        seen.close()
        self.jobs.leave(job, state="checked", rows=rows, bad=bad, good=rows - bad, same=same)

    def _run(self, job: Job) -> None:
        """Write what was found good, from where the cursor stands."""
        kind = self.kinds[job.kind]
        done, written, same, refused, position = job.done, job.written, job.same, job.refused, job.position
        passed = 0
        for batch in batches(self._entries(job, kind), CHUNK):
            passed += len(batch)
            if passed <= done:
                self.jobs.move(job)
                continue
            bad = self.jobs.bad_entries(job.id, batch[0].number, batch[-1].number)
            good = [entry for entry in batch if entry.number not in bad]
            checked = [check(kind, entry, job.caller, job.id, dry=False) for entry in good]
            known = self._known(checked, job)
            outcomes = self._outcomes(job, checked, self._bus.execute_many)
            self._note(job, outcomes)
            crash_point("import.after_chunk")
            new = [o for o in outcomes if o.receipt and o.receipt.events and o.command_id not in known]
            wrong = sum(bool(each.problems) for each in outcomes)
            done, written, refused = passed, written + len(new), refused + len(bad) + wrong
            same += len(outcomes) - wrong - len(new)
            position = new[-1].receipt.position if new and new[-1].receipt else position
            self.jobs.move(job, done=done, written=written, same=same, refused=refused, position=position)
        self.jobs.leave(job, state="done", ended_at=datetime.now(UTC))

    def _entries(self, job: Job, kind: ImportKind) -> Iterator[Entry]:
        return read_entries(self.open(job), job.format, kind)

    def _known(self, checked: Sequence[Checked], job: Job) -> set[str]:
        """Commands that ran before this job: by another upload of the same rows."""
        ids = [each.row.context.command_id for each in checked if each.row is not None]
        found = self._bus.log.by_commands(ids)
        return {id_ for id_, stored in found.items() if stored.commit.correlation_id != job.id}

    def _outcomes(
        self,
        job: Job,
        checked: Sequence[Checked],
        act: Callable[[Sequence[Work]], list[Receipt | SxshError]],
    ) -> list[Outcome]:
        """In order. Raises `Unavailable` or `VersionConflict`: then the chunk is to be done again."""
        planned = iter(plan(self.kinds[job.kind], checked, job.caller))
        plans = [None if each.row is None else next(planned) for each in checked]
        acted = iter(act([each for each in plans if isinstance(each, Work)]))
        outcomes = []
        for each, planned_one in zip(checked, plans, strict=True):
            if planned_one is None:
                outcomes.append(Outcome(each.entry, each.problems))
            elif isinstance(planned_one, Same):
                outcomes.append(Outcome(each.entry, []))
            elif isinstance(planned_one, Trouble | Refusal):
                outcomes.append(Outcome(each.entry, against(each.entry, planned_one)))
            else:
                outcomes.append(_outcome(each.entry, planned_one, next(acted)))
        return outcomes

    def _note(self, job: Job, outcomes: Sequence[Outcome]) -> None:
        documents = [
            document
            for outcome in outcomes
            for document in self.jobs.note(job.id, outcome.entry.number, outcome.problems)
        ]
        if documents:
            writes = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in documents]
            self.jobs.problems.bulk_write(writes, ordered=False)


def _outcome(entry: Entry, work: Work, result: Receipt | SxshError) -> Outcome:
    if isinstance(result, Unavailable | VersionConflict):
        raise result
    if isinstance(result, SxshError):
        return Outcome(entry, against(entry, result))
    return Outcome(entry, [], result, work.context.command_id)


def _alone(kind: ImportKind, checked: Sequence[Checked], seen: Seen) -> list[Checked]:
    """The same, but with a problem where a row shares with an earlier one what no two rows may share."""
    keys = [
        (at, field, key)
        for at, each in enumerate(checked)
        if each.row
        for field, key in _keys(kind, each.row)
    ]
    first = seen.first([(key, checked[at].entry.row.number) for at, _, key in keys])
    result = list(checked)
    for (at, field, _), row in zip(keys, first, strict=True):
        head = checked[at].entry.row
        if row != head.number and result[at].row is not None:
            column = head.sheet.column_at(field)
            cell = head.cells.get(column.key) if column is not None else None
            told = {"first": str(row), "row": str(head.number)}
            twice = at_cell(head.sheet.key, head.number, column, cell, "twice", told)
            result[at] = Checked(checked[at].entry, None, [twice])
    return result


def _keys(kind: ImportKind, row: Row) -> Iterator[tuple[str, bytes]]:
    for field, value in kind.keys(row.body).items():
        yield field, hashlib.sha256(f"{field}:{value}".encode()).digest()
    yield "", hashlib.sha256(row.context.command_id.encode()).digest()
