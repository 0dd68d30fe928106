"""What an operator decides and sends in at a browser: a flag is reviewed, a file of rows is brought in."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.desk import Desk, faults

Sit = Callable[..., Desk]


def test_a_flag_is_reviewed(sit: Sit) -> None:
    desk = sit().sign_in("reviewer", subject="hoa")
    page = desk.page
    page.goto("/flags")
    flag = page.locator("main table a").first.get_attribute("href")
    page.goto(flag or "")
    record = page.get_by_role("button", name="Ghi quyết định")
    # What is lacking is said at once, and nothing is recorded.
    record.click()
    expect(page.get_by_role("alert")).to_contain_text("Chưa ghi nhận được gì")
    assert faults(page) == []
    page.get_by_label("Số liệu đúng – giữ lại").check()
    page.get_by_label("Lý do").fill("Đã xem hóa đơn điện tại cơ sở.")
    record.click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.goto(flag or "")
    expect(page.get_by_role("status").first).to_contain_text("Đã xem hóa đơn điện tại cơ sở.")
    page.goto("/flags?decided=true")
    expect(page.locator(f'main a[href="{flag}"]')).to_be_visible()
    desk.complaints.clear()  # the browser says that the empty form was answered 422


def test_a_file_with_errors_is_looked_through_and_its_right_rows_are_brought_in(sit: Sit) -> None:
    desk = sit().sign_in("registrar", subject="minh")
    page = desk.page
    page.goto("/imports")
    code = f"NB-FILE-{time.time_ns()}"
    head = desk.context.request.get("/imports/templates/facilities.csv").text().splitlines()[0]
    right = f"{code},Cơ sở từ tệp,Doanh nghiệp,2018,2394,,12,,,,nho-quan,2017-03-01"
    wrong = f"{code}-2,,Doanh nghiệp,2018,2394,,12,,,,nho-quan,2017-02-30"
    rows = "\n".join([head, right, wrong]).encode()
    kind = page.get_by_label("Cơ sở công nghiệp")
    if kind.count():
        kind.check()
    page.get_by_label("Tệp", exact=True).set_input_files(
        {"name": "co-so.csv", "mimeType": "text/csv", "buffer": rows}
    )
    page.get_by_role("button", name="Kiểm tra tệp").click()
    page.wait_for_url(re.compile("/imports/registry/"))
    problems = page.get_by_role("group", name="Các chỗ cần sửa")
    expect(problems).to_be_visible(timeout=30_000)
    expect(problems).to_contain_text("2017-02-30")
    assert faults(page) == []
    page.get_by_role("button", name="Chỉ ghi 1 dòng đúng").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("đã xong", timeout=30_000)
    found = desk.system.call("GET", "registry", f"/api/v1/facilities?q={code}")[1]["items"]
    assert [one["code"] for one in found] == [code]
