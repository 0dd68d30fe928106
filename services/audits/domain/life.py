"""How long a pending option is waited for (data/life.yaml), and counting in months."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
import yaml

DATA = Path(__file__).parent.parent / "data"


class Life(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    asked_every_months: int
    lapses_after_months: int


@cache
def life() -> Life:
    text = (DATA / "life.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), Life)


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later, or that month's last day when it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
