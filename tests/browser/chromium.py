"""The browser: Debian's Chromium where it is, else whichever Playwright has fetched itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def program(playwright: Playwright) -> str | None:
    """`SXSH_CHROMIUM`, which must exist when it is set; else one on PATH; else Playwright's own."""
    given = os.environ.get("SXSH_CHROMIUM")
    if given:
        assert Path(given).exists(), f"SXSH_CHROMIUM={given} does not exist."
        return given
    found = next(filter(None, map(shutil.which, NAMES)), None)
    own = playwright.chromium.executable_path
    return found or (own if Path(own).exists() else None)


@contextmanager
def launched_browser() -> Iterator[Browser]:
    """Skips when there is none."""
    with sync_playwright() as playwright:
        chosen = program(playwright)
        if chosen is None:
            pytest.skip(
                "No Chromium was found: apt-get install chromium fonts-noto-core, or set SXSH_CHROMIUM"
            )
        browser = playwright.chromium.launch(executable_path=chosen, args=[*ARGUMENTS])
        yield browser
        browser.close()
