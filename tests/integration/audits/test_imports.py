"""What an assessor would lose: an assessment without its meters, one twice, one whose fault is not named."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook

from services.audits.container import Container
from tests.integration.audits.people import Person
from tests.integration.bulk.files import xlsx
from tests.integration.bulk.sender import Sender
from tests.issuer import Issuer
from tests.registry_feed import RegistryFeed

HEADS = {
    "Đánh giá": [
        "Số tham chiếu",
        "Cơ sở",
        "Phương pháp",
        "Ngày bắt đầu",
        "Kỳ gốc từ ngày",
        "Kỳ gốc đến ngày",
    ],
    "Sản phẩm": ["Số tham chiếu", "Mã sản phẩm", "Tên sản phẩm", "Đơn vị", "Sản lượng"],
    "Tiêu thụ": ["Số tham chiếu", "Tài nguyên", "Lượng", "Đơn vị", "Cơ sở số liệu", "Mã sản phẩm"],
    "Giải pháp": ["Số tham chiếu", "Nhóm giải pháp", "Tên giải pháp", "Tài nguyên tiết kiệm", "Ngày đề xuất"],
}
YEAR = ["01/02/2018", "01/01/2017", "31/12/2017"]
GOOD: dict[str, list[list[Any]]] = {
    "Đánh giá": [["A", "f-gach", "nhanh", *YEAR]],
    "Sản phẩm": [["A", "gach", "Gạch nung", "1000 viên", 9000]],
    "Tiêu thụ": [
        ["A", "coal-5-6", 1200, "t", "đo", None],
        ["A", "electricity", "81000,5", "kWh", "đo", "gach"],
    ],
    "Giải pháp": [["A", "Kiểm soát quá trình tốt hơn", "Sấy bằng nhiệt thải", "coal-5-6", "20/02/2018"]],
}
BAD: dict[str, list[list[Any]]] = {
    "Đánh giá": [["B", "f-xi-mang", "detailed", *YEAR], ["C", "f-nobody", "quick", *YEAR]],
    "Sản phẩm": [
        ["B", "xi", "Xi măng", "t", "nhiều"],
        ["C", "xi", "Xi măng", "t", 5],
        ["Z", "xi", "Xi măng", "t", 5],
    ],
    "Tiêu thụ": [["C", "electricity", 5, "t", "đo", None]],
    "Giải pháp": [["C", "by-product", "Bán tro", "coal-5-6", "20/01/2018"]],
}


@pytest.fixture
def sender(app: Flask, issuer: Issuer) -> Sender:
    return Sender(app, issuer.bearer("an", ("assessor",)))


def book(*contents: dict[str, list[list[Any]]]) -> bytes:
    return xlsx({name: [heads, *(row for c in contents for row in c[name])] for name, heads in HEADS.items()})


def test_assessments_come_in_whole_or_not_at_all_and_once(
    sender: Sender, an: Person, container: Container
) -> None:
    job = sender.checked(book(GOOD, BAD), "assessments")
    problems = sender.problems(job["id"])
    assert [(p["sheet"], p["row"], p["column_key"], p["value"], p["code"]) for p in problems] == [
        ("Sản phẩm", 3, "output", "nhiều", "number"),
        ("Đánh giá", 4, "facility", "f-nobody", "no-facility"),
        ("Tiêu thụ", 4, "unit", "t", "unit-of"),
        ("Giải pháp", 3, "on", "20/01/2018", "too-early"),
        ("Sản phẩm", 5, "reference", "Z", "joins-nothing"),
    ]
    assert (job["rows"], job["good"], job["bad"], container.log.head()) == (4, 1, 3, 0)

    assert sender.ran(job["id"])["written"] == 1
    (item,) = an.read("/assessments")["items"]
    found = an.read(f"/assessments/{item['id']}")
    assert (found["facility_id"], found["method"], found["opened_on"]) == ("f-gach", "quick", "2018-02-01")
    assert [p["output"] for p in found["baseline"]["products"]] == ["9000"]
    assert [(f["quantity"], f.get("product")) for f in found["baseline"]["flows"]] == [
        ("1200", None),
        ("81000.5", "gach"),
    ]
    assert [(o["option_class"], o["proposed_on"]) for o in found["options"]] == [
        ("process-control", "2018-02-20")
    ]

    head = container.log.head()
    renamed = {name: [["7", *row[1:]] for row in rows] for name, rows in GOOD.items()}
    again = sender.ran(sender.checked(book(renamed), "assessments")["id"])
    assert (again["written"], again["same"], container.log.head()) == (0, 1, head)

    answer = sender.get(f"/{job['id']}/rejected?format=xlsx")
    rejected = load_workbook(io.BytesIO(answer.data))
    assert {name: [row[0] for row in rejected[name].values][1:] for name in HEADS} == {
        "Đánh giá": ["B", "C"],
        "Sản phẩm": ["B", "C", "Z"],
        "Tiêu thụ": ["C"],
        "Giải pháp": ["C"],
    }
    resent = sender.checked(answer.data, "assessments")
    assert (resent["rows"], resent["bad"]) == (3, 3)


def test_the_file_to_fill_in_has_all_four_sheets_and_is_no_csv(sender: Sender) -> None:
    answer = sender.get("/templates/assessments?format=xlsx")
    assert load_workbook(io.BytesIO(answer.data)).sheetnames[:4] == list(HEADS)
    assert sender.get("/templates/assessments?format=csv").status_code == 422
    job = sender.checked(b"reference\n1\n", "assessments", "csv")
    assert (job["state"], job["failure"]["code"]) == ("failed", "needs-xlsx")


def test_bad_assessments_without_parts_can_be_mended_from_the_file_of_rejected_rows(sender: Sender) -> None:
    alone = {name: BAD[name][:1] if name == "Đánh giá" else [] for name in HEADS}
    job = sender.checked(book(alone), "assessments")
    assert [p["code"] for p in sender.problems(job["id"])] == ["part-count"]
    answer = sender.get(f"/{job['id']}/rejected")
    assert answer.headers["Content-Disposition"].isascii()
    rejected = load_workbook(io.BytesIO(answer.data))
    assert {name: rejected[name].max_row for name in HEADS} == dict.fromkeys(HEADS, 1) | {"Đánh giá": 2}


def test_an_assessment_that_comes_again_with_other_figures_opens_no_second_one(
    sender: Sender, an: Person, container: Container
) -> None:
    sender.ran(sender.checked(book(GOOD), "assessments")["id"])
    head = container.log.head()
    (first,) = an.read("/assessments")["items"]
    mended = {**GOOD, "Sản phẩm": [["A", "gach", "Gạch nung", "1000 viên", 9100]]}
    job = sender.checked(book(mended), "assessments")
    (problem,) = sender.problems(job["id"], "en")
    assert (problem["code"], problem["column_key"]) == ("assessment-there", "facility")
    assert first["id"] in problem["reason"] and "2018-02-01" in problem["reason"]
    assert (sender.ran(job["id"])["written"], container.log.head()) == (0, head)

    later = {**mended, "Đánh giá": [["A", "f-gach", "nhanh", "01/02/2019", *YEAR[1:]]]}
    later["Giải pháp"] = [[*GOOD["Giải pháp"][0][:4], "20/02/2019"]]
    assert sender.ran(sender.checked(book(later), "assessments")["id"])["written"] == 1


def test_two_assessments_of_a_facility_on_one_day_do_not_both_come_in(
    sender: Sender, registry: RegistryFeed
) -> None:
    """By the same name in the check; by two names of it too."""
    twin = {name: [["A2", *row[1:]] for row in rows] for name, rows in GOOD.items()}
    twin["Sản phẩm"] = [["A2", "gach", "Gạch nung", "1000 viên", 9100]]
    job = sender.checked(book(GOOD, twin), "assessments")
    assert [p["code"] for p in sender.problems(job["id"])] == ["twice"]
    registry.facility("f-gach-cu", "nho-quan")
    registry.merged("f-gach-cu", "f-gach")
    other_name = {**twin, "Đánh giá": [["A2", "f-gach-cu", *GOOD["Đánh giá"][0][2:]]]}
    job = sender.checked(book(GOOD, other_name), "assessments")
    assert [(p["row"], p["code"]) for p in sender.problems(job["id"])] == [(3, "assessment-there")]


def test_a_rejected_assessment_may_be_brought_in_anew(sender: Sender, an: Person, dung: Person) -> None:
    sender.ran(sender.checked(book(GOOD), "assessments")["id"])
    (first,) = an.read("/assessments")["items"]
    at = f"/{first['id']}"
    an.did(f"{at}/submission", {"occurred_on": "2018-03-01"})
    dung.did(f"{at}/rejection", {"occurred_on": "2018-03-02", "reason": "Sai sản lượng"})
    mended = {**GOOD, "Sản phẩm": [["A", "gach", "Gạch nung", "1000 viên", 9100]]}
    assert sender.ran(sender.checked(book(mended), "assessments")["id"])["written"] == 1
