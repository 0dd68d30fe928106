"""What CI decides by: ratios to floors, and no absolute times.

What does not hold is measured again, up to `ROUNDS` times altogether, and the median of all rounds
decides: one disturbed moment fails nothing, a loss that stays does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from bench.progress import tell
from bench.results import Check, Row, together

ROUNDS = 3

Measure = Callable[[], list[Row]]


def judged(measures: Mapping[str, Measure]) -> list[Row]:
    return [row for name, measure in measures.items() for row in _judged(name, measure)]


def _judged(name: str, measure: Measure) -> list[Row]:
    rows = measure()
    for again in range(2, ROUNDS + 1):
        if all(row.holds_in_ci for row in rows):
            break
        tell(f"{name} does not hold: measured again, the {again}. of at most {ROUNDS} times")
        rows = [together(a, b) for a, b in zip(rows, measure(), strict=True)]
    return rows


def verdict(rows: Sequence[Row]) -> int:
    """The exit code; says which ratio fell under which hold."""
    fallen = [said for row in rows for said in _fallen(row)]
    for said in fallen:
        print(said, file=sys.stderr)
    return 1 if fallen else 0


def _fallen(row: Row) -> Iterator[str]:
    for check in row.checks:
        if not check.holds_in_ci:
            yield _sentence(row, check)


def _sentence(row: Row, check: Check) -> str:
    rounds = ", ".join(f"{value:.2f}" for value in check.values)
    return (
        f"{row.what}: {check.value:.2f} {check.what}, under the hold of {check.in_ci:g} "
        f"(median of {len(check.values)} rounds: {rounds})."
    )
