"""Steps, evidence, pilots and replications over HTTP, as an assessor and a reviewer go through them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.integration.audits.people import People, Person

Year = Callable[..., dict[str, Any]]


def verified(an: Person, dung: Person, measurement: dict[str, Any]) -> tuple[str, str]:
    at, option = an.submitted(measurement)
    dung.did(f"{at}/approval", {"occurred_on": "2018-03-10"})
    an.did(f"{option}/implementation", {"occurred_on": "2018-08-01"})
    dung.did(f"{option}/verification", {"occurred_on": "2018-09-01"})
    return at, option


def test_a_pilot_is_shown_repeated_and_finished(
    an: Person, dung: Person, measured: Year, people: People
) -> None:
    at, option = verified(an, dung, measured())
    option_id = option.rpartition("/")[2]
    body = {"option_ids": [option_id], "title": "Lò nung kiểu mẫu", "occurred_on": "2018-10-01"}
    pilot = an.did(f"{at}/pilots", body)["location"]
    pilot_id = pilot.rpartition("/")[2]

    other = an.proposed(an.opened("f-xi-mang"), title="Theo lò kiểu mẫu")
    replication = {"pilot_id": pilot_id, "occurred_on": "2019-01-01"}
    an.did(f"{other}/replication", replication)
    assert an.post(f"{other}/replication", replication).status_code == 409
    unknown = an.post(f"{other}/replication", replication | {"pilot_id": "nowhere.1"})
    assert unknown.get_json()["errors"][0]["field"] == "/pilot_id"

    (line,) = an.read("/pilots?status=designated&q=lo%20nung")["items"]
    assert (line["id"], line["replications"], line["option_ids"]) == (pilot_id, 1, [option_id])
    (repeat,) = an.read(f"/options?pilot_id={pilot_id}")["items"]
    assert repeat["facility_id"] == "f-xi-mang"

    end = {"result": "Giảm 12% than", "occurred_on": "2019-10-01"}
    assert an.post(f"{pilot}/finish", end).status_code == 403
    dung.did(f"{pilot}/finish", end)
    assert an.read("/pilots?status=designated")["items"] == []
    (shown,) = an.get(at).get_json()["pilots"]
    assert (shown["pilot_id"], shown["verifier"], shown["finished_on"]) == (pilot_id, "dung", "2019-10-01")
    local = people.sign_in("hoa", "operator", districts=["tam-diep"])
    assert local.read("/pilots")["items"] == []


def test_evidence_is_linked_listed_and_withdrawn(an: Person, people: People) -> None:
    at = an.opened()
    option = an.proposed(at)
    file = {
        "of": option.rpartition("/")[2],
        "sha256": "ab" * 32,
        "media_type": "application/pdf",
        "bytes": 1200,
        "title": "Hóa đơn điện",
        "url": "https://files.example/1",
        "occurred_on": "2018-03-01",
    }
    attachment = an.did(f"{at}/attachments", file)["location"]
    an.did(f"{at}/attachments", file | {"of": at.strip("/"), "title": "Ảnh lò", "media_type": "image/jpeg"})
    found = an.read(f"/assessments{at}/attachments?q=hoa%20don")["items"]
    assert [(item["sha256"], item["by"], item["withdrawn"]) for item in found] == [("ab" * 32, "an", False)]
    assert len(an.read(f"/assessments{at}/attachments?of={file['of']}")["items"]) == 1
    an.did(f"{attachment}/withdrawal", {"occurred_on": "2018-03-02", "reason": "nhầm cơ sở"})
    (gone,) = an.read(f"/assessments{at}/attachments?withdrawn=true")["items"]
    assert (gone["withdrawal"], gone["withdrawn_on"]) == ("nhầm cơ sở", "2018-03-02")
    assert an.post(f"{at}/attachments", file | {"sha256": "xyz"}).status_code == 422
    outsider = people.sign_in("hoa", "operator", districts=["tam-diep"])
    assert outsider.get(f"{at}/attachments").status_code == 403


def test_the_step_reached_is_shown_in_the_list(an: Person) -> None:
    detailed = next(m for m in an.read("/methods")["methods"] if m["method"] == "detailed")
    assert [step["step"] for step in detailed["steps"]] == [1, 2, 3, 4, 5, 6]
    at = an.opened(method="detailed")
    task = detailed["steps"][1]["tasks"][0]["code"]
    an.did(f"{at}/steps", {"step": 2, "tasks": [task], "occurred_on": "2018-02-10"})
    (line,) = an.read("/assessments")["items"]
    assert line["step"] == 2
    shown = an.get(at).get_json()
    assert (shown["step"], shown["tasks"]) == (2, [task])
    assert an.post(f"{at}/steps", {"step": 1, "occurred_on": "2018-02-11"}).status_code == 409
