"""A table to be written: its columns as a schema names them, its rows as they come, and its provenance."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import marshmallow as ma

#: What one cell may hold. Text is text, however it looks; only the others are numbers and truth values.
Cell = str | int | float | Decimal | bool | None

#: Fields whose values are numbers: Integer, Float, Decimal and Money are such; Quantity is one by its name.
_NUMBERS = (ma.fields.Number, ma.fields.Integer, ma.fields.Float, ma.fields.Decimal)


class Column(NamedTuple):
    """`path` leads to the value within an item; `number` says that digits written as text are a number."""

    path: tuple[str, ...]
    number: bool = False

    @property
    def key(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True)
class Table:
    """`items` are read once, in order. `source` are the lines that say where the table came from; `ending`
    gives more of them, which are known when all items have been read.

    `name` is that of the file, in ASCII; `title` that of the sheet, where it is another.
    """

    name: str
    columns: list[Column]
    items: Iterable[Mapping[str, Any]]
    source: dict[str, str] = field(default_factory=dict)
    title: str = ""
    ending: Callable[[], Mapping[str, str]] = dict

    def rows(self) -> Iterator[list[Cell]]:
        for item in self.items:
            yield [_cell(_at(item, column.path), column.number) for column in self.columns]


def columns_of(
    schema: ma.Schema | type[ma.Schema], numbers: Collection[str] = (), prefix: tuple[str, ...] = ()
) -> list[Column]:
    """The columns of what a schema answers; objects within have columns of their own (`industry.code`).

    `numbers` are the names of fields that are text to the schema and yet numbers, such as exact decimals.
    """
    found: list[Column] = []
    for name, one in (schema() if isinstance(schema, type) else schema).fields.items():
        path = (*prefix, one.data_key or name)
        if isinstance(one, ma.fields.Nested) and not one.many:
            found += columns_of(one.schema, numbers, path)
        else:
            number = isinstance(one, _NUMBERS) or type(one).__name__ == "Quantity" or name in numbers
            found.append(Column(path, number))
    return found


def _at(item: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if not isinstance(item, Mapping):
            return None
        item = item.get(name)
    return item


def _cell(value: Any, number: bool) -> Cell:
    """Lists of words are joined by ``; ``, anything deeper is compact JSON."""
    if value is None or isinstance(value, bool | int | float | Decimal):
        return value
    if isinstance(value, str):
        return _number(value) if number else value
    if isinstance(value, Mapping) or (
        isinstance(value, list | tuple) and any(isinstance(one, Mapping | list | tuple) for one in value)
    ):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str) if value else None
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value)) or None
    return str(value)


def _number(text: str) -> Cell:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return text
    return found if found.is_finite() else text
