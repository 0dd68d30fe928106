"""A table of a report, apart from how it is set: the values with what they are."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from services.kpi.pages.language import Reader

#: text; a whole number; a share; grams of oil equivalent, shown as TOE; whole đồng; a number with one digit.
Kind = Literal["text", "count", "share", "toe", "money", "decimal"]
Content = Mapping[str, Any]

_GOE = Decimal(1_000_000)


class Value(NamedTuple):
    kind: Kind
    value: Any

    def exact(self) -> str | Decimal | None:
        """As a spreadsheet keeps it: a share as a share, energy in TOE."""
        if self.value is None or self.value == "":
            return None
        if self.kind == "text":
            return str(self.value)
        number = Decimal(self.value)
        return number / _GOE if self.kind == "toe" else number

    def shown(self, say: Reader) -> str:
        if self.value is None:
            return say.t("no-value")
        if self.kind == "text":
            return str(self.value)
        if self.kind == "share":
            return say.percent(self.value)
        if self.kind == "toe":
            return say.number(Decimal(self.value) / _GOE, 1)
        return say.number(self.value, 1 if self.kind == "decimal" else 0)


class Column(NamedTuple):
    """`width` is its share of the table's width."""

    heading: str
    width: int
    text: bool = False


class Table(NamedTuple):
    """`total` says that the last row is one, `long` that it need not stand on one page."""

    key: str
    title: str
    columns: list[Column]
    rows: list[list[Value]]
    total: bool = False
    note: str = ""
    long: bool = False


def text(value: object) -> Value:
    return Value("text", value)


def count(value: int | None) -> Value:
    return Value("count", value)


def share(value: str | Decimal | None) -> Value:
    return Value("share", value)


def amount(target: Content, name: str) -> Value:
    """Of numerator or denominator, in the unit of the target."""
    return Value("toe" if target["unit"] == "goe" else "count", target[name])


def columns(say: Reader, first: tuple[str, int], *others: tuple[str, int]) -> list[Column]:
    return [Column(say.t(first[0]), first[1], True), *(Column(say.t(key), width) for key, width in others)]


def status(one: Content, say: Reader) -> Value:
    """Of what has a number to reach."""
    return text(say.t("no-value" if one["status"] == "no-target" else f"status-{one['status']}"))
