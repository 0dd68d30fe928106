"""What people write in cells, read as the JSON that the routes take; what may mean two things is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from services.eventkit.text import fold

Cell = str | int | float | bool | dt.date | dt.datetime | None

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_VIETNAMESE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}([.,][0-9]{1,18})?")
#: Of text alone: 1.500 is one and a half to one writer and fifteen hundred to another, and 1,500 too.
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")


class Failed(str):
    """The error that a formula gave, or the formula itself where it was never calculated."""

    __slots__ = ()


class Wrong(Exception):
    """A cell that cannot be read: a code of words.yaml, with its arguments."""

    def __init__(self, code: str, **arguments: str) -> None:
        super().__init__(code)
        self.code = code
        self.arguments = arguments


def shown(cell: Cell) -> str:
    """A cell as a person would write it."""
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else format(Decimal(repr(cell)), "f")
    return str(cell)


def text(cell: Cell) -> str:
    """Codes made of digits are often numbers to a spreadsheet: 372.0 is read as ``372``."""
    return shown(cell)


def whole(cell: Cell) -> int:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    if isinstance(cell, str) and _WHOLE.fullmatch(cell):
        return int(cell)
    raise Wrong("whole-number")


def number(cell: Cell) -> float:
    """With a point or a comma before the fraction. For what is never in the thousands, such as degrees."""
    return float(_decimal(cell))


def quantity(cell: Cell) -> str:
    """The digits as text, every one of them. Text that may mean a fraction or thousands is refused with both
    readings; a genuine number of a workbook has one."""
    value = _decimal(cell)
    if isinstance(cell, str) and _THOUSANDS.fullmatch(cell):
        fraction = format(value.normalize(), "f")
        whole_ = re.sub("[.,]", "", cell)
        raise Wrong("two-readings", point=fraction, comma=fraction.replace(".", ","), whole=whole_)
    return format(value, "f")


def _decimal(cell: Cell) -> Decimal:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        value = Decimal(repr(cell))
        if value.is_finite():
            return value
    if isinstance(cell, str) and _NUMBER.fullmatch(cell):
        return Decimal(cell.replace(",", "."))
    raise Wrong("number")


def day(cell: Cell) -> str:
    """A date cell, 2018-03-31, or 31/3/2018 as it is written in Việt Nam; as YYYY-MM-DD."""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, str):
        if iso := _ISO.fullmatch(cell):
            return _day(*map(int, iso.groups()))
        if vietnamese := _VIETNAMESE.fullmatch(cell):
            return _day(*map(int, reversed(vietnamese.groups())))
    raise Wrong("day")


def _day(year: int, month: int, day_: int) -> str:
    try:
        return dt.date(year, month, day_).isoformat()
    except ValueError:
        raise Wrong("no-such-day") from None


def choice(values: Mapping[str, tuple[str, ...]]) -> Callable[[Cell], Any]:
    """One of the values, by its own name or any of its words, whatever their case and accents."""
    known = {fold(word): value for value, words in values.items() for word in (value, *words)}
    usual = ", ".join(words[0] if words else value for value, words in values.items())

    def parse(cell: Cell) -> str:
        try:
            return known[fold(shown(cell).strip())]
        except KeyError:
            raise Wrong("choice", choices=usual) from None

    return parse


def several(values: Mapping[str, tuple[str, ...]]) -> Callable[[Cell], Any]:
    """Any of the values, parted by ``;`` or ``,``."""
    one = choice(values)

    def parse(cell: Cell) -> list[str]:
        return [one(part) for part in re.split("[;,]", shown(cell)) if part.strip()]

    return parse
