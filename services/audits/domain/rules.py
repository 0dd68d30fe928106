"""The limits by which options wait and figures are doubted (data/rules.yaml), and counting in months."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

import msgspec
import yaml

DATA = Path(__file__).parent.parent / "data"


class Words(msgspec.Struct, frozen=True):
    vi: str
    en: str


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    asked_every_months: int
    lapses_after_months: int
    outlier_limit: str

    @property
    def outlier(self) -> Fraction:
        return Fraction(self.outlier_limit)


@cache
def rules() -> Rules:
    text = (DATA / "rules.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), Rules)


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later, or that month's last day when it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
