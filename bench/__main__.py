"""Run the measurements: `python -m bench [--quick] [--only append,consume]`, or `--ci`: short, ratios alone.

Exit code 1: something does not hold.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from bench import chart, ci
from bench.progress import tell
from bench.report import report
from bench.results import Row
from bench.world import World, world

ROWS = ("append", "consume", "rebuild", "visible", "reads", "pages", "memory", "proofs")
CURVES = ("curves.writers", "curves.events", "curves.facilities")
#: Those with a ratio to a floor. Of ten times the facilities CI asks the reads, which compare two sizes
#: already; a rebuild of few is mostly its start.
IN_CI = ("append", "consume", "reads", "rebuild", "proofs", "curves.writers", "curves.events")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller and shorter; the same limits")
    parser.add_argument("--ci", action="store_true", help="ratios alone, each held to what CI holds it to")
    parser.add_argument("--only", default="", help=f"some of {', '.join((*ROWS, *CURVES))}, with commas")
    given = parser.parse_args(arguments)
    wanted = _wanted(IN_CI if given.ci else (*ROWS, *CURVES), given.only)
    if not wanted:
        parser.error(f"--only {given.only}: there is no such row")
    started = time.monotonic()
    with world(given.quick or given.ci) as servers:
        if given.ci:
            rows = ci.judged({name: partial(_measured, servers, name, "ratios") for name in wanted})
        else:
            rows = [row for name in wanted for row in _measured(servers, name, "measure")]
    kept = report(rows, time.monotonic() - started, "ci" if given.ci else "quick" if given.quick else "full")
    chart.draw(kept, kept.with_suffix(".svg"))
    if given.ci:
        return ci.verdict(rows)
    return 0 if all(row.holds for row in rows) else 1


def _wanted(names: Sequence[str], only: str) -> list[str]:
    """`curves` names all of them."""
    asked = [name.strip() for name in only.split(",") if name.strip()]
    return [name for name in names if not asked or name in asked or name.partition(".")[0] in asked]


def _measured(servers: World, name: str, function: str) -> list[Row]:
    began = time.monotonic()
    measure: Callable[[World], Row | list[Row]] = getattr(importlib.import_module(f"bench.{name}"), function)
    found = measure(servers)
    tell(f"{name}: took {time.monotonic() - began:.0f} s")
    return found if isinstance(found, list) else [found]


if __name__ == "__main__":
    sys.exit(main())
