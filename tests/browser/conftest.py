"""One system for the whole tier, started by the command that a person uses, and one browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from rich.console import Console

from deploy.sxsh.demo import run
from tests.browser.chromium import launched_browser
from tests.browser.desk import SHOTS, Desk
from tests.e2e.launched import Launched

#: Enough for each kind of story, few enough to be loaded in seconds.
FACILITIES = 40

# As long as a busy machine may need; who waits in vain waits that long.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with launched_browser() as browser:
        yield browser


@pytest.fixture(scope="package")
def system(browser: Browser, server_folder: Path) -> Iterator[Launched]:
    """With a small demonstration province in it. Nothing is started where there is no browser.

    With `SXSH_TEST_RUNNING=<folder>/data`, that of this folder, which runs already.
    """
    if running := os.environ.get("SXSH_TEST_RUNNING"):
        yield Launched(Path(running).parent)
        return
    system = Launched(server_folder / "browser")
    system.workspace.root.parent.mkdir()
    try:
        system.start()
        run(
            system.addresses.services,
            lambda subject, roles: system.token(*roles, subject=subject),
            Console(quiet=True),
            FACILITIES,
        )
        yield system
    finally:
        system.end()


@pytest.fixture(scope="package")
def album(browser: Browser, system: Launched) -> Iterator[Desk]:
    """Somebody who may see every page, for the pictures of all of them."""
    desk = Desk(browser, system).remembered("operator", "inspector", "admin")
    SHOTS.mkdir(parents=True, exist_ok=True)
    for old in SHOTS.glob("*.jpg"):
        old.unlink()
    yield desk
    desk.close()


@pytest.fixture
def sit(browser: Browser, system: Launched) -> Iterator[Callable[..., Desk]]:
    """Call it for somebody at a browser of their own; at the end the browser must not have complained."""
    desks: list[Desk] = []

    def sit(**wishes: Any) -> Desk:
        desks.append(Desk(browser, system, **wishes))
        return desks[-1]

    yield sit
    for desk in desks:
        desk.close()
    assert not [said for desk in desks for said in desk.complaints]


@pytest.fixture
def lan(sit: Callable[..., Desk]) -> Desk:
    """An operator who may also look into logs, on the first page."""
    return sit().sign_in("operator", "inspector")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if any(SHOTS.glob("*.jpg")):
        terminalreporter.write_line(f"Pictures of the pages: {SHOTS}")
