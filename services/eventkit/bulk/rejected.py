"""The rows that were not taken, as they were sent, with their reasons: to be mended and sent again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.eventkit.bulk.cells import Cell, shown
from services.eventkit.bulk.checking import batches
from services.eventkit.bulk.entries import read_entries
from services.eventkit.bulk.jobs import Job
from services.eventkit.bulk.kinds import ImportKind
from services.eventkit.bulk.problems import Language, Problem
from services.eventkit.bulk.runner import CHUNK, Imports
from services.eventkit.bulk.sheets import REASONS
from services.eventkit.bulk.shown import label, place
from services.eventkit.errors import Refused
from services.eventkit.export import Column, Table


def rejected_table(imports: Imports, job: Job, spoken: Language) -> Table:
    """Raises `Refused` while the rows are not all checked, and when the file could not be read at all."""
    if job.state in ("checking", "failed"):
        raise Refused(f"The import is {job.state}: there are no rejected rows to mend.")
    kind = imports.kinds[job.kind]
    items = _items(imports, job, kind, spoken)
    first = next(items, {})
    names = list(first) or [label(column, spoken) for column in kind.sheets[0].columns]
    source = {"import": job.id, "kind": job.kind, "sha256": job.sha256}
    return Table(f"{job.kind}-rejected", [Column((name,)) for name in names], _chained(first, items), source)


def _chained(first: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    if first:
        yield first
    yield from rest


def _items(imports: Imports, job: Job, kind: ImportKind, spoken: Language) -> Iterator[dict[str, Any]]:
    for batch in batches(read_entries(imports.open(job), job.format, kind), CHUNK):
        bad = imports.jobs.bad_entries(job.id, batch[0].row.number, batch[-1].row.number)
        for entry in batch:
            if entry.row.number in bad:
                problems = imports.jobs.problems_of(job.id, entry.row.number)
                values = zip(entry.row.header, entry.row.values, strict=False)
                reasons = set(REASONS.values())
                kept = {name: _written(cell) for name, cell in values if name and name not in reasons}
                yield {**kept, REASONS[spoken]: "; ".join(_told(each, kind, spoken) for each in problems)}


def _written(cell: Cell) -> Any:
    return cell if isinstance(cell, int | float | bool) else shown(cell) or None


def _told(problem: Problem, kind: ImportKind, spoken: Language) -> str:
    _, column = place(problem, kind)
    reason = problem.reason(spoken)
    return reason if column is None else f"{label(column, spoken)}: {reason}"
