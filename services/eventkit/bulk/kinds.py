"""What a service says of a kind of rows: sheets and columns, the schema they fit, the commands they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import marshmallow as ma
import msgspec

from services.eventkit.bulk.cells import Cell, Failed, Wrong, text
from services.eventkit.commands import CommandContext, Work
from services.eventkit.errors import SxshError
from services.eventkit.identity import Principal, Role


class Trouble(Exception):
    """Why a row cannot be taken: a code of words.yaml with its arguments, at a field of the body ("" for the
    whole row)."""

    def __init__(self, field: str, code: str, **arguments: str) -> None:
        super().__init__(code)
        self.field = field
        self.code = code
        self.arguments = arguments


@dataclass(frozen=True)
class Column:
    """`field` is where its value stands in the body: ``/industry/code``. `parse` reads one filled cell.

    The values of a `personal` column are kept nowhere outside the encrypted file.
    """

    key: str
    field: str
    vi: str
    en: str
    parse: Callable[[Cell], Any] = text
    required: bool = False
    personal: bool = False
    example: str = ""
    help_vi: str = ""
    help_en: str = ""


@dataclass(frozen=True)
class Sheet:
    """The first sheet of a kind holds one row an entry. The rows of the others join it by the column `joins`,
    which both have, and are listed in its body under the name `listed`."""

    key: str
    vi: str
    en: str
    columns: tuple[Column, ...]
    joins: str = ""
    listed: str = ""

    def column_at(self, pointer: str) -> Column | None:
        """The column whose field is the pointer or the nearest thing around it."""
        around = [c for c in self.columns if pointer == c.field or pointer.startswith(f"{c.field}/")]
        within = [c for c in self.columns if c.field.startswith(f"{pointer}/")]
        return max(around, key=lambda c: len(c.field), default=within[0] if within and pointer else None)


class Row(msgspec.Struct, frozen=True):
    """An entry that fits the schema: `body` as the route's view gets it, `id` of what is made from it,
    `context` under which its command runs, once for ever. `dry`: nothing is written, so nothing sealed."""

    body: dict[str, Any]
    id: str
    context: CommandContext
    dry: bool


class Same(NamedTuple):
    """The row says what is so already."""


class Refusal(NamedTuple):
    """Everything that speaks against a row, where that may be more than one thing."""

    reasons: tuple[Trouble | SxshError, ...]


Planned = Work | Trouble | Same | Refusal


@dataclass(frozen=True)
class ImportKind:
    """`plan(rows, caller)` gives for each row its work, or why there is none; asks for many at once.

    `keys(body)` are what no two rows of one file may share, each with the field that says it.
    `digest` is applied to the SHA-256 of a row; where rows hold personal data it must need a secret.
    """

    name: str
    vi: str
    en: str
    roles: frozenset[Role]
    sheets: tuple[Sheet, ...]
    schema: ma.Schema
    plan: Callable[[Sequence[Row], Principal], list[Planned]]
    keys: Callable[[Mapping[str, Any]], Mapping[str, str]] = field(default=lambda body: {})
    digest: Callable[[str], str] = field(default=lambda digest: digest)


def body_of(sheet: Sheet, cells: Mapping[str, Cell]) -> tuple[dict[str, Any], list[tuple[Column, Wrong]]]:
    """The JSON body that a row's cells say, and the cells that say nothing that could stand in it."""
    body: dict[str, Any] = {}
    wrong: list[tuple[Column, Wrong]] = []
    for column in sheet.columns:
        cell = cells.get(column.key)
        if cell is None or cell == "":
            if column.required:
                wrong.append((column, Wrong("required")))
            continue
        if isinstance(cell, Failed):
            wrong.append((column, Wrong("formula")))
            continue
        try:
            value = column.parse(cell)
        except Wrong as error:
            wrong.append((column, error))
            continue
        _place(body, column.field, value)
    return body, wrong


def _place(body: dict[str, Any], pointer: str, value: Any) -> None:
    *around, last = pointer.removeprefix("/").split("/")
    for name in around:
        body = body.setdefault(name, {})
    body[last] = value
