"""Run the measurements: `python -m bench [--quick] [--only append,consume]`. Exit code 1: something fails."""

from __future__ import annotations

import argparse
import importlib
import sys
import time

from rich.console import Console

from bench.results import Row, report
from bench.world import world

ROWS = ("append", "consume", "rebuild", "visible", "reads", "pages", "memory", "proofs")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller and shorter; the same limits")
    parser.add_argument("--only", default="", help=f"some of {', '.join(ROWS)}, with commas")
    given = parser.parse_args()
    wanted = [name for name in ROWS if not given.only or name in given.only.split(",")]
    console, rows, started = Console(stderr=True), [], time.monotonic()
    with world(given.quick) as servers:
        for name in wanted:
            began = time.monotonic()
            found: Row | list[Row] = importlib.import_module(f"bench.{name}").measure(servers)
            rows += found if isinstance(found, list) else [found]
            console.print(f"[dim]{name}: {time.monotonic() - began:.0f} s[/]", highlight=False)
    return 0 if report(rows, time.monotonic() - started, given.quick) else 1


if __name__ == "__main__":
    sys.exit(main())
