"""What was done for the plan, counted once and where it was done."""

from __future__ import annotations

from tests.unit.kpi.lives import Life

COURSE = {"participation_id": "p1", "course_id": "c1"}


def test_participants_and_passes_by_the_unit_of_the_session() -> None:
    life = Life().registered(unit="nho-quan")
    life.tell("training", "participation.attended", "2017-01-10", session_id="s", unit_id="yen-mo", **COURSE)
    life.tell("training", "participation.tested", "2017-01-20", score=80, passed=True, **COURSE)
    assert life.on("2017-01-10", "training") == {("training", "facilities", "yen-mo"): (1, 0, 0)}
    assert life.on("2017-01-20", "training") == {("training", "facilities", "yen-mo"): (1, 1, 1)}


def test_without_a_session_unit_it_is_the_facilitys_of_that_day_and_stays_after_a_closure() -> None:
    life = (
        Life().registered(unit="nho-quan").tell("registry", "facility.moved", "2018-01-01", unit_id="yen-mo")
    )
    life.tell("training", "participation.attended", "2017-01-10", session_id="s", **COURSE)
    life.tell("registry", "facility.closed", "2019-01-01")
    assert life.on("2020-01-01", "training") == {("training", "facilities", "nho-quan"): (1, 0, 0)}


def test_a_corrected_test_result_replaces_the_first() -> None:
    life = Life().registered()
    life.tell("training", "participation.attended", "2017-01-10", session_id="s", **COURSE)
    life.tell("training", "participation.tested", "2017-01-20", score=80, passed=True, **COURSE)
    life.tell("training", "participation.tested", "2017-02-01", score=20, passed=False, **COURSE)
    assert [next(iter(life.on(d, "training").values())) for d in ("2017-01-31", "2017-02-01")] == [
        (1, 1, 1),
        (1, 1, 0),
    ]


def test_officers_are_an_audience_of_their_own() -> None:
    life = Life("officer:o1").tell(
        "training", "participation.attended", "2017-01-10", session_id="s", unit_id="yen-mo", **COURSE
    )
    life.tell("training", "participation.tested", "2017-01-10", score=80, passed=True, **COURSE)
    assert life.on("2017-01-10", "training") == {("training", "officers", "yen-mo"): (1, 1, 1)}


def test_a_facility_reached_by_a_campaign_and_a_course_is_reached_once() -> None:
    life = Life().registered()
    life.tell("training", "campaign.facility-reached", "2017-01-05", campaign_id="k", facility_id="f1")
    life.tell("training", "participation.attended", "2017-01-10", session_id="s", **COURSE)
    assert [next(iter(life.on(d, "quality").values()), None) for d in ("2017-01-05", "2017-02-01")] == [
        (1, 0, 1),
        (1, 0, 1),
    ]


def test_each_report_of_a_campaigns_reach_adds_its_people() -> None:
    life = Life("campaign:k").tell(
        "training", "campaign.opened", "2017-01-01", channel="radio", title="", unit_ids=[]
    )
    life.tell("training", "campaign.reach-reported", "2017-02-01", people=500, source="")
    life.tell("training", "campaign.reach-reported", "2017-02-01", people=250, source="")
    life.tell("training", "campaign.closed", "2017-03-01")
    assert life.on("2017-12-31", "activity") == {
        ("activity", "campaign", "radio"): (1,),
        ("activity", "people", "radio"): (750,),
    }


def test_a_cancelled_session_never_took_place() -> None:
    life = Life("course:c1").tell(
        "training", "course.opened", "2017-01-01", title="", audience="officers", pass_mark=50
    )
    session = {"course_id": "c1", "unit_id": "yen-mo", "place": "", "hours": 8}
    life.tell("training", "course.session-scheduled", "2017-02-01", session_id="s1", **session)
    life.tell("training", "course.session-scheduled", "2017-02-02", session_id="s2", **session)
    life.tell("training", "course.session-cancelled", "2017-02-10", session_id="s2", reason="flood")
    assert life.on("2017-02-03", "activity") == {
        ("activity", "course", "officers"): (1,),
        ("activity", "session", "officers"): (1,),
    }


def test_a_sample_counts_the_latest_answer_of_a_facility_with_its_weight() -> None:
    life = Life().registered()
    answer = {"survey_id": "s1", "mode": "sample"}
    life.tell("training", "survey.answered", "2017-01-01", benefits=["cuts-cost"], weight="12.50", **answer)
    life.tell("training", "survey.answered", "2017-02-01", benefits=[], weight="0.01", **answer)
    life.tell("training", "survey.answered", "2017-03-01", benefits=["cuts-cost"], **answer)
    found = [life.on(f"2017-0{m}-15", "survey")["survey", "s1"] for m in (1, 2, 3)]
    assert found == [(1, 1250, 1250, 1_562_500, 0), (1, 1, 0, 1, 0), (1, 100, 100, 10_000, 0)]


def test_a_sample_knows_how_many_it_stands_for() -> None:
    life = Life("survey:s1").tell(
        "training", "survey.opened", "2017-01-01", title="", mode="sample", population=420
    )
    assert life.on("2017-01-01", "survey") == {("survey", "s1"): (0, 0, 0, 0, 420)}
    census = Life("survey:s2").tell("training", "survey.opened", "2017-01-01", title="", mode="census")
    assert census.on("2017-01-01", "survey") == {}
