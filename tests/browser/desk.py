"""A person at a browser, signed in to the running system, and all that the browser complains of."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request

from services.kpi.pages import COOKIE
from tests.e2e.launched import Launched

#: Kept from run to run, for a person to look at.
SHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
#: Width -> height of a window; the narrowest and the widest are those that differ most.
WINDOWS = {1440: 900, 768: 1024, 360: 740}
SCHEMES = ("light", "dark")
#: WCAG 2.2 AA and what axe holds to be good besides.
_RULES = {"resultTypes": ["violations"]}


class Desk:
    """`complaints` are errors of scripts, refusals of the policy, and requests to other hosts."""

    def __init__(self, browser: Browser, system: Launched, *, scripts: bool = True, **window: Any) -> None:
        self.system = system
        self.base = system.addresses.services["kpi"]
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=self.base,
            java_script_enabled=scripts,
            locale="vi-VN",
            reduced_motion="reduce",
            viewport=window.get("viewport", {"width": 1440, "height": 900}),
        )
        self.context.set_default_timeout(60_000)
        self.context.on("request", self._asked)
        self.page: Page = self.tab()

    def tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._said(said.type, f"{said.text} ({said.location['url']})"))
        return page

    def sign_in(self, *roles: str, subject: str = "lan") -> Desk:
        """By the form, as a person with a token does."""
        self.page.goto("/")
        self.page.get_by_label("Mã truy cập").fill(self.system.token(*roles, subject=subject))
        self.page.get_by_role("button", name="Đăng nhập").click()
        self.page.wait_for_url(f"{self.base}/")
        return self

    def remembered(self, *roles: str, subject: str = "lan") -> Desk:
        """As one whom the browser remembers from before."""
        token = self.system.token(*roles, subject=subject)
        self.context.add_cookies([{"name": COOKIE, "value": token, "url": self.base}])
        return self

    def finding(self, code: str) -> str:
        return self.page.locator(f"[data-finding={code}]").inner_text()

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).hostname != urlsplit(self.base).hostname:
            self.complaints.append(f"asked another host: {request.url}")

    def close(self) -> None:
        self.context.close()


def faults(page: Page) -> list[str]:
    """What axe finds wrong, each with the element."""
    found = Axe().run(page, options=_RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def shoot(page: Page, name: str) -> list[str]:
    """A picture of the page in each window, light and dark; what axe finds in it, and what is too wide."""
    wrong = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width, height in WINDOWS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(
                path=SHOTS / f"{name}-{width}-{scheme}.jpg", type="jpeg", quality=85, full_page=True
            )
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                wrong.append(f"{name} is {wide} px wide in a window of {width}")
            if (scheme, width) in (("light", 1440), ("dark", 360)):
                wrong += [f"{name} {width} {scheme}: {fault}" for fault in faults(page)]
    return wrong
