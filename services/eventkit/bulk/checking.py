"""From rows of a file to entries that can be planned, with every problem of every cell named on the way."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import marshmallow as ma
import msgspec

from services.eventkit.bulk.kinds import ImportKind, Planned, Refusal, Row, Trouble, body_of
from services.eventkit.bulk.problems import Problem, at_cell, of_domain, of_schema
from services.eventkit.bulk.sheets import ROWS, SheetRow
from services.eventkit.commands import CommandContext
from services.eventkit.errors import SxshError
from services.eventkit.identity import Principal

_NAMESPACE = uuid.UUID("5d0c6b2e-5f6c-5b6e-9d0e-0b1f6f2c7a11")
_encoder = msgspec.json.Encoder(order="sorted", decimal_format="string")


class Entry(NamedTuple):
    """What becomes one command: a row, with the rows of further sheets that join it, by name of list.

    `loose` says why a row of any sheet cannot be joined; `sheet` is the place of its sheet among the kind's.
    """

    row: SheetRow
    parts: dict[str, list[SheetRow]]
    loose: Trouble | None = None
    sheet: int = 0

    @property
    def number(self) -> int:
        """Of the entry in its file, ascending: that of its row, after those of the sheets before."""
        return self.sheet * ROWS + self.row.number

    @property
    def rows(self) -> int:
        return 1 + sum(map(len, self.parts.values()))


class Checked(NamedTuple):
    """`row` is None, and `problems` says why, for an entry that does not fit."""

    entry: Entry
    row: Row | None
    problems: list[Problem]


def batches(entries: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    entries = iter(entries)
    while batch := list(islice(entries, size)):
        yield batch


def check(kind: ImportKind, entry: Entry, caller: Principal, job: str, *, dry: bool) -> Checked:
    """Whether the entry fits the schema of its kind."""
    if entry.loose is not None:
        return Checked(entry, None, against(entry, entry.loose))
    head = entry.row
    body, wrong = body_of(head.sheet, head.cells)
    problems = [_at(head, column.field, e.code, e.arguments) for column, e in wrong]
    for sheet in kind.sheets[1:]:
        body.pop(sheet.joins, None)
        bodies = body.setdefault(sheet.listed, [])
        for part in entry.parts.get(sheet.listed, []):
            found, wrong = body_of(sheet, part.cells)
            problems += [_at(part, column.field, e.code, e.arguments) for column, e in wrong]
            bodies.append({name: value for name, value in found.items() if name != sheet.joins})
    loaded: dict[str, Any] = {}
    try:
        loaded = kind.schema.load(body)
    except ma.ValidationError as error:
        named = {(each.sheet, each.row, each.column) for each in problems}
        located = [_located(entry, *each) for each in of_schema(error.messages)]
        problems += [each for each in located if (each.sheet, each.row, each.column) not in named]
    row = None if problems else _row(kind, loaded, caller, job, dry)
    return Checked(entry, row, problems)


def _row(kind: ImportKind, body: dict[str, Any], caller: Principal, job: str, dry: bool) -> Row:
    digest = kind.digest(hashlib.sha256(_encoder.encode([kind.name, body])).hexdigest())
    context = CommandContext(
        actor=caller.id,
        command_id=f"import:{kind.name}:{digest}",
        fingerprint=digest,
        correlation_id=job,
    )
    return Row(body, str(uuid.uuid5(_NAMESPACE, context.command_id)), context, dry)


def plan(kind: ImportKind, checked: Sequence[Checked], caller: Principal) -> list[Planned]:
    """For each that fits, in order."""
    rows = [each.row for each in checked if each.row is not None]
    return kind.plan(rows, caller) if rows else []


def against(entry: Entry, error: SxshError | Trouble | Refusal) -> list[Problem]:
    """Why an entry that fits is not taken."""
    if isinstance(error, Refusal):
        return [problem for reason in error.reasons for problem in against(entry, reason)]
    if isinstance(error, Trouble):
        return [_located(entry, error.field, error.code, error.arguments)]
    return [_located(entry, *each) for each in of_domain(error)]


def _located(entry: Entry, pointer: str, code: str, arguments: dict[str, str]) -> Problem:
    """At the cell that a pointer into the body speaks of: ``/products/2/unit`` is in the third joined row."""
    _, name, *rest = [*pointer.split("/"), ""]
    parts = entry.parts.get(name, [])
    if parts and rest and rest[0].isdigit() and int(rest[0]) < len(parts):
        return _at(parts[int(rest[0])], "/" + "/".join(rest[1:-1]), code, arguments)
    return _at(entry.row, pointer, code, arguments)


def _at(row: SheetRow, pointer: str, code: str, arguments: dict[str, str]) -> Problem:
    column = row.sheet.column_at(pointer)
    cell = row.cells.get(column.key) if column is not None else None
    return at_cell(row.sheet.key, row.number, column, cell, code, arguments)
