"""How long a certificate counts."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

#: A certificate older than this does not count, whatever its course says: the rule of target 3.
MOST_MONTHS = 36


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later, or that month's last day when it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def last_day(issued_on: date, valid_until: date | None) -> date:
    """The last day on which a certificate counts that says `valid_until`, or nothing, of itself."""
    by_rule = add_months(issued_on, MOST_MONTHS)
    return by_rule if valid_until is None else min(by_rule, valid_until)
