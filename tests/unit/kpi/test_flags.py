"""A figure copied from the year before is a saving that nobody measured."""

from __future__ import annotations

from typing import Any

import pytest

from services.kpi.domain.measures import FacilityMeasure as M
from tests.unit.kpi.lives import Life, flow, measured


def adopter(*years: tuple[int, str], unit: str = "kWh") -> Life:
    life = Life().registered().adopted(measured(2016, kwh="1000000"))
    for year, quantity in years:
        flows = [flow("electricity", quantity, unit)]
        life.followed(measured(year, output=str(100 + year - 2016), flows=flows), id_=f"u{year}")
    return life


def reviewed(life: Life, flag: str, decision: str, id_: str) -> Life:
    return life.tell(
        "audits",
        "follow-up.flag-reviewed",
        "2019-01-01",
        assessment_id="a1",
        follow_up_id=id_,
        flag=flag,
        decision=decision,
        note="",
        reviewer="x",
    )


@pytest.mark.parametrize(
    ("life", "day", "flagged"),
    [
        (adopter((2017, "1000000")), "2018-01-01", 1),
        (adopter((2017, "1000"), unit="MWh"), "2018-01-01", 1),
        (adopter((2017, "1000000.000")), "2018-01-01", 1),
        (adopter((2017, "999999")), "2018-01-01", 0),
        # of the report before, not of the baseline
        (adopter((2017, "950000"), (2018, "950000")), "2019-01-01", 1),
        (adopter((2017, "950000"), (2018, "1000000")), "2019-01-01", 0),
    ],
)
def test_the_same_figure_two_years_running(life: Life, day: str, flagged: int) -> None:
    assert (life.counts(day, M.FLAGGED), life.counts(day, M.MEASURED)) == (flagged, 1 - flagged)


@pytest.mark.parametrize(
    ("flag", "decision", "measure"),
    [
        ("same-figure", "keep", M.MEASURED),
        ("same-figure", "leave-out", M.LEFT_OUT),
        ("outlier", "keep", M.FLAGGED),
        ("periods-differ", "leave-out", M.LEFT_OUT),
    ],
)
def test_somebody_decides(flag: str, decision: str, measure: M) -> None:
    life = reviewed(adopter((2017, "1000000")), flag, decision, "u2017")
    assert life.counts("2018-01-01", measure) == 1


def test_keeping_figures_does_not_make_them_computable() -> None:
    life = Life().registered().adopted(measured(2016)).followed(measured(2017, output="0"))
    reviewed(life, "zero-output", "keep", "u1")
    assert life.counts("2018-01-01", M.UNCOMPUTABLE) == 1


def corrected(life: Life, type_: str, measurement: dict[str, Any], **ids: str) -> Life:
    end = measurement["period"]["end"]
    return life.tell(
        "audits", type_, end, assessment_id="a1", measurement=measurement, by="x", reason="misread", **ids
    )


def test_a_corrected_report_waits_for_acceptance_and_the_one_before_counts_meanwhile() -> None:
    life = adopter((2017, "950000"), (2018, "900000"))
    corrected(life, "follow-up.corrected", measured(2018, output="100", kwh="800000"), follow_up_id="u2018")
    assert life.on("2019-01-01", "saving") == life.on("2018-06-01", "saving")
    life.tell(
        "audits", "follow-up.accepted", "2019-03-01", assessment_id="a1", follow_up_id="u2018", reviewer="y"
    )
    (vector,) = life.on("2019-01-01", "saving").values()
    assert vector[:2] == (154_300_000, 123_440_000)


def test_a_corrected_baseline_computes_the_saving_anew_and_asks_its_flags_again() -> None:
    life = reviewed(adopter((2017, "500000")), "outlier", "keep", "u2017")
    assert life.counts("2018-01-01", M.MEASURED) == 1
    corrected(life, "assessment.baseline-corrected", measured(2016, kwh="2000000"))
    assert life.counts("2018-01-01", M.FLAGGED) == 1
    assert life.counts("2018-01-01", M.ADOPTER) == 1
    reviewed(life, "outlier", "keep", "u2017")
    (vector,) = life.on("2018-01-01", "saving").values()
    assert vector[0] == round(20000 * 101 * 154.3)
