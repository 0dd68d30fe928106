"""A whole province's register in one file: nothing lost, nothing twice, and the machine does not notice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

from services.registry.container import Container
from tests.integration.bulk.files import FACILITY_HEADS, facility_row, xlsx
from tests.integration.bulk.sender import Sender

pytestmark = pytest.mark.timeout(400)

ROWS = 20_000
#: Every hundredth row is bad, in one of these ways: (what is wrong, its column, its code).
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "công ty"}, "kind", "choice"),
    ({"since": "31/02/2015"}, "since", "no-such-day"),
    ({"unit": "nowhere"}, "unit", "no-unit"),
    ({"name": None}, "name", "required"),
    ({"tax_code": "12"}, "tax_code", "pattern"),
    ({"code": "NB-00001"}, "code", "twice"),
]
#: What memory may grow by while the file is checked and written, beside what a thousand rows took before.
MEGABYTES = 40


def bad(number: int) -> tuple[dict[str, Any], str, str] | None:
    return BAD[number // 100 % len(BAD)] if number % 100 == 99 else None


def rows(count: int) -> Iterator[list[Any]]:
    yield list(FACILITY_HEADS)
    for number in range(count):
        changes = bad(number)
        yield facility_row(number, **(changes[0] if changes else {}))


@contextmanager
def watched() -> Iterator[list[float]]:
    """The highest resident memory meanwhile, in MB above that at the beginning; at index 0."""
    process, stop = psutil.Process(), threading.Event()
    before = process.memory_info().rss
    highest = [0.0]

    def watch() -> None:
        while not stop.wait(0.02):
            highest[0] = max(highest[0], (process.memory_info().rss - before) / 2**20)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield highest
    finally:
        stop.set()
        thread.join()


def test_twenty_thousand_facilities_one_in_a_hundred_bad(sender: Sender, container: Container) -> None:
    sender.checked(xlsx({"Cơ sở": rows(1000)}), "facilities")
    body = xlsx({"Cơ sở": rows(ROWS)})
    with watched() as memory:
        began = time.monotonic()
        job = sender.checked(body, "facilities")
        checked = time.monotonic()
        done = sender.ran(job["id"])
        ran = time.monotonic()
    expected = [(n + 2, found[1], found[2]) for n in range(ROWS) if (found := bad(n))]
    assert (job["rows"], job["bad"], job["good"]) == (ROWS, len(expected), ROWS - len(expected))
    named = [(p["row"], p["column_key"], p["code"]) for p in sender.problems(job["id"])]
    assert named == expected
    assert (done["written"], done["refused"], done["same"]) == (job["good"], job["bad"], 0)
    head = container.log.head()
    assert sender.ran(sender.checked(body, "facilities")["id"])["written"] == 0
    assert container.log.head() == head
    assert memory[0] < MEGABYTES
    print(
        f"{ROWS} rows: checked at {ROWS / (checked - began):.0f} a second, "
        f"written at {ROWS / (ran - checked):.0f} a second, {memory[0]:.0f} MB more at most"
    )
