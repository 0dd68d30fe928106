"""Who attended is forgotten on request; that somebody did is not, and the log still verifies."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from services.eventkit.http import fields
from services.eventkit.sealed import Sealed
from services.eventkit.verify import verify_documents
from services.training.container import Container
from tests.integration.training.people import HELD, Person

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
