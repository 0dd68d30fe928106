"""What is wrong with a row, as data: the sentence is made when it is read, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from services.eventkit.bulk.cells import Cell, shown
from services.eventkit.bulk.kinds import Column
from services.eventkit.bulk.lines import BadFile
from services.eventkit.errors import AlreadyTaken, SxshError
from services.eventkit.http.problems import field_errors

Language = Literal["vi", "en"]

#: Characters of a cell that a problem keeps.
KEPT = 200


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """At a cell, or of a whole row (`column` "") or file (`row` 0). `value` None: empty, or personal."""

    sheet: str
    row: int
    column: str
    code: str
    value: str | None = None
    arguments: dict[str, str] = {}

    def reason(self, language: Language) -> str:
        return sentence(self.code, self.arguments, language)


class _Words(msgspec.Struct):
    reasons: dict[str, dict[str, str]]
    schema: list[tuple[str, str]]


@lru_cache(maxsize=1)
def _words() -> _Words:
    raw = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
    return msgspec.convert(raw, _Words)


def sentence(code: str, arguments: dict[str, str], language: Language) -> str:
    """Raises KeyError for a code that has no words."""
    return _words().reasons[code][language].format_map(arguments)


def of_file(error: BadFile) -> Problem:
    return Problem(sheet=error.sheet, row=error.row, column="", code=error.code, arguments=error.arguments)


def at_cell(
    sheet: str, row: int, column: Column | None, cell: Cell, code: str, arguments: dict[str, str]
) -> Problem:
    private = column is not None and column.personal
    return Problem(
        sheet=sheet,
        row=row,
        column="" if column is None else column.key,
        value=None if private or cell is None or cell == "" else shown(cell)[:KEPT],
        code=code,
        arguments=arguments,
    )


def of_schema(messages: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(pointer, code, arguments) of each thing that a marshmallow schema says against a body."""
    for error in field_errors(messages, "body"):
        yield error["field"], *coded(error["detail"])


def of_domain(error: SxshError) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The same of what a command was refused for."""
    if isinstance(error, AlreadyTaken):
        yield "", "already-taken", {"detail": error.detail}
    elif error.errors:
        for each in error.errors:
            yield each["field"], *coded(each["detail"])
    else:
        yield "", *coded(error.detail)


def coded(message: str) -> tuple[str, dict[str, str]]:
    """An English message as a code with arguments; one that has no words of its own is quoted."""
    for pattern, code in _words().schema:
        if match := re.fullmatch(pattern, message):
            return code, {name: value for name, value in match.groupdict().items() if value is not None}
    return "quoted", {"detail": message}
