"""An assessment from opening to an accepted follow-up, over HTTP, as the province's offices would do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.audits.container import Container
from tests.integration.audits.people import People, Person
from tests.registry_feed import RegistryFeed

Year = Callable[..., dict[str, Any]]


def test_from_opening_to_an_accepted_saving(an: Person, dung: Person, measured: Year) -> None:
    at, option = an.submitted(measured())
    dung.did(f"{at}/approval", {"occurred_on": "2018-03-10"})
    an.did(f"{option}/implementation", {"occurred_on": "2018-08-01"})
    dung.did(f"{option}/verification", {"occurred_on": "2018-09-01"})
    follow_up = an.did(f"{at}/follow-ups", measured(2019, coal="1080"))["location"]
    dung.did(f"{follow_up}/acceptance", {"occurred_on": "2020-02-01"})
    dung.did(
        f"{follow_up}/outlier-review",
        {"decision": "keep", "note": "seen on site", "occurred_on": "2020-02-01"},
    )

    found = an.get(at).get_json()
    assert found["status"] == "approved"
    assert found["assessor"] == "an"
    assert found["reviewer"] == "dung"
    assert found["unit_id"] == "nho-quan"
    assert found["baseline"]["flows"][1]["quantity"] == "81000.5"
    (shown,) = found["options"]
    assert (shown["status"], shown["payback_years"]) == ("verified", "2.00")
    (report,) = found["follow_ups"]
    assert (report["status"], report["outlier_decision"]) == ("accepted", "keep")
    assert an.get(option).get_json() == shown
    assert an.get(follow_up).get_json() == report


def test_what_stands_in_the_log_is_what_was_said(
    an: Person, dung: Person, measured: Year, container: Container
) -> None:
    at, _ = an.submitted(measured())
    receipt = dung.did(f"{at}/approval", {"occurred_on": "2018-03-10"})
    stored = container.log.read()
    records = [event for commit in stored for event in commit.commit.events]
    assert [record.type for record in records] == [
        "assessment.opened",
        "assessment.baseline-recorded",
        "option.proposed",
        "assessment.submitted",
        "assessment.approved",
    ]
    assert {record.subject for record in records} == {"facility:f-gach"}
    assert receipt["events"] == [records[-1].id]
    assert receipt["position"] == f"audits:{len(stored)}"
    assert records[1].occurred_on.isoformat() == "2017-12-31"


def test_nobody_approves_their_own_whatever_their_role(people: People, dung: Person, measured: Year) -> None:
    boss = people.sign_in("boss", "admin")
    at, option = boss.submitted(measured())
    refused = boss.post(f"{at}/approval", {"occurred_on": "2018-03-10"})
    assert refused.status_code == 403
    assert "had no part" in refused.get_json()["detail"]
    dung.did(f"{at}/approval", {"occurred_on": "2018-03-10"})
    boss.did(f"{option}/implementation", {"occurred_on": "2018-08-01"})
    assert boss.post(f"{option}/verification", {"occurred_on": "2018-08-01"}).status_code == 403
    follow_up = boss.did(f"{at}/follow-ups", measured(2019))["location"]
    assert boss.post(f"{follow_up}/acceptance", {"occurred_on": "2020-01-01"}).status_code == 403


def test_roles_are_kept_apart(an: Person, dung: Person, people: People, measured: Year) -> None:
    at, option = an.submitted(measured())
    on = {"occurred_on": "2018-03-10"}
    assert an.post(f"{at}/approval", on).status_code == 403
    assert dung.post("", {"facility_id": "f-gach", "method": "quick", **on}).status_code == 403
    assert dung.put(f"{at}/baseline", measured()).status_code == 403
    assert dung.post(f"{option}/implementation", on).status_code == 403
    assert people.sign_in("nam", "trainer").post(f"{at}/approval", on).status_code == 403
    assert people.sign_in("nam").get(at).status_code == 200


def test_a_rejected_assessment_is_amended_and_comes_back(an: Person, dung: Person, measured: Year) -> None:
    at, option = an.submitted(measured())
    dung.did(f"{at}/rejection", {"reason": "The coal meter was broken", "occurred_on": "2018-03-10"})
    assert an.get(at).get_json()["reason"] == "The coal meter was broken"
    assert an.put(f"{at}/baseline", measured(coal="1250")).status_code == 200
    an.did(f"{option}/refusal", {"reason": "too dear", "occurred_on": "2018-03-20"})
    gone = an.post(f"{at}/submission", {"occurred_on": "2018-04-01"})
    assert gone.status_code == 409
    an.proposed(at, title="Mái che than", occurred_on="2018-03-21")
    an.did(f"{at}/submission", {"occurred_on": "2018-04-01"})
    dung.did(f"{at}/approval", {"occurred_on": "2018-04-02", "reason": "Meter calibrated"})
    assert an.get(at).get_json()["status"] == "approved"


def test_a_repeat_of_a_request_happens_once(an: Person, measured: Year) -> None:
    body = {"facility_id": "f-gach", "method": "detailed", "occurred_on": "2018-02-01"}
    first = an.post("", body, Idempotency_Key="open-1")
    again = an.post("", body, Idempotency_Key="open-1")
    assert first.get_json() == again.get_json()
    assert first.headers["Location"] == again.headers["Location"]
    other = an.post("", {**body, "method": "quick"}, Idempotency_Key="open-1")
    assert other.status_code == 422

    option = {"option_class": "by-product", "title": "x", "resources": [], "occurred_on": "2018-02-02"}
    at = f"/{first.get_json()['id']}"
    proposals = [an.post(f"{at}/options", option, Idempotency_Key="option-1") for _ in range(2)]
    assert proposals[0].headers["Location"] == proposals[1].headers["Location"]
    assert len(an.get(at).get_json()["options"]) == 1


def test_a_reviewer_can_bind_the_approval_to_what_they_read(an: Person, dung: Person, measured: Year) -> None:
    at, _ = an.submitted(measured())
    read = dung.get(at).headers["ETag"]
    assert dung.get(at, If_None_Match=read).status_code == 304
    an.put(f"{at}/baseline", measured(coal="900"))
    an.did(f"{at}/submission", {"occurred_on": "2018-03-02"})
    on = {"occurred_on": "2018-03-10"}
    stale = dung.post(f"{at}/approval", on, If_Match=read)
    assert stale.status_code == 412
    fresh = dung.post(f"{at}/approval", on, If_Match=dung.get(at).headers["ETag"])
    assert fresh.status_code == 201
    assert dung.get(at).headers["ETag"] == fresh.headers["ETag"]


def test_an_assessment_goes_on_while_the_registry_is_down(
    an: Person, people: People, measured: Year, registry: RegistryFeed, container: Container
) -> None:
    at = an.opened()
    container.directory._feed.url = "http://127.0.0.1:9/api/v1/events"
    assert an.put(f"{at}/baseline", measured()).status_code == 200
    assert an.opened("f-gach")
    unknown = an.post("", {"facility_id": "f-new", "method": "quick", "occurred_on": "2018-02-01"})
    assert unknown.status_code == 503
    assert int(unknown.headers["Retry-After"]) >= 1
