"""Dated values: each holds from its day until the next later one; recorded last wins on the same day."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Dated(msgspec.Struct, Generic[T], frozen=True):
    day: date
    value: T


class History(msgspec.Struct, Generic[T], frozen=True):
    entries: tuple[Dated[T], ...] = ()

    def on(self, day: date) -> T | None:
        """The value on a day; None before the first."""
        index = bisect_right(self.entries, day, key=lambda entry: entry.day)
        return self.entries[index - 1].value if index else None

    @property
    def latest(self) -> T | None:
        return self.entries[-1].value if self.entries else None

    def since(self, day: date, value: T) -> History[T]:
        index = bisect_right(self.entries, day, key=lambda entry: entry.day)
        return History((*self.entries[:index], Dated(day, value), *self.entries[index:]))
