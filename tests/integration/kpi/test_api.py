"""What an official reads: the targets of the plan with their reasons, and where one facility stands."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient

from services.kpi.views.live import FRESH
from tests.integration.kpi.conftest import Stored
from tests.issuer import Issuer
from tests.unit.kpi.lives import Life, measured


def officer(unit: str, id_: str) -> Life:
    life = Life(f"officer:{id_}").tell(
        "registry", "officer.appointed", "2016-01-01", unit_id=unit, dedicated=True
    )
    return life.tell("training", "certificate.issued", "2018-06-01", participation_id=f"p-{id_}")


def unit(id_: str) -> Life:
    return Life(f"unit:{id_}").tell(
        "registry", "unit.registered", "2000-01-01", unit_id=id_, level="district"
    )


@pytest.fixture
def province(stored: Stored) -> Stored:
    """Two enterprises and two households; three adopt, of whom one is an outlier and one not measured."""
    stored.tell(
        Life("facility:a")
        .registered()
        .answered("2017-01-01", ["saves"])
        .adopted()
        .followed(measured(2017, kwh="900000")),
        Life("facility:b").registered(kind="household").adopted().followed(measured(2018, kwh="100000")),
        Life("facility:c").registered(unit="yen-mo", industry="2018:0810").adopted(),
        Life("facility:d").registered(unit="yen-mo", kind="household").answered("2017-01-01", []),
        unit("nho-quan"),
        unit("yen-mo"),
        officer("nho-quan", "o1"),
    ).flush(registry=7, audits=9, training=4)
    return stored


def get(client: FlaskClient, path: str, status: int = 200, **query: Any) -> Any:
    answer = client.get(f"/api/v1{path}", query_string=query)
    assert answer.status_code == status, answer.text
    return answer.json


def test_all_targets_with_exact_values_and_the_position(client: FlaskClient, province: Stored) -> None:
    body = get(client, "/targets")
    assert body["as_of"] == "2020-12-31"
    assert body["position"] == {"registry": 7, "audits": 9, "training": 4}
    assert body["rules"] == {"id": "sxsh-2016", "version": "2"}
    found = {target["code"]: target for target in body["targets"]}
    assert (found["K1"]["value"], found["K1"]["decimal"], found["K1"]["met"]) == ("1/4", "0.250000", False)
    assert (found["K2a"]["value"], found["K2a"]["met"]) == ("3/4", True)
    assert (found["K2b"]["value"], found["K2b"]["met"]) == ("15430000/154300000", True)
    assert found["K2b"]["excluded"] == {"flagged": 1, "left_out": 0, "uncomputable": 0}
    assert found["K2"]["met"] is True
    assert [part["code"] for part in found["K2"]["parts"]] == ["K2a", "K2b"]
    assert (found["K2c"]["value"], found["K2d"]["value"]) == ("1/4", "1/3")
    assert (found["K3"]["value"], found["K3"]["met"], found["K3"]["target"]) == ("1/2", False, "1")
    assert found["K1"]["enterprises"]["value"] == "1/2"


def test_an_empty_denominator_is_no_value_with_a_reason(client: FlaskClient, province: Stored) -> None:
    found = {target["code"]: target for target in get(client, "/targets", on="1995-01-01")["targets"]}
    for code in ("K1", "K2", "K2a", "K2b", "K2c", "K2d", "K3"):
        assert (found[code]["value"], found[code]["decimal"], found[code]["met"]) == (None, None, None)
        assert found[code]["reason"]["vi"]
        assert found[code]["reason"]["en"]
    water = next(
        group for group in get(client, "/targets")["targets"][3]["groups"] if group["group"] == "water"
    )
    assert (water["value"], water["reason"] is None) == (None, False)


def test_one_target_by_month_district_and_industry(client: FlaskClient, province: Stored) -> None:
    body = get(client, "/targets/K2a")
    months = {month["month"]: month["value"] for month in body["series"]}
    assert (months["2016-08"], months["2017-05"], months["2017-06"], months["2020-12"]) == (
        "0/4",
        "0/4",
        "3/4",
        "3/4",
    )
    assert len(months) == 53
    assert {d["unit_id"]: d["value"] for d in body["by_district"]} == {"nho-quan": "2/2", "yen-mo": "1/2"}
    industries = {i["section"]: i["value"] for i in body["by_industry"]}
    assert industries == {"B": "1/1", "C": "2/3", "D": None}
    assert "35%" in body["rule"]["vi"]
    staffed = get(client, "/targets/K3", on="2018-07-01")
    assert [m["value"] for m in staffed["series"]][-2:] == ["0/2", "1/2"]
    assert {d["unit_id"]: d["value"] for d in staffed["by_district"]} == {"nho-quan": "1/1", "yen-mo": "0/1"}


def test_a_new_flush_is_read_without_being_asked_for(client: FlaskClient, province: Stored) -> None:
    assert get(client, "/targets/K1")["target"]["value"] == "1/4"
    province.tell(Life("facility:e").registered().answered("2018-01-01", ["saves"]))
    province.flush(registry=8)
    assert get(client, "/targets/K1", after="registry:8")["target"]["value"] == "2/5"
    assert get(client, "/targets/K1")["target"]["value"] == "2/5"


def test_what_is_not_applied_in_time_is_a_503_with_retry_after(client: FlaskClient, province: Stored) -> None:
    began = time.monotonic()
    answer = client.get("/api/v1/targets?after=registry:7,audits:9&after=training:5")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "training:5 (applied: 4)" in answer.text
    assert time.monotonic() - began > 1.9


@pytest.mark.parametrize(
    "query",
    ["on=2020-02-30", "on=x", "after=registry", "after=kpi:1", "after=registry:-1", "known_at=now", "a=b"],
)
def test_a_wrong_query_is_refused_and_named(client: FlaskClient, province: Stored, query: str) -> None:
    get(client, "/targets")
    answer = client.get(f"/api/v1/targets?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.text


def test_unknown_targets_and_facilities_are_404(client: FlaskClient, province: Stored) -> None:
    assert "K2a" in get(client, "/targets/K9", 404)["detail"]
    get(client, "/facilities/nobody/standing", 404)


def test_an_unchanged_answer_is_not_sent_again(client: FlaskClient, province: Stored) -> None:
    tag = client.get("/api/v1/targets").headers["ETag"]
    assert client.get("/api/v1/targets", headers={"If-None-Match": tag}).status_code == 304


def test_standing_says_why_with_the_deciding_events(client: FlaskClient, province: Stored) -> None:
    body = get(client, "/facilities/b/standing")
    assert (body["unit_id"], body["parked"]) == ("nho-quan", None)
    kpis = {item["code"]: item for item in body["kpis"]}
    assert kpis["K2a"] == kpis["K2a"] | {"counted": True, "decided_by": ["audits-2000", "audits-4000"]}
    assert "±40%" in kpis["K2b"]["why"]["en"]
    assert not kpis["K2b"]["counted"]


def test_districts_limit_standing_but_not_the_provinces_targets(
    client: FlaskClient, province: Stored, issuer: Issuer
) -> None:
    token = issuer.token("dan", ["assessor"], districts=["yen-mo"])
    headers = {"Authorization": f"Bearer {token}"}
    client.environ_base.pop("HTTP_AUTHORIZATION")
    for path, status in (
        ("/targets", 200),
        ("/facilities/c/standing", 200),
        ("/facilities/a/standing", 403),
        ("/projections", 403),
    ):
        assert client.get(f"/api/v1{path}", headers=headers).status_code == status
    assert client.get("/api/v1/targets").status_code == 401


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "9999-12-31"])
@pytest.mark.parametrize("path", ["/targets", "/targets/K1", "/targets/comparison"])
def test_a_day_too_far_away_is_told_so(client: FlaskClient, province: Stored, path: str, day: str) -> None:
    assert "from 1900 to 2999" in get(client, path, 422, on=day)["errors"][0]["detail"]


def test_an_operator_sees_what_is_parked_and_asks_for_its_redrive(
    client: FlaskClient, province: Stored
) -> None:
    province.database.parked.insert_one(
        {
            "_id": "g1|facility:a",
            "generation": "g1",
            "partition": 0,
            "subject": "facility:a",
            "error": "unit_id: Expected `str`, got `int`",
            "since": datetime(2024, 5, 1, tzinfo=UTC),
            "events": [{"sequence": 1}, {"sequence": 2}],
        }
    )
    body = get(client, "/projections")
    assert [(p["subject"], p["waiting"], p["redrive_requested"]) for p in body["parked"]] == [
        ("facility:a", 2, None)
    ]
    assert [p["complete"]["registry"] for p in body["partitions"]] == [7, 7, 7]
    (log,) = body["logs"]
    assert (log["source"], log["head"], log["lag_events"]) == ("registry", None, None)
    assert "does not answer" in log["problem"]
    assert get(client, "/facilities/a/standing")["parked"]["error"].startswith("unit_id")
    assert client.post("/api/v1/projections/parked/facility:a/redrive").status_code == 202
    assert province.database.parked.find_one({"_id": "g1|facility:a"})["redrive_requested"]
    assert client.post("/api/v1/projections/parked/facility:zz/redrive").status_code == 404


def test_the_answers_are_what_the_openapi_document_says(client: FlaskClient, province: Stored) -> None:
    document = get(client, "/openapi.json")
    for path, query in itertools.product(
        ("/targets", "/targets/K1", "/targets/K2", "/targets/K2b", "/targets/K2c", "/targets/K3"),
        ({}, {"on": "1995-01-01"}),
    ):
        shown = path if path == "/targets" else "/targets/{code}"
        _conforms(document, shown, get(client, path, **query))
    _conforms(document, "/facilities/{facility_id}/standing", get(client, "/facilities/a/standing"))
    _conforms(document, "/projections", get(client, "/projections"))


def _conforms(document: Any, path: str, answer: Any) -> None:
    content = document["paths"][f"/api/v1{path}"]["get"]["responses"]["200"]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(answer)


def test_a_projection_of_other_rules_is_not_read_but_its_rebuilding_is_told(
    client: FlaskClient, province: Stored
) -> None:
    province.database.pointer.update_one({"_id": "active"}, {"$set": {"rules": "sxsh-2016@1"}})
    older = {"$set": {"cohort": ["nho-quan", "2018:C10", "enterprise"]}, "$unset": {"cells": ""}}
    province.database.cells.update_many({}, older)
    time.sleep(FRESH * 2)
    assert "Start this release's projector" in get(client, "/targets", 503)["detail"]
    told = {"rules": "sxsh-2016@2", "since": datetime.now(UTC), "events": 1234, "position": {"registry": 40}}
    province.database.pointer.insert_one({"_id": "building", **told})
    said = get(client, "/targets/K1", 503)["detail"]
    assert "1,234 events" in said
    assert "registry 40 of" in said
    assert get(client, "/projections")["building"]["position"]["registry"] == 40
