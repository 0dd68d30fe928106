"""How a person gets about: signs in, chooses, shares, prints; by keyboard alone, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.desk import SHOTS, Desk, faults, shoot

Sit = Callable[..., Desk]


def test_signing_in_and_out(sit: Sit) -> None:
    desk = sit()
    desk.page.goto("/targets/K1")
    expect(desk.page).to_have_url(re.compile("/sign-in"))
    assert shoot(desk.page, "sign-in") == []
    desk.page.get_by_label("Mã truy cập").fill("x.y.z")
    desk.page.get_by_role("button", name="Đăng nhập").click()
    expect(desk.page.get_by_role("alert")).to_be_visible()
    desk.complaints.clear()  # the browser says that it was answered 401
    desk.page.get_by_label("Mã truy cập").fill(desk.system.token("operator"))
    desk.page.get_by_role("button", name="Đăng nhập").click()
    expect(desk.page).to_have_url(f"{desk.base}/targets/K1")
    desk.page.get_by_role("button", name="Đăng xuất").click()
    desk.page.goto("/")
    expect(desk.page).to_have_url(re.compile("/sign-in"))


def test_a_filter_and_the_link_to_what_it_shows(lan: Desk, sit: Sit) -> None:
    whole = lan.finding("K1")
    lan.page.get_by_text("Lọc", exact=True).click()
    lan.page.get_by_label("Huyện", exact=True).select_option(label="Huyện Nho Quan")
    lan.page.get_by_role("button", name="Xem").click()
    expect(lan.page).to_have_url(re.compile("unit_id=nho-quan"))
    expect(lan.page.locator("[data-finding=K1]")).not_to_have_text(whole)
    expect(lan.page.locator("#chosen")).to_contain_text("Huyện Nho Quan")
    # The link is all that another person needs.
    other = sit().sign_in("trainer", subject="minh")
    other.page.goto(lan.page.url)
    assert other.finding("K1") == lan.finding("K1")
    # The choice goes with the reader, and can be taken away.
    lan.page.get_by_role("link", name="English").click()
    expect(lan.page.locator("#chosen")).to_contain_text("Nho Quan")
    lan.page.get_by_text("Filter", exact=True).click()
    lan.page.get_by_role("link", name="Clear").click()
    expect(lan.page.locator("#chosen")).to_contain_text("the whole province")


def test_a_filter_that_is_refused_says_why(lan: Desk) -> None:
    lan.page.get_by_text("Lọc", exact=True).click()
    lan.page.get_by_label("Theo dữ liệu đã ghi đến").fill("hôm qua")
    lan.page.get_by_role("button", name="Xem").click()
    expect(lan.page.locator("main")).to_contain_text("known_at")
    lan.complaints.clear()  # the browser says that it was answered 422


def test_the_other_language(lan: Desk) -> None:
    expect(lan.page.locator("html")).to_have_attribute("lang", "vi")
    lan.page.get_by_role("link", name="English").click()
    expect(lan.page.locator("html")).to_have_attribute("lang", "en")
    expect(lan.page.locator("[data-finding=K1]")).to_contain_text("facilities")
    lan.page.goto("/targets/K1")
    expect(lan.page.get_by_role("heading", level=1)).to_contain_text("Awareness")


def test_keyboard_alone(sit: Sit) -> None:
    desk = sit(viewport={"width": 360, "height": 740}).sign_in("operator")
    page = desk.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Đến nội dung chính")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("button", name="Danh mục").focus()
    pages = page.get_by_role("navigation", name="Trang")
    expect(pages).to_be_hidden()
    page.keyboard.press("Enter")
    expect(pages).to_be_visible()
    page.screenshot(path=SHOTS / "menu-360-light.jpg", type="jpeg", quality=85)
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(pages).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(pages.get_by_role("link").first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/facilities"))
    # Every focus can be seen.
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_on_paper(lan: Desk) -> None:
    lan.page.goto("/targets/K1")
    lan.page.emulate_media(media="print")
    for gone in ("nav", "form.filters", "#live", ".canvas"):
        expect(lan.page.locator(gone).first).to_be_hidden()
    expect(lan.page.locator(".chart")).to_be_visible()
    expect(lan.page.locator("details[name=series-view] table")).to_be_visible()
    expect(lan.page.locator("details[name=by_district-view] table")).to_be_visible()
    paper = lan.page.pdf(format="A4", print_background=False)
    assert paper.startswith(b"%PDF") and paper.count(b"/Type /Page\n") in range(2, 8)


def test_without_scripts_nothing_is_missing(sit: Sit) -> None:
    desk = sit(scripts=False).sign_in("operator")
    desk.page.goto("/targets/K1")
    expect(desk.page.locator(".chart")).to_be_visible()
    expect(desk.page.locator(".canvas canvas")).to_have_count(0)
    desk.page.get_by_text("Lọc", exact=True).click()
    desk.page.get_by_label("Quy mô", exact=True).select_option("large")
    desk.page.get_by_role("button", name="Xem").click()
    expect(desk.page).to_have_url(re.compile("size=large"))
    expect(desk.page.locator("#live")).to_contain_text("Số liệu lúc")
