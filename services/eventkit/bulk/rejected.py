"""The rows that were not taken, as they were sent, with their reasons: to be mended and sent again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from services.eventkit.bulk.cells import Cell, shown
from services.eventkit.bulk.checking import batches
from services.eventkit.bulk.entries import read_entries
from services.eventkit.bulk.jobs import Job
from services.eventkit.bulk.kinds import ImportKind, Sheet
from services.eventkit.bulk.problems import Language, Problem
from services.eventkit.bulk.runner import CHUNK, Imports
from services.eventkit.bulk.sheets import REASONS
from services.eventkit.bulk.shown import label, place
from services.eventkit.errors import Refused
from services.eventkit.export import Column, Table


def rejected_tables(imports: Imports, job: Job, spoken: Language) -> list[Table]:
    """One of each sheet. Raises `Refused` while the rows are not all checked, and when the file could not be
    read at all."""
    if job.state in ("checking", "failed"):
        raise Refused(f"The import is {job.state}: there are no rejected rows to mend.")
    kind = imports.kinds[job.kind]
    return [_table(imports, job, kind, sheet, spoken) for sheet in kind.sheets]


def _table(imports: Imports, job: Job, kind: ImportKind, sheet: Sheet, spoken: Language) -> Table:
    items = _items(imports, job, kind, sheet, spoken)
    first = next(items, {})
    names = list(first) or [label(column, spoken) for column in sheet.columns]
    source = {"import": job.id, "kind": job.kind, "sha256": job.sha256}
    title = "" if len(kind.sheets) == 1 else label(sheet, spoken)
    columns = [Column((name,)) for name in names]
    return Table(f"{job.kind}-rejected", columns, _chained(first, items), source, title)


def _chained(first: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    if first:
        yield first
    yield from rest


def _items(
    imports: Imports, job: Job, kind: ImportKind, sheet: Sheet, spoken: Language
) -> Iterator[dict[str, Any]]:
    """The rows of one sheet that belong to bad entries, each with the reasons that are its own."""
    reasons = set(REASONS.values())
    for batch in batches(read_entries(imports.open(job), job.format, kind), CHUNK):
        bad = imports.jobs.bad_entries(job.id, batch[0].number, batch[-1].number)
        for entry in batch:
            if entry.number not in bad:
                continue
            problems = imports.jobs.problems_of(job.id, entry.number)
            for row in [entry.row] if entry.row.sheet == sheet else entry.parts.get(sheet.listed, []):
                own = [each for each in problems if (each.sheet, each.row) == (sheet.key, row.number)]
                values = zip_longest(row.header, row.values)
                kept = {name: _written(cell) for name, cell in values if name and name not in reasons}
                yield {**kept, REASONS[spoken]: "; ".join(_told(each, kind, spoken) for each in own)}


def _written(cell: Cell) -> Any:
    return cell if isinstance(cell, int | float | bool) else shown(cell) or None


def _told(problem: Problem, kind: ImportKind, spoken: Language) -> str:
    _, column = place(problem, kind)
    reason = problem.reason(spoken)
    return reason if column is None else f"{label(column, spoken)}: {reason}"
