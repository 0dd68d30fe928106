"""What a reader is told, and how numbers, days and money are written for them. Vietnamese first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml
from babel import Locale, dates, numbers

from services.eventkit.http.fields import VIETNAM
from services.kpi.domain.rules import Words

LANGUAGES = ("vi", "en")
FOLDER = Path(__file__).parent

#: Where Babel's Vietnamese has no short form that people here use.
_PATTERNS = {"vi": ("dd/MM/yyyy", "MM/yyyy"), "en": ("d MMM yyyy", "MMM yyyy")}

_ROMAN = ("I", "II", "III", "IV")

#: What is kept -> how many of it make one of what is said.
_SPOKEN = {"goe": (1_000_000, "TOE"), "l": (1000, "m³")}

_ISO_DAY = re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b")
_SHARE = re.compile(r"(-?\b\d+\.\d+)%")


@cache
def _catalogue() -> dict[str, Words]:
    """Of every file of words. Raises ValueError when two of them say the same thing."""
    catalogue: dict[str, Words] = {}
    for file in sorted((FOLDER / "words").glob("*.yaml")):
        read = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        words = msgspec.convert(read, dict[str, Words])
        if twice := words.keys() & catalogue.keys():
            raise ValueError(f"{file.name} repeats {', '.join(sorted(twice))}.")
        catalogue |= words
    return catalogue


class Reader:
    """Who reads, in one of `LANGUAGES`."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._locale = Locale(self.language)
        self._day, self._month = _PATTERNS[self.language]

    def t(self, key: str, **values: Any) -> str:
        """Raises LookupError for a key that the catalogue lacks."""
        return str(getattr(_catalogue()[key], self.language)).format(**values)

    def raw(self, key: str) -> str:
        """With its places to fill in left as they are, for a script that fills them."""
        return str(getattr(_catalogue()[key], self.language))

    def clock(self) -> str:
        """The time of day now, in Việt Nam."""
        return f"{datetime.now(VIETNAM):%H:%M:%S}"

    def pick(self, words: Words | Mapping[str, str]) -> str:
        """With the days and shares in it as the reader writes them: reasons say them as the API does."""
        said = str(words[self.language] if isinstance(words, Mapping) else getattr(words, self.language))
        said = _ISO_DAY.sub(self._day_of, said)
        return _SHARE.sub(lambda found: self.percent(Decimal(found[1]) / 100), said)

    def _day_of(self, found: re.Match[str]) -> str:
        try:
            return self.day(date.fromisoformat(found[0]))
        except ValueError:
            return found[0]

    def number(self, value: int | str | Decimal | None, digits: int = 0) -> str:
        if value is None:
            return self.t("no-value")
        pattern = "#,##0" if not digits else "#,##0." + "0" * digits
        return str(numbers.format_decimal(Decimal(value), pattern, locale=self._locale))

    def percent(self, ratio: str | Decimal | None, digits: int = 1) -> str:
        """Of a share: ``"0.948"`` is 94,8%."""
        if ratio is None:
            return self.t("no-value")
        pattern = "#,##0." + "0" * digits + "%"
        return str(numbers.format_percent(Decimal(ratio), pattern, locale=self._locale))

    def target(self, ratio: str | Decimal) -> str:
        """A share that was decreed: without digits that it does not have."""
        return str(numbers.format_percent(Decimal(ratio), "#,##0.##%", locale=self._locale))

    def points(self, difference: Decimal) -> str:
        """A difference of shares, in percentage points, with its sign."""
        scaled = difference * 100
        if not self.differs(difference):
            return self.t("same")
        pattern = "+#,##0.0;−#,##0.0"
        shown = numbers.format_decimal(scaled, pattern, locale=self._locale)
        return self.t("points", value=shown)

    @staticmethod
    def differs(difference: Decimal) -> bool:
        """Whether a difference of shares shows in the digits that are shown."""
        return bool((difference * 100).quantize(Decimal("0.1")))

    def money(self, dong: int | None) -> str:
        if dong is None:
            return self.t("no-value")
        return str(numbers.format_currency(dong, "VND", locale=self._locale, currency_digits=True))

    def amount(self, value: int | None, unit: str) -> str:
        """What is kept in grams of oil equivalent, litres or dong, as people speak of it; else a number."""
        if value is None or unit not in _SPOKEN:
            return self.number(value) if unit != "VND" else self.money(value)
        scale, called = _SPOKEN[unit]
        return f"{self.number(Decimal(value) / scale)} {called}"

    def day(self, day: date) -> str:
        return str(dates.format_date(day, self._day, locale=self._locale))

    def month(self, day: date) -> str:
        return str(dates.format_date(day, self._month, locale=self._locale))

    def period(self, year: int, quarter: int | None) -> str:
        """A year, or a quarter of one, which has a Roman number in Vietnamese."""
        if quarter is None:
            return self.t("report-of-year", year=year)
        named = _ROMAN[quarter - 1] if self.language == "vi" else quarter
        return self.t("report-of-quarter", year=year, quarter=named)

    def moment(self, moment: datetime) -> str:
        here = moment.astimezone(VIETNAM)
        return f"{here:%H:%M:%S} {self.day(here.date())}"
