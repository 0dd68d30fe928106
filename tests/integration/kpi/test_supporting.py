"""What the Department reports of its own work: activities, money, documents, network, quality of the data."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient

from services.kpi.domain.texts import labels
from tests.integration.kpi.conftest import Stored
from tests.integration.kpi.test_api import get, unit
from tests.unit.kpi.lives import Life, flow, measured

PLAN = {"plan_id": "nb-1051-2016"}


def facility(id_: str, kwh: str, **more: Any) -> Life:
    flows = [flow("electricity", "1000000", "kWh", cost_vnd=2_000_000_000)]
    later = [flow("electricity", kwh, "kWh")]
    life = Life(f"facility:{id_}").registered(**more).adopted(measured(2016, flows=flows))
    return life.followed(measured(2017, flows=later))


def option(life: Life, id_: str, class_: str, investment: int | None, yearly: int | None) -> Life:
    return life.tell(
        "audits",
        "option.proposed",
        "2016-10-01",
        assessment_id="a1",
        option_id=id_,
        option_class=class_,
        investment_vnd=investment,
        yearly_saving_vnd=yearly,
    )


def training(life: Life, passed: bool, unit_id: str = "nho-quan") -> Life:
    ids = {"participation_id": f"p-{life.subject}", "course_id": "c1"}
    life.tell("training", "participation.attended", "2018-03-01", session_id="s1", unit_id=unit_id, **ids)
    return life.tell("training", "participation.tested", "2018-03-01", score=50, passed=passed, **ids)


def funding(id_: str, source: str, group: int, **amounts: int) -> Life:
    life = Life(f"funding:{id_}")
    for stage, amount in amounts.items():
        line = {"source": source, "group": group, **PLAN}
        life.tell("registry", f"funding.{stage}", "2017-01-01", amount_vnd=amount, **line)
    return life


def policy(id_: str, due: str, issued: str | None = None) -> Life:
    life = Life(f"policy:{id_}").tell(
        "registry", "policy.planned", "2017-01-01", title="", kind="", agency="", due=due, **PLAN
    )
    return life.tell("registry", "policy.issued", issued, number="", issuer="", **PLAN) if issued else life


@pytest.fixture
def work(stored: Stored) -> Stored:
    a = training(option(facility("a", "900000"), "o1", "process-control", 300, 100), passed=True)
    b = training(option(facility("b", "950000", unit="yen-mo"), "o1", "by-product", 100, 100), passed=False)
    b.tell("audits", "pilot.designated", "2018-01-01", assessment_id="a1", pilot_id="a1.1", option_ids=["o1"])
    c = option(facility("c", "700000", kind="household"), "o1", "process-control", None, 50)
    option(c, "o2", "process-control", 10, 10)
    campaign = Life("campaign:k1").tell(
        "training", "campaign.opened", "2018-01-01", title="", channel="radio", unit_ids=[]
    )
    campaign.tell("training", "campaign.reach-reported", "2018-02-01", people=1200, source="")
    course = Life("course:c1").tell(
        "training", "course.opened", "2018-01-01", title="", audience="facilities", pass_mark=50
    )
    course.tell("training", "course.session-scheduled", "2018-03-01", session_id="s1", unit_id="nho-quan")
    network = Life("network:n1").tell(
        "registry", "network.unit-established", "2017-01-01", name="", decision=""
    )
    gone = Life("network:n2").tell("registry", "network.unit-established", "2017-01-01", name="", decision="")
    gone.tell("registry", "network.unit-dissolved", "2018-01-01", reason="")
    consultants = [
        Life(f"consultant:{n}").tell("registry", "consultant.registered", "2017-01-01", network_id=of)
        for n, of in enumerate(("n1", "n1", "n2"))
    ]
    linked = unit("yen-mo").tell(
        "registry", "network.district-linked", "2017-06-01", network_id="n1", office=""
    )
    stale = unit("nho-quan").tell(
        "registry", "network.district-linked", "2017-06-01", network_id="n2", office=""
    )
    linked.tell("registry", "official-count.published", "2018-01-01", facilities=4, source="")
    stale.tell("registry", "official-count.published", "2018-01-01", facilities=6, source="")
    officer = training(Life("officer:o"), passed=True)
    stored.tell(
        *(a, b, c, campaign, course, network, gone, *consultants, linked, stale, officer),
        funding("l1", "local", 1, planned=100, committed=120, disbursed=60),
        funding("l2", "own", 2, planned=50),
        policy("y1", "2018-06-30", "2018-07-30"),
        policy("y2", "2018-06-30"),
        policy("y3", "2021-01-01"),
    ).flush(registry=7, audits=9, training=4)
    return stored


def values(measures: list[dict[str, Any]]) -> dict[str, str | None]:
    return {measure["measure"]: measure["value"] for measure in measures}


def shown(client: FlaskClient, code: str, **query: Any) -> dict[str, str | None]:
    return values(get(client, f"/targets/{code}", **query)["measures"])


def test_savings_in_the_units_people_speak_of_and_the_median_beside_the_sum(
    client: FlaskClient, work: Stored
) -> None:
    found = {target["code"]: target for target in get(client, "/targets")["targets"]}
    saving = found["K2b"]
    assert saving["value"] == f"{450_000 * 1543 // 10}/{3_000_000 * 1543 // 10}"
    assert saving["savings"] == {
        "toe": "69.435",
        "gj": "2907.10458",
        "tco2": "389.205",  # 450 MWh at the factor of 2017
        "vnd": 900_000_000,
        "of": 3,
        "co2_of": 3,
        "vnd_of": 3,
    }
    assert found["K2"]["savings"] == saving["savings"]
    # 5%, 10% and 30% at equal consumption: the mean of sums is 15%
    assert saving["decimal"] == "0.150000"
    assert saving["median"] == {"decimal": "0.1", "count": 3, "reason": None}
    groups = {group["group"]: group["median"] for group in saving["groups"]}
    assert (groups["energy"]["count"], groups["water"]["decimal"]) == (3, None)
    one = get(client, "/targets/K2b", kind="household")["target"]
    assert (one["median"]["decimal"], one["savings"]["of"]) == ("0.3", 1)
    none = get(client, "/targets/K2b", on="2016-12-31")["target"]
    assert none["savings"]["toe"] is None
    assert none["median"]["reason"]["vi"]


def test_s1_what_was_done_to_inform_and_train(client: FlaskClient, work: Stored) -> None:
    assert shown(client, "S1") == {
        "campaigns": "1",
        "people": "1200",
        "courses": "1",
        "sessions": "1",
        "participants": "3",
        "pass-rate": "2/3",
        "facilities-reached": "2/3",
    }
    assert shown(client, "S1", on="2018-02-28")["participants"] == "0"
    chosen = shown(client, "S1", unit_id="nho-quan")
    assert (chosen["campaigns"], chosen["participants"], chosen["facilities-reached"]) == (None, "3", "1/2")
    rows = get(client, "/targets/S1")["rows"]
    by = {(row["by"], row["group"], row["measure"]): row["value"] for row in rows}
    assert by["channel", "radio", "people"] == "1200"
    assert by["audience", "officers", "pass-rate"] == "1/1"
    assert by["unit", "yen-mo", "facilities-reached"] == "1/1"


def test_s2_options_pilots_payback_money_and_co2(client: FlaskClient, work: Stored) -> None:
    found = shown(client, "S2")
    assert (found["options-implemented"], found["pilots"], found["pilots-finished"]) == ("3/4", "1", "0")
    # 3 years, 1 year, and one whose investment nobody gave
    assert (found["payback"], found["investment"], found["yearly-saving"]) == ("2", "400", "250")
    assert found["co2-saved"] == "389.205"
    by = {
        (row["by"], row["group"], row["measure"]): row["value"] for row in get(client, "/targets/S2")["rows"]
    }
    assert by["class", "process-control", "options-implemented"] == "2/3"
    assert by["kind", "household", "yearly-saving"] == "50"
    assert shown(client, "S2", on="2015-12-31")["options-implemented"] is None


def test_s3_only_what_belongs_to_a_unit_that_exists(client: FlaskClient, work: Stored) -> None:
    assert shown(client, "S3") == {"support-units": "1", "consultants": "2", "districts-linked": "1/2"}
    before = shown(client, "S3", on="2017-12-31")
    assert before == {"support-units": "2", "consultants": "3", "districts-linked": "2/2"}
    assert shown(client, "S3", unit_id="yen-mo")["districts-linked"] == "1/1"


def test_s4_against_the_official_number_and_by_the_state_of_the_records(
    client: FlaskClient, work: Stored
) -> None:
    found = shown(client, "S4", on="2018-06-01")
    assert (found["registered"], found["complete"], found["fresh"]) == ("3/10", "0/3", "3/3")
    assert found["recording-delay"] is not None
    assert shown(client, "S4", on="2017-12-31")["registered"] is None
    assert shown(client, "S4", kind="household", on="2018-06-01")["registered"] is None


def test_s5_documents_and_their_delay(client: FlaskClient, work: Stored) -> None:
    assert shown(client, "S5") == {
        "policies-planned": "3",
        "policies-issued": "1/3",
        "policies-late": "1",
        "policies-dropped": "0",
        "policy-delay": "30",
    }


def test_s6_money_by_source_and_task_group(client: FlaskClient, work: Stored) -> None:
    assert shown(client, "S6") == {
        "money-planned": "150",
        "money-committed": "120/150",
        "money-disbursed": "60/120",
    }
    by = {
        (row["by"], row["group"], row["measure"]): row["value"] for row in get(client, "/targets/S6")["rows"]
    }
    assert by["source", "own", "money-planned"] == "50"
    assert by["group", "1", "money-committed"] == "120/100"
    assert set(labels("sources")) == {group for what, group, _ in by if what == "source"}


def test_all_stand_beside_the_targets_and_follow_the_plan_by_year(client: FlaskClient, work: Stored) -> None:
    body = get(client, "/targets")
    assert [one["code"] for one in body["supporting"]] == ["S1", "S2", "S3", "S4", "S5", "S6"]
    series = get(client, "/targets/S6", period="year")["series"]
    planned = {month["month"]: month["value"] for month in series if month["measure"] == "money-planned"}
    assert planned == {"2016-12": "0", "2017-12": "150", "2018-12": "150", "2019-12": "150", "2020-12": "150"}


def test_the_answers_are_as_described_and_an_empty_province_has_reasons(
    client: FlaskClient, stored: Stored
) -> None:
    document = get(client, "/openapi.json")
    stored.flush(registry=1)
    for code in ("S1", "S2", "S3", "S4", "S5", "S6"):
        content = document["paths"][f"/api/v1/targets/{code}"]["get"]["responses"]["200"]["content"]
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        body = get(client, f"/targets/{code}")
        jsonschema.Draft202012Validator(schema).validate(body)
        assert body["rule"]["vi"]
        assert all(one["value"] is not None or one["reason"]["vi"] for one in body["measures"])


@pytest.mark.parametrize("table", ["measures", "series", "rows"])
def test_each_table_is_a_file_too(client: FlaskClient, work: Stored, table: str) -> None:
    answer = client.get(f"/api/v1/targets/S6/export?table={table}&format=csv")
    assert answer.status_code == 200
    assert "money-planned" in answer.text


def task(id_: str, group: int, end: str) -> dict[str, Any]:
    return {"task_id": id_, "group": group, "title": "", "agency": "", "start": "2017-01-01", "end": end}


def test_what_a_plan_expects_is_set_against_the_whole_province(client: FlaskClient, work: Stored) -> None:
    """The same sums under another plan: its own expectations, its own money."""
    plan = Life("plan:other").tell(
        "registry",
        "plan.loaded",
        "2016-08-17",
        plan_id="other",
        name={"vi": "Khác", "en": "Other"},
        source="",
        start="2016-01-01",
        due="2020-12-31",
        territory=["nho-quan", "yen-mo"],
        targets=[],
        task_groups=[],
        tasks=[task("t9", 5, "2018-12-31")],
        expected={"pilots": 1, "campaigns": 4, "pass-rate": 3},
        sha256="",
    )
    work.tell(plan).flush(registry=8)

    def met(code: str, **query: str) -> dict[str, tuple[int, bool]]:
        found = get(client, f"/targets/{code}", plan="other", **query)["measures"]
        return {m["measure"]: (m["expected"], m["met"]) for m in found if m["expected"] is not None}

    known = {one["id"]: one for one in get(client, "/plans")["plans"]}["other"]
    assert [(one["measure"], one["expected"]) for one in known["expected"]][:2] == [
        ("campaigns", 4),
        ("pass-rate", 3),
    ]
    assert met("S2") == {"pilots": (1, True)}
    assert met("S1") == {"campaigns": (4, False), "pass-rate": (3, False)}
    assert met("S2", unit_id="yen-mo") == {}
    assert get(client, "/funding", plan="other")["total"]["planned_vnd"] == 0
    assert get(client, "/tasks", plan="other")["total"]["tasks"] == 1
    get(client, "/funding", 404, plan="no-such-plan")


def test_how_work_stands_against_the_plan_is_judged_and_foreseen(client: FlaskClient, work: Stored) -> None:
    """By the plan's own numbers, by what is planned under it, or not at all and said so."""

    def judged(code: str, **query: str) -> dict[str, dict[str, Any]]:
        return {m["measure"]: m for m in get(client, f"/targets/{code}", **query)["measures"]}

    network = judged("S3", on="2020-06-30")
    assert network["support-units"]["status"] == "on-track"
    linked = network["districts-linked"]
    assert (linked["expected"], linked["expected_said_by"], linked["along"]) == (2, "plan", "straight")
    assert (linked["status"], linked["milestone_on"]) == ("off-track", "2020-12-31")
    assert linked["path"] == str(round(2 * 1413 / 1597, 6))
    assert linked["forecast"] == {
        "method": "linear-12m",
        "months": 12,
        "on": "2020-12-31",
        "decimal": "1.000000",
    }
    assert get(client, "/targets/S3", on="2020-06-30")["status"] == "off-track"
    # Two until the end of 2017, one since: the line of those twelve month ends falls below nothing.
    falling = judged("S3", on="2018-06-30")["districts-linked"]
    assert (falling["status"], falling["forecast"]["decimal"]) == ("on-track", "0.000000")
    money = judged("S6", on="2020-12-31")
    assert (money["money-committed"]["expected"], money["money-committed"]["status"]) == (150, "missed")
    assert money["money-planned"]["status"] == "no-target"
    documents = judged("S5", on="2018-06-30")
    assert (documents["policies-issued"]["status"], documents["policies-issued"]["along"]) == (
        "on-track",
        "due-days",
    )
    assert judged("S5", on="2018-07-01")["policies-issued"]["status"] == "off-track"
    for code, query in (("S1", {}), ("S2", {}), ("S3", {"unit_id": "yen-mo"})):
        for one in judged(code, **query).values():
            assert one["status"] == "no-target"
            assert one["not_judged"]["en"].startswith("cannot be judged because the plan")
            assert one["not_judged"]["vi"].startswith("không đánh giá được vì")
    body = get(client, "/targets", on="2018-06-30")
    assert [one["status"] for one in body["supporting"]] == [
        *("no-target", "no-target", "on-track"),
        *("no-target", "on-track", "off-track"),
    ]


def test_tables_of_options_money_tasks_and_records(client: FlaskClient, work: Stored) -> None:
    plan = Life("plan:nb-1051-2016").tell(
        "registry",
        "plan.loaded",
        "2016-08-17",
        tasks=[task("t1", 1, "2017-12-31"), task("t2", 3, "2021-12-31")],
    )
    plan.tell("registry", "task.progress-reported", "2018-01-01", task_id="t1", percent=30, text="", by="x")
    work.tell(plan).flush(registry=8)
    options = get(client, "/options")
    rows = {row["class"]: row for row in options["options"]}
    assert len(rows) == 8
    assert (rows["process-control"]["proposed"], rows["process-control"]["in_use"]) == (3, 2)
    assert options["total"]["yearly_saving_vnd"] == 250
    assert options["median_payback_years"] == {"decimal": "2", "count": 2, "reason": None}
    assert get(client, "/options", unit_id="yen-mo")["total"]["proposed"] == 1
    money = get(client, "/funding")
    local = next(row for row in money["funding"] if (row["source"], row["group"]) == ("local", 1))
    assert (local["committed_vnd"], local["over_planned"]) == (120, True)
    assert (len(money["funding"]), money["total"]["planned_vnd"]) == (20, 150)
    tasks = get(client, "/tasks")
    first = next(row for row in tasks["tasks"] if (row["group"], row["status"]) == (1, "planned"))
    assert (first["tasks"], first["percent"], first["late"]) == (1, 30.0, 1)
    assert tasks["total"] == {"tasks": 2, "percent": 15.0, "late": 1}
    quality = get(client, "/quality", on="2018-06-01")
    units = {row["unit_id"]: (row["facilities"], row["official"], row["fresh"]) for row in quality["quality"]}
    assert units == {"nho-quan": (2, 6, 2), "yen-mo": (1, 4, 1)}
    assert (quality["total"]["facilities"], quality["total"]["official"]) == (3, 10)


@pytest.mark.parametrize("table", ["options", "funding", "tasks", "quality"])
def test_the_tables_are_as_described_and_files_too(client: FlaskClient, work: Stored, table: str) -> None:
    document = get(client, "/openapi.json")
    content = document["paths"][f"/api/v1/{table}"]["get"]["responses"]["200"]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(get(client, f"/{table}"))
    answer = client.get(f"/api/v1/{table}/export?format=csv")
    assert answer.status_code == 200, answer.text


def test_a_sample_is_shown_as_an_estimate_beside_the_census(client: FlaskClient, work: Stored) -> None:
    survey = Life("survey:s9").tell(
        "training", "survey.opened", "2018-01-01", title="", mode="sample", population=100
    )
    asked = []
    for number, benefits in enumerate((["cuts-cost"], ["cuts-cost"], [])):
        life = Life(f"facility:s{number}").registered()
        answer = {"survey_id": "s9", "mode": "sample", "benefits": benefits, "weight": "10"}
        asked.append(life.tell("training", "survey.answered", "2018-02-01", **answer))
    before = get(client, "/targets/K1")["target"]
    work.tell(survey, *asked).flush(training=9)
    after = get(client, "/targets/K1", after="training:9")["target"]
    assert (before["numerator"], before["estimates"]) == (after["numerator"], [])
    assert after["denominator"] == before["denominator"] + 3
    (found,) = after["estimates"]
    assert (found["value"], found["decimal"], found["answers"], found["population"]) == (
        "2000/3000",
        "0.666667",
        3,
        100,
    )
    assert 0 < float(found["low"]) < float(found["decimal"]) < float(found["high"]) < 1
    assert get(client, "/targets/K1", kind="household")["target"]["estimates"] is None
