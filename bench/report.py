"""The table, the JSON and the chart of a run."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.results import Check, Row, shown

FOLDER = Path(__file__).parent / "results"


def table(rows: Sequence[Row], *, ci: bool = False) -> Table:
    found = Table(title="Measured here, each against its own floor: median (range)", title_justify="left")
    for heading in ("what", "unit", "measured", "floor", "hold", "is", ""):
        found.add_column(heading, justify="right" if heading in ("measured", "floor", "is") else "left")
    for row in rows:
        asked: list[Check | None] = [check for check in row.checks if check.in_ci is not None or not ci]
        beside = [row.what, row.unit, shown(row.samples), f"{shown(row.floors)}\n[dim]{row.floor}[/]"]
        for check in asked or [None]:
            found.add_row(*beside, *(_judged(check, ci) if check else ()))
            beside = ["", "", "", ""]
    return found


def _judged(check: Check, ci: bool) -> tuple[str, str, str]:
    limit = check.in_ci if ci and check.in_ci is not None else check.limit
    holds = check.holds_in_ci if ci else check.holds
    sign = "≥" if check.at_least else "≤"
    verdict = "[green]holds[/]" if holds else "[bold red]FAILS[/]"
    return f"{sign} {limit:,g} {check.what}", shown(check.values), verdict


def report(rows: Sequence[Row], seconds: float, size: str) -> Path:
    """Print the table and keep the numbers; where. `size` is "full", "quick" or "ci"."""
    console = Console(width=150)
    console.print(table(rows, ci=size == "ci"))
    for row in rows:
        for note in row.notes + (_eased(row) if size == "ci" else []):
            console.print(f"{row.what}: {note}", style="dim", highlight=False)
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
        "size": size,
        "seconds": round(seconds, 1),
        "rows": [_told(row) for row in rows],
    }
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    Console().print(
        f"Took {seconds:.0f} s. Kept in {path}, drawn beside it.", highlight=False, soft_wrap=True
    )
    return path


def _eased(row: Row) -> list[str]:
    """Where CI holds a ratio to something else than a full run is held to."""
    return [
        f"held to {check.in_ci:g} in place of {check.limit:g}: {check.why}"
        for check in row.checks
        if check.why
    ]


def _told(row: Row) -> dict[str, Any]:
    checks = [
        {**asdict(check), "value": check.value, "margin": check.margin, "holds": check.holds}
        for check in row.checks
    ]
    point = row.point._asdict() if row.point else None
    return {**asdict(row), "ratios": row.ratios, "checks": checks, "point": point, "holds": row.holds}
