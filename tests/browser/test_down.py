"""From a number down to what it rests on."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.desk import Desk


def test_from_a_number_to_its_facilities_their_events_and_the_commit(lan: Desk) -> None:
    page = lan.page
    page.goto("/targets/K1")
    page.get_by_role("link", name="Xem từng cơ sở").click()
    expect(page).to_have_url(re.compile("/targets/K1/facilities"))
    facility = page.locator("main table").get_by_role("link").first
    name = facility.inner_text()
    facility.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_role("heading", name="Cơ sở này được tính thế nào")).to_be_visible()
    page.locator("#timeline").locator("..").get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/events/"))
    expect(page.get_by_role("heading", name="Lần ghi")).to_be_visible()
    expect(page.get_by_role("heading", name="Nếu không có sự kiện này")).to_be_visible()
