"""Who attended is forgotten on request; that somebody did is not, and the log still verifies."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import msgspec
import pytest
from flask import Flask

from services.eventkit.http import fields
from services.eventkit.sealed import Sealed
from services.eventkit.verify import verify_documents
from services.training.container import Container
from tests.integration.bulk.files import csv_text, xlsx
from tests.integration.bulk.sender import Sender
from tests.integration.training.people import HELD, Person
from tests.issuer import Issuer

SignIn = Callable[..., Person]
HANH = {"name": "Trần Thị Hạnh"}
WHY = "reason=đơn số 12"


@pytest.fixture
def boss(sign_in: SignIn) -> Person:
    return sign_in("boss", "admin")


@pytest.fixture
def part(mai: Person) -> str:
    return mai.attended(mai.session(mai.course("facilities")), facility_id="f-coi", attendee=HANH)


def test_the_attendee_is_forgotten_and_the_attendance_stays(
    mai: Person, boss: Person, part: str, container: Container
) -> None:
    seen = mai.get(part)
    assert seen.get_json()["attendee"] == HANH
    assert seen.headers["Cache-Control"] == "no-store"
    before = [stored.body for stored in container.log.read()]
    [event] = [stored.commit.events[0] for stored in container.log.read()][-1:]
    box = msgspec.convert(msgspec.json.decode(event.data)["attendee"], Sealed)
    assert container.vault.open(box) == HANH
    answer = boss.delete(f"{part}/attendee?{WHY}")
    assert answer.status_code == 200, answer.get_json()
    assert container.vault.open(box) is None
    shown = mai.get(part).get_json()
    assert (shown["attendee"], shown["attendee_erased_on"]) == (None, fields.today().isoformat())
    assert (shown["facility_id"], shown["attended_on"]) == ("f-coi", HELD)
    assert len(mai.items("/participations", facility_id="f-coi")) == 1
    assert [stored.body for stored in container.log.read()][:-1] == before
    verdict = verify_documents(container.database["log"].find().sort("_id", 1))
    assert (verdict.whole, verdict.checked) == (True, len(before) + 1)
    last = [stored.commit for stored in container.log.read()][-1]
    assert [(e.subject, e.type) for e in last.events] == [("facility:f-coi", "participation.attendee-erased")]
    assert boss.delete(f"{part}/attendee?{WHY}").get_json()["events"] == []


def test_whoever_may_not_erases_nobody(
    mai: Person, boss: Person, sign_in: SignIn, part: str, container: Container
) -> None:
    head = container.log.head()
    other = sign_in("yen", "admin", districts=["yen-mo"])
    assert mai.delete(f"{part}/attendee?{WHY}").status_code == 403
    assert other.delete(f"{part}/attendee?{WHY}").status_code == 403
    assert boss.delete(f"{part}/attendee").status_code == 422
    assert boss.delete(f"{part}/attendee?{WHY}", If_Match='"7"').status_code == 412
    assert boss.delete(f"/participations/none/attendee?{WHY}").status_code == 404
    assert container.log.head() == head
    assert mai.get(part).get_json()["attendee"] == HANH


def test_where_nobody_was_named_there_is_nobody_to_erase(
    mai: Person, boss: Person, container: Container
) -> None:
    officer = mai.attended(mai.session(mai.course("officers")), officer_id="o-hoa")
    head = container.log.head()
    assert "in the registry" in boss.delete(f"{officer}/attendee?{WHY}").get_json()["detail"]
    assert container.log.head() == head


HEADS = ["Course", "Session", "Facility", "Attendee", "Number"]


@pytest.fixture
def sender(app: Flask, issuer: Issuer) -> Sender:
    return Sender(app, issuer.bearer("mai", ("trainer",)))


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_files_that_name_them_are_dropped_and_no_others(
    mai: Person, boss: Person, part: str, sender: Sender, container: Container, format_: str
) -> None:
    def sent(*row: str) -> str:
        rows = [HEADS, ["c", "s", *row, ""]]
        body = csv_text(rows) if format_ == "csv" else xlsx({"Attendance": rows})
        return str(sender.checked(body, "attendance", format_)["id"])

    named = sent("f-coi", unicodedata.normalize("NFD", "TRẦN THỊ HẠNH"))
    misplaced, other = sent("Bà Trần Thị Hạnh", ""), sent("f-coi", "Trần Thị Hạn")
    assert HANH["name"] in sender.get(f"/{misplaced}/rejected?format=csv").get_data(as_text=True)
    answer = boss.delete(f"{part}/attendee?{WHY}")
    assert answer.status_code == 200, answer.get_json()
    assert {id_: sender.get(f"/{id_}").get_json()["dropped"] for id_ in (named, misplaced, other)} == {
        named: True,
        misplaced: True,
        other: False,
    }
    assert sender.get(f"/{misplaced}/rejected?format=csv").status_code == 409
    assert sender.problems(misplaced) == []
    pieces = {each["_id"].partition(":")[0] for each in container.database["import_files"].find()}
    assert pieces == {other}


def test_while_a_file_that_names_them_is_worked_on_nobody_is_erased(
    mai: Person, boss: Person, part: str, sender: Sender, container: Container
) -> None:
    rows = [HEADS, ["c", "s", "f-coi", HANH["name"], ""]]
    job = sender.checked(csv_text(rows), "attendance", "csv")["id"]
    container.imports.jobs.collection.update_one({"_id": job}, {"$set": {"state": "running"}})
    head = container.log.head()
    answer = boss.delete(f"{part}/attendee?{WHY}")
    assert (answer.status_code, job in answer.get_json()["detail"]) == (409, True)
    assert mai.get(part).get_json()["attendee"] == HANH
    assert container.log.head() == head
    container.imports.jobs.collection.update_one({"_id": job}, {"$set": {"state": "cancelled"}})
    assert boss.delete(f"{part}/attendee?{WHY}").status_code == 200
    assert mai.get(part).get_json()["attendee"] is None
