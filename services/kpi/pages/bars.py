"""Bars side by side, drawn by the templates: widths in hundredths of the longest, amounts beside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Bar(NamedTuple):
    """`label` is what it measures, `text` how much it is; `width` from 0 to 100."""

    label: str
    text: str
    width: float


class Row(NamedTuple):
    name: str
    bars: list[Bar]
    href: str = ""


#: (what it measures, how long it is, how that is written)
Amount = tuple[str, float, str]


def bars(rows: Iterable[tuple[str, Sequence[Amount], str]], longest: float | None = None) -> list[Row]:
    """Of (name, amounts, address or ""). `longest` is what fills the width; else the largest amount does."""
    told = list(rows)
    most = longest or max((size for _, amounts, _ in told for _, size, _ in amounts), default=0.0) or 1.0
    return [
        Row(name, [Bar(label, text, _width(size / most)) for label, size, text in amounts], href)
        for name, amounts, href in told
    ]


def _width(part: float) -> float:
    return round(min(max(part, 0.0), 1.0) * 100, 1)
