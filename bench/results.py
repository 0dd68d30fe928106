"""Rows, their verdicts, the table and the JSON."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).parent / "results"


@dataclass
class Check:
    """`value` must be at least (or at most) `limit`."""

    what: str
    value: float
    limit: float
    at_least: bool = True

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass
class Row:
    """One measurement. `samples` and `floors` are rates or sizes in `unit`, one of each a round."""

    key: str
    what: str
    unit: str
    samples: list[float]
    floor: str = ""
    floors: list[float] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)

    @property
    def ratio(self) -> float:
        """The median of the rounds' own ratios: each round against the floor measured beside it."""
        return statistics.median(a / b for a, b in zip(self.samples, self.floors, strict=True))

    def hold_ratio(self, limit: float) -> Row:
        self.checks.append(Check("x floor", self.ratio, limit))
        return self


def interleaved(
    rounds: int, measure: Callable[[], float], floor: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """Measure and floor by turns, so that what disturbs the machine disturbs both."""
    samples, floors = [], []
    for number in range(rounds):
        for which in (floor, measure) if number % 2 else (measure, floor):
            (samples if which is measure else floors).append(which())
    return samples, floors


def shown(values: Sequence[float]) -> str:
    """Median, and the range."""
    if not values:
        return ""
    low, high = min(values), max(values)
    spread = "" if low == high else f"  ({low:,.0f} … {high:,.0f})"
    return f"{statistics.median(values):,.0f}{spread}"


def table(rows: Sequence[Row]) -> Table:
    found = Table(title="Measured here, each against its own floor: median (range)", title_justify="left")
    for heading in ("what", "unit", "measured", "floor", "hold", "is", ""):
        found.add_column(heading, justify="right" if heading in ("measured", "floor", "is") else "left")
    for row in rows:
        for number, check in enumerate(row.checks or [Check("", 0, 0)]):
            sign = "≥" if check.at_least else "≤"
            first = number == 0
            verdict = "[green]holds[/]" if check.holds else "[bold red]FAILS[/]"
            found.add_row(
                row.what if first else "",
                row.unit if first else "",
                shown(row.samples) if first else "",
                f"{shown(row.floors)}\n[dim]{row.floor}[/]" if first else "",
                f"{sign} {check.limit:,g} {check.what}" if check.what else "",
                f"{check.value:,.2f}" if check.what else "",
                verdict if check.what else "",
            )
        for note in row.notes:
            found.add_row(f"[dim]  {note}[/]")
    return found


def report(rows: Sequence[Row], seconds: float, quick: bool) -> bool:
    """Print the table and keep the numbers; whether everything holds."""
    Console(width=150).print(table(rows))
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    found = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": {
            "cpus": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "load": os.getloadavg(),
        "quick": quick,
        "seconds": round(seconds, 1),
        "rows": [{**asdict(row), "holds": row.holds} for row in rows],
    }
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    Console().print(f"Took {seconds:.0f} s. Kept in {path}.", highlight=False)
    return all(row.holds for row in rows)
