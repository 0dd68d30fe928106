"""What a department would lose: rows of its spreadsheet, or the word on why one was not taken."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from services.registry.container import Container
from tests.integration.bulk.files import FACILITY_HEADS, csv_text, facility_row, xlsx
from tests.integration.bulk.sender import Sender
from tests.integration.registry.people import Person

GOOD = [facility_row(1), facility_row(2), facility_row(3)]


def workbook(*rows: list[Any]) -> bytes:
    return xlsx({"Cơ sở": [FACILITY_HEADS, *rows]})


def test_rows_become_facilities_as_the_route_would_have_made_them(sender: Sender, lan: Person) -> None:
    job = sender.checked(workbook(*GOOD), "facilities")
    assert (job["state"], job["rows"], job["good"], job["bad"]) == ("checked", 3, 3, 0)
    assert lan.read("/facilities")["items"] == []
    done = sender.ran(job["id"], "all")
    assert (done["state"], done["done"], done["written"], done["refused"]) == ("done", 3, 3, 0)
    listed = lan.read("/facilities?sort=code")["items"]
    assert [item["code"] for item in listed] == ["NB-00001", "NB-00002", "NB-00003"]
    found = lan.read(f"/facilities/{listed[0]['id']}")
    assert found["products"] == [{"name": "Gạch nung", "unit": "1000 viên"}, {"name": "Ngói", "unit": "viên"}]
    assert (found["latitude"], found["registered_on"], found["kind"]) == (20.25, "2015-03-01", "enterprise")


@pytest.mark.parametrize(("delimiter", "bom"), [(",", False), (";", True), ("\t", True)])
def test_csv_is_read_however_it_is_parted(sender: Sender, lan: Person, delimiter: str, bom: bool) -> None:
    body = csv_text([FACILITY_HEADS, *GOOD], delimiter, bom)
    job = sender.checked(body, "facilities", "csv")
    assert (job["rows"], job["bad"]) == (3, 0), sender.problems(job["id"])
    assert sender.ran(job["id"])["written"] == 3
    assert lan.read("/facilities?q=dong son")["items"]


def test_every_problem_is_named_in_either_language(sender: Sender) -> None:
    rows = [
        facility_row(1, kind="công ty", since="31/02/2015"),
        facility_row(2, employees="nhiều", tax_code="12"),
        facility_row(3, unit="hoa-lu"),
        facility_row(4, name=None, products="Gạch"),
        facility_row(5, industry="99"),
        facility_row(6, since="1999-01-01"),
        facility_row(7, code="NB-00006"),
        facility_row(8),
        facility_row(8),
    ]
    job = sender.checked(workbook(*rows), "facilities")
    assert (job["rows"], job["good"], job["bad"]) == (9, 2, 7)
    vi, en = sender.problems(job["id"]), sender.problems(job["id"], "en")
    assert [(p["sheet"], p["row"], p["column"], p["value"], p["code"]) for p in vi] == [
        ("Cơ sở", 2, "Loại hình", "công ty", "choice"),
        ("Cơ sở", 2, "Từ ngày", "31/02/2015", "no-such-day"),
        ("Cơ sở", 3, "Số lao động", "nhiều", "whole-number"),
        ("Cơ sở", 3, "Mã số thuế", "12", "pattern"),
        ("Cơ sở", 4, "Đơn vị hành chính", "hoa-lu", "no-unit"),
        ("Cơ sở", 5, "Tên cơ sở", None, "required"),
        ("Cơ sở", 5, "Sản phẩm", "Gạch", "product"),
        ("Cơ sở", 7, "Đơn vị hành chính", "nho-quan", "unit-not-on"),
        ("Cơ sở", 8, "Mã cơ sở", "NB-00006", "twice"),
        ("Cơ sở", 10, "Mã cơ sở", "NB-00008", "twice"),
    ]
    assert [p["column"] for p in en[:2]] == ["Kind", "Since"]
    assert vi[1]["reason"] == "không có ngày này trong lịch"
    assert en[1]["reason"] == "there is no such day in the calendar"
    assert en[8]["reason"] == "appears twice: rows 7 and 8"


def test_all_rows_are_refused_while_one_is_bad(sender: Sender, lan: Person) -> None:
    job = sender.checked(workbook(facility_row(1), facility_row(2, name="")), "facilities")
    assert sender.asks(f"/{job['id']}/run", {"rows": "all"}).status_code == 409
    done = sender.ran(job["id"], "valid")
    assert (done["written"], done["refused"], done["done"]) == (1, 1, 2)
    assert len(lan.read("/facilities")["items"]) == 1


def test_the_same_rows_in_any_file_are_written_once(
    sender: Sender, lan: Person, container: Container
) -> None:
    sender.ran(sender.checked(workbook(*GOOD), "facilities")["id"])
    head = container.log.head()
    again = csv_text([FACILITY_HEADS, *reversed(GOOD)], ";")
    job = sender.checked(again, "facilities", "csv")
    assert (job["good"], job["same"]) == (3, 3)
    done = sender.ran(job["id"])
    assert (done["written"], done["same"], done["refused"]) == (0, 3, 0)
    assert container.log.head() == head


def test_what_is_registered_already_is_never_edited(sender: Sender, lan: Person) -> None:
    lan.registered("NB-00001", kind="household")
    job = sender.checked(workbook(facility_row(1)), "facilities")
    assert job["bad"] == 1
    problem = sender.problems(job["id"], "en")[0]
    assert (problem["column_key"], problem["code"]) == ("code", "differs")
    assert "kind" in problem["reason"]


def test_rejected_rows_come_back_with_their_reasons_and_can_be_mended(sender: Sender, lan: Person) -> None:
    bad = facility_row(2, name="=HYPERLINK(1)", kind="công ty")
    job = sender.checked(csv_text([FACILITY_HEADS, facility_row(1), bad]), "facilities", "csv")
    sender.ran(job["id"])
    answer = sender.get(f"/{job['id']}/rejected?format=csv")
    assert answer.status_code == 200
    text = answer.get_data().decode("utf-8-sig")
    lines = [line for line in csv.reader(io.StringIO(text)) if not line[0].startswith("# ")]
    assert lines[0] == [*FACILITY_HEADS, "Lý do"]
    assert lines[1][:3] == ["NB-00002", "'=HYPERLINK(1)", "công ty"]
    assert lines[1][-1].startswith("Loại hình: phải là một trong")
    mended = text.replace("công ty", "doanh nghiệp").encode()
    again = sender.checked(mended, "facilities", "csv")
    assert (again["rows"], again["bad"]) == (1, 0), sender.problems(again["id"])
    assert sender.ran(again["id"])["written"] == 1
    assert [each["name"] for each in lan.read("/facilities?code=NB-00002")["items"]] == ["=HYPERLINK(1)"]
    assert sender.get(f"/{job['id']}/rejected?format=xlsx").status_code == 200


def test_rejected_rows_lose_no_cell_when_the_first_of_them_is_short(sender: Sender) -> None:
    short = facility_row(1, kind="công ty")[:3]
    whole = facility_row(2, kind="công ty")
    job = sender.checked(csv_text([FACILITY_HEADS, short, whole]), "facilities", "csv")
    text = sender.get(f"/{job['id']}/rejected?format=csv").get_data().decode("utf-8-sig")
    lines = [line for line in csv.reader(io.StringIO(text)) if not line[0].startswith("# ")]
    assert lines[0] == [*FACILITY_HEADS, "Lý do"]
    assert lines[2][:-1] == [str(cell) for cell in whole]


@pytest.mark.parametrize("format_", ["xlsx", "csv"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_template_filled_in_is_taken(sender: Sender, format_: str, language: str) -> None:
    empty = sender.get(f"/templates/facilities?format={format_}", language)
    assert empty.status_code == 200
    if format_ == "csv":
        filled = empty.get_data() + csv_text([facility_row(1)])
    else:
        from openpyxl import load_workbook

        book = load_workbook(io.BytesIO(empty.get_data()))
        book.worksheets[0].append(facility_row(1))
        file = io.BytesIO()
        book.save(file)
        filled = file.getvalue()
    job = sender.checked(filled, "facilities", format_)
    assert (job["rows"], job["bad"]) == (1, 0), sender.problems(job["id"])


@pytest.mark.parametrize(
    ("body", "format_", "code"),
    [
        (b"PK\x03\x04 broken", "xlsx", "not-xlsx"),
        (b"\xff\xfe\x00", "csv", "not-utf-8"),
        (csv_text([["Mã cơ sở", "Tên"]]), "csv", "unknown-column"),
        (csv_text([["Mã cơ sở", "Tên cơ sở"]]), "csv", "missing-column"),
        (b"\n\n", "csv", "no-header"),
        (xlsx({"Cơ sở": []}), "xlsx", "no-header"),
    ],
)
def test_a_file_that_is_none_says_why(sender: Sender, body: bytes, format_: str, code: str) -> None:
    job = sender.checked(body, "facilities", format_)
    assert job["state"] == "failed"
    assert job["failure"]["code"] == code
    assert sender.asks(f"/{job['id']}/run", {"rows": "valid"}).status_code == 409


def test_a_registrar_of_a_district_imports_into_it_alone_and_sees_no_other_imports(
    sender: Sender, local: Sender
) -> None:
    theirs = sender.checked(workbook(facility_row(1)), "facilities")
    assert local.get(f"/{theirs['id']}").status_code == 403
    assert local.get("").get_json()["items"] == []
    job = local.checked(workbook(facility_row(1), facility_row(2, unit="tam-diep")), "facilities")
    assert [(p["row"], p["code"]) for p in local.problems(job["id"])] == [(2, "other-district")]
    assert [each["id"] for each in local.get("").get_json()["items"]] == [job["id"]]


def test_a_repeated_upload_is_one_import(sender: Sender) -> None:
    first = sender.sends(workbook(*GOOD), "facilities", "xlsx", Idempotency_Key="k")
    same = first.get_json()["id"]
    body = csv_text([FACILITY_HEADS])
    assert sender.sends(body, "facilities", "csv", Idempotency_Key="k").status_code == 422
    sender.settled(same)
    assert len(sender.get("").get_json()["items"]) == 1


def test_what_is_called_off_is_not_written_and_what_is_dropped_can_not_be_read(
    sender: Sender, lan: Person, container: Container
) -> None:
    job = sender.checked(workbook(*GOOD), "facilities")
    assert sender.asks(f"/{job['id']}/cancellation").status_code == 201
    assert sender.asks(f"/{job['id']}/run", {"rows": "valid"}).status_code == 409
    dropped = sender.asks(f"/{job['id']}/file", method="DELETE")
    assert dropped.status_code == 200
    assert dropped.get_json()["dropped"] is True
    assert sender.get(f"/{job['id']}/rejected").status_code == 409
    assert lan.read("/facilities")["items"] == []


def test_an_upload_stands_nowhere_in_clear(sender: Sender, container: Container, mongo_client: Any) -> None:
    sender.checked(csv_text([FACILITY_HEADS, facility_row(1, name="Gạch Rất Bí Mật")]), "facilities", "csv")
    stored = mongo_client[container.imports.jobs.collection.database.name]["import_files"].find()
    pieces = [bytes(each["box"]) for each in stored]
    assert pieces
    assert all("Bí Mật".encode() not in piece for piece in pieces)


def test_too_large_a_body_is_refused_while_it_is_copied(sender: Sender, container: Container) -> None:
    container.imports.most_bytes = 1000
    assert sender.sends(b"x" * 1001, "facilities", "csv").status_code == 413
    assert container.imports.jobs.collection.count_documents({}) == 0
    database = container.imports.jobs.collection.database
    assert database["import_files"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("type_", "body", "status"),
    [("application/json", b"{}", 415), ("application/octet-stream", b"", 422), ("text/csv", b"a", 201)],
)
def test_the_body_is_the_file_itself(sender: Sender, type_: str, body: bytes, status: int) -> None:
    assert sender.sends(body, "facilities", "csv", type_).status_code == status
