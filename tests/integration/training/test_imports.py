"""What a trainer would lose: names that nobody may read, people counted twice, answers of a survey."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from services.training.container import Container
from tests.integration.bulk.files import csv_text, xlsx
from tests.integration.bulk.sender import Sender
from tests.integration.training.people import Person
from tests.issuer import Issuer

ANSWERS = ["Mã phiếu điều tra", "Cơ sở", "Lợi ích nêu được", "Trọng số", "Ngày trả lời"]
ATTENDANCE = ["Mã khóa học", "Mã buổi học", "Cơ sở", "Cán bộ", "Họ tên người dự", "Số thứ tự"]


@pytest.fixture
def sender(app: Flask, issuer: Issuer) -> Sender:
    return Sender(app, issuer.bearer("mai", ("trainer",)))


@pytest.fixture
def local(app: Flask, issuer: Issuer) -> Sender:
    return Sender(app, issuer.bearer("tam", ("trainer",), districts=["kim-son"]))


def last(path: str) -> str:
    return path.rpartition("/")[2]


def test_answers_are_recorded_by_code_once_only(sender: Sender, mai: Person, container: Container) -> None:
    survey = mai.survey()
    rows: list[list[Any]] = [
        [last(survey), "f-coi", "Tiết kiệm năng lượng; giảm chi phí", None, "2018-05-15"],
        [last(survey), "f-gom", None, None, "16/05/2018"],
    ]
    body = xlsx({"Trả lời": [ANSWERS, *rows]})
    job = sender.checked(body, "answers")
    assert (job["rows"], job["bad"]) == (2, 0), sender.problems(job["id"])
    assert sender.ran(job["id"], "all")["written"] == 2
    found = {each["facility_id"]: each["benefits"] for each in mai.items(f"{survey}/answers")}
    assert found == {"f-coi": ["cuts-cost", "saves-energy"], "f-gom": []}
    head = container.log.head()
    again = sender.ran(sender.checked(csv_text([ANSWERS, *rows]), "answers", "csv")["id"])
    assert (again["written"], again["same"], container.log.head()) == (0, 2, head)


def test_every_bad_answer_is_named(sender: Sender, local: Sender, mai: Person) -> None:
    survey = last(mai.survey())
    rows: list[list[Any]] = [
        ["nothing", "f-coi", None, None, "2018-05-15"],
        [survey, "f-nobody", None, None, "2018-05-15"],
        [survey, "f-coi", "lợi nhuận", None, "2018-05-15"],
        [survey, "f-coi", "giảm chi phí; cuts-cost", None, "2018-05-15"],
        [survey, "f-coi", None, "2,5", "2018-05-16"],
        [survey, "f-coi", None, None, "2018-01-01"],
        [survey, "f-gom", None, None, "2018-05-15"],
        [survey, "f-gom", "market", None, "2018-05-15"],
    ]
    body = csv_text([ANSWERS, *rows], ";")
    job = sender.checked(body, "answers", "csv")
    assert [(p["row"], p["column_key"], p["code"]) for p in sender.problems(job["id"])] == [
        (2, "survey", "survey"),
        (3, "facility", "no-facility"),
        (4, "benefits", "choice"),
        (5, "benefits", "named-twice"),
        (6, "weight", "weight"),
        (7, "", "not-open"),
        (9, "facility", "twice"),
    ]
    theirs = local.checked(body, "answers", "csv")
    assert (8, "other-district") in [(p["row"], p["code"]) for p in local.problems(theirs["id"])]


def test_attendance_keeps_names_sealed_and_out_of_every_problem(
    sender: Sender, mai: Person, container: Container
) -> None:
    course = mai.course("facilities")
    session = mai.session(course)
    of = [last(course), last(session)]
    rows = [
        [*of, "f-coi", None, "Bùi Thị Lan", None],
        [*of, "f-coi", None, "Trần Văn Minh", None],
        [*of, "f-gom", None, None, 1],
        [*of, "f-gom", None, None, None],
        [*of, "f-coi", None, "Bùi Thị Lan", None],
        [*of, "f-nobody", None, "Lê Thị Bí Mật", None],
        [*of, None, "o-hoa", None, None],
        [of[0], "x", "f-coi", None, "Lê Thị Bí Mật", None],
    ]
    body = xlsx({"Người dự": [ATTENDANCE, *rows]})
    job = sender.checked(body, "attendance")
    problems = sender.problems(job["id"])
    assert [(p["row"], p["column_key"], p["code"], p["value"]) for p in problems] == [
        (5, "name", "name-or-number", None),
        (6, "", "twice", None),
        (7, "facility", "no-facility", "f-nobody"),
        (8, "officer", "for-facilities", "o-hoa"),
        (9, "session", "session", "x"),
    ]
    keys = container.database.client[f"{container.database.name}_keys"]["person_keys"]
    assert keys.count_documents({"_id": {"$regex": "^attendee:"}}) == 0
    assert sender.ran(job["id"])["written"] == 3
    assert keys.count_documents({"_id": {"$regex": "^attendee:"}}) == 2
    part = next(p for p in mai.items("/participations", facility_id="f-coi"))
    shown = mai.get(f"/participations/{part['id']}").get_json()
    assert shown["attendee"]["name"] in ("Bùi Thị Lan", "Trần Văn Minh")
    for name in container.database.list_collection_names():
        for document in container.database[name].find():
            assert "Minh" not in str(document), name
            assert "Bí Mật" not in str(document), name
    head = container.log.head()
    assert sender.ran(sender.checked(body, "attendance")["id"])["same"] == 3
    assert container.log.head() == head


def test_officers_attend_a_session_once(sender: Sender, mai: Person) -> None:
    course = mai.course("officers")
    session = mai.session(course)
    mai.attended(session, officer_id="o-lan")
    rows = [[last(course), last(session), None, who, None, None] for who in ("o-hoa", "o-lan", "o-nobody")]
    job = sender.checked(csv_text([ATTENDANCE, *rows]), "attendance", "csv")
    assert [(p["row"], p["code"]) for p in sender.problems(job["id"])] == [
        (3, "already-taken"),
        (4, "officer"),
    ]
    assert sender.ran(job["id"])["written"] == 1
