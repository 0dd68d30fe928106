"""Corrections over HTTP: the figures change, what stood before can be read, and a reviewer looks again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.integration.audits.people import Person

Year = Callable[..., dict[str, Any]]


def test_a_corrected_report_and_baseline_show_what_stood_before(
    an: Person, dung: Person, measured: Year
) -> None:
    at, option = an.submitted(measured())
    early = an.post(f"{at}/baseline/corrections", {**measured(coal="1250"), "reason": "gõ nhầm"})
    assert early.status_code == 409
    dung.did(f"{at}/approval", {"occurred_on": "2018-03-10"})
    follow_up = an.did(f"{at}/follow-ups", measured(2019, coal="1080"))["location"]
    dung.did(f"{follow_up}/acceptance", {"occurred_on": "2020-02-01"})

    an.did(f"{follow_up}/corrections", {**measured(2019, coal="1150"), "reason": "thiếu tháng 12"})
    report = an.get(follow_up).get_json()
    assert (report["status"], report["reviewer"]) == ("reported", None)
    assert report["measurement"]["flows"][0]["quantity"] == "1150"
    (past,) = report["history"]
    assert (past["by"], past["reason"]) == ("an", "thiếu tháng 12")
    assert past["before"]["flows"][0]["quantity"] == "1080"
    dung.did(f"{follow_up}/acceptance", {"occurred_on": "2020-03-01"})

    an.did(f"{at}/baseline/corrections", {**measured(coal="1250"), "reason": "gõ nhầm"})
    found = an.get(at).get_json()
    assert (found["status"], found["baseline"]["flows"][0]["quantity"]) == ("approved", "1250")
    assert [past["before"]["flows"][0]["quantity"] for past in found["baseline_history"]] == ["1200"]
    assert found["follow_ups"][0]["status"] == "accepted"

    change = {"occurred_on": "2020-03-01", "reason": "chọn nhầm loại", "option_class": "on-site-recovery"}
    an.did(f"{option}/corrections", change)
    shown = an.get(option).get_json()
    assert shown["option_class"] == "on-site-recovery"
    assert shown["history"][0]["before"] == {"option_class": "process-control"}
    (line,) = an.read("/options?class=on-site-recovery")["items"]
    assert line["id"] == shown["option_id"]


def test_a_correction_without_a_reason_is_turned_back(an: Person, dung: Person, measured: Year) -> None:
    at, option = an.submitted(measured())
    dung.did(f"{at}/approval", {"occurred_on": "2018-03-10"})
    assert an.post(f"{at}/baseline/corrections", measured(coal="1250")).status_code == 422
    assert an.post(f"{option}/corrections", {"occurred_on": "2018-04-01", "title": "X"}).status_code == 422
    nothing = {"occurred_on": "2018-04-01", "reason": "vì"}
    assert an.post(f"{option}/corrections", nothing).status_code == 422
    assert dung.post(f"{option}/corrections", nothing | {"title": "X"}).status_code == 403


def test_amounts_estimated_and_verified_are_kept(an: Person, dung: Person, measured: Year) -> None:
    at = an.opened()
    an.put(f"{at}/baseline", measured())
    coal = {"resource": "coal-5-6", "quantity": "120.5", "unit": "t"}
    option = an.proposed(at, estimated=[coal])
    wrong = an.post(
        f"{at}/options",
        {
            "option_class": "process-control",
            "title": "Sấy",
            "resources": [],
            "occurred_on": "2018-02-20",
            "estimated": [coal | {"unit": "kWh"}],
        },
    )
    assert wrong.get_json()["errors"][0]["field"] == "/estimated/0/unit"
    an.did(f"{at}/submission", {"occurred_on": "2018-03-01"})
    dung.did(f"{at}/approval", {"occurred_on": "2018-03-10"})
    an.did(f"{option}/implementation", {"occurred_on": "2018-08-01"})
    seen = {"occurred_on": "2018-09-01", "verified": [coal | {"quantity": "99"}], "verified_saving_vnd": 5}
    dung.did(f"{option}/verification", seen)
    shown = an.get(option).get_json()
    assert shown["estimated"] == [coal]
    assert shown["verified"] == [coal | {"quantity": "99"}]
    assert shown["verified_saving_vnd"] == 5
