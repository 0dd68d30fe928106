"""Who counts, and for what: a facility wrongly in or out moves the province's three targets."""

from __future__ import annotations

import pytest

from services.kpi.domain.measures import FacilityMeasure as M
from services.kpi.domain.measures import SavingMeasure as S
from tests.unit.kpi.lives import Life, measured, product


def test_a_facility_counts_from_the_day_of_registration() -> None:
    life = Life().registered("2016-05-10")
    assert life.on("2016-05-09") == {}
    assert life.counts("2016-05-10", M.ACTIVE) == 1


def test_a_suspended_facility_stays_for_twelve_months() -> None:
    life = Life().registered().tell("registry", "facility.suspended", "2018-03-15", reason="no orders")
    assert life.counts("2019-03-14", M.ACTIVE) == 1
    assert life.counts("2019-03-15", M.ACTIVE) == 0


def test_saying_suspended_again_does_not_lengthen_the_twelve_months() -> None:
    life = Life().registered()
    for day in ("2018-03-15", "2018-12-01"):
        life.tell("registry", "facility.suspended", day, reason="no orders")
    assert life.counts("2019-03-15", M.ACTIVE) == 0


def test_a_closed_facility_leaves_and_comes_back_when_reopened() -> None:
    life = Life().registered().tell("registry", "facility.closed", "2017-01-01", reason="moved away")
    life.tell("registry", "facility.reopened", "2018-01-01", reason="new owner")
    assert [life.counts(day, M.ACTIVE) for day in ("2016-12-31", "2017-01-01", "2018-01-01")] == [1, 0, 1]


def test_a_moved_facility_keeps_the_district_of_its_time() -> None:
    life = Life().registered().tell("registry", "facility.moved", "2018-07-01", unit_id="kim-son")
    assert list(life.on("2018-06-30")) == [("facility", "nho-quan", "2018:C10", "enterprise", "unknown")]
    assert list(life.on("2018-07-01")) == [("facility", "kim-son", "2018:C10", "enterprise", "unknown")]


def test_a_late_report_falls_into_its_place() -> None:
    life = Life().registered().tell("registry", "facility.moved", "2018-07-01", unit_id="kim-son")
    life.tell("registry", "facility.moved", "2017-07-01", unit_id="yen-mo")
    assert next(iter(life.on("2018-01-01")))[1] == "yen-mo"
    assert next(iter(life.on("2019-01-01")))[1] == "kim-son"


def test_of_one_day_what_was_recorded_last_holds() -> None:
    life = Life().registered()
    for kind in ("household", "enterprise", "household"):
        life.tell("registry", "facility.corrected", "2017-01-01", reason="typing error", kind=kind)
    assert next(iter(life.on("2017-01-01")))[3] == "household"


@pytest.mark.parametrize(
    ("industry", "unit", "counted"),
    [
        ("2018:05100", "nho-quan", 1),
        ("2007:35", "nho-quan", 1),
        ("2018:3600", "nho-quan", 0),
        ("2018:01110", "nho-quan", 0),
        ("2018:47", "nho-quan", 0),
        ("2018:1062", "ha-nam", 1),
    ],
)
def test_scope_is_sections_b_c_d_wherever_it_stands(industry: str, unit: str, counted: int) -> None:
    assert len(Life().registered(industry=industry, unit=unit).on("2018-01-01")) == counted


def test_awareness_needs_a_named_benefit_or_a_passed_test() -> None:
    life = Life().registered()
    life.tell("training", "participation.attended", "2016-09-01", participation_id="p1")
    assert life.counts("2016-12-31", M.AWARE) == 0
    life.tell(
        "training", "participation.tested", "2016-09-02", participation_id="p1", passed=False, score="20"
    )
    assert life.counts("2016-12-31", M.AWARE) == 0
    life.tell(
        "training", "participation.tested", "2016-10-01", participation_id="p1", passed=True, score="90"
    )
    assert life.counts("2016-09-30", M.AWARE) == 0
    assert life.counts("2016-10-01", M.AWARE) == 1


def test_a_test_result_corrected_on_its_day_is_gone() -> None:
    life = Life().registered()
    for passed in (True, False):
        life.tell("training", "participation.tested", "2016-10-01", participation_id="p1", passed=passed)
    assert life.counts("2016-10-01", M.AWARE) == 0


def test_later_negative_evidence_overrides_and_later_positive_again() -> None:
    life = Life().registered().answered("2017-01-01", ["saves-energy"])
    life.answered("2018-01-01", [], survey="s2").answered("2019-01-01", ["less-waste"], survey="s3")
    assert [life.counts(f"{year}-06-01", M.AWARE) for year in (2016, 2017, 2018, 2019)] == [0, 1, 0, 1]


def test_a_sample_survey_never_enters_the_census_count() -> None:
    life = Life().registered().answered("2017-01-01", ["saves-energy"], mode="sample")
    assert life.counts("2017-06-01", M.AWARE) == 0
    life.answered("2017-02-01", ["saves-energy"], survey="s2").answered("2018-01-01", [], "sample", "s3")
    assert life.counts("2018-06-01", M.AWARE) == 1


def test_adoption_needs_approval_and_a_verified_option() -> None:
    life = Life().registered().adopted(approved="2017-02-01", verified="2017-06-01")
    assert [life.counts(day, M.ADOPTER) for day in ("2017-05-31", "2017-06-01")] == [0, 1]
    late = Life().registered().adopted(approved="2017-09-01", verified="2017-06-01")
    assert [late.counts(day, M.ADOPTER) for day in ("2017-08-31", "2017-09-01")] == [0, 1]


def test_a_discontinued_option_ends_adoption_but_not_the_past() -> None:
    life = Life().registered().adopted().followed(measured(2017, kwh="900000"))
    life.tell(
        "audits", "option.discontinued", "2019-01-01", assessment_id="a1", option_id="o1", reason="broken"
    )
    assert life.counts("2018-12-31", M.MEASURED) == 1
    assert life.counts("2019-01-01", M.ADOPTER) == life.counts("2019-01-01", M.MEASURED) == 0


def test_one_option_left_is_enough() -> None:
    life = Life().registered().adopted()
    for type_ in ("option.implemented", "option.verified"):
        life.tell("audits", type_, "2017-07-01", assessment_id="a1", option_id="o2")
    life.tell(
        "audits", "option.discontinued", "2019-01-01", assessment_id="a1", option_id="o1", reason="broken"
    )
    assert life.counts("2019-06-01", M.ADOPTER) == 1


def test_a_rejected_assessment_is_no_adoption_until_approved_again() -> None:
    life = Life().registered().adopted(approved="2018-01-01")
    life.tell("audits", "assessment.rejected", "2017-06-01", assessment_id="a1", reason="meters")
    assert [life.counts(day, M.ADOPTER) for day in ("2017-07-01", "2018-01-01")] == [0, 1]


def test_the_latest_accepted_period_that_has_ended_counts() -> None:
    life = Life().registered().adopted().followed(measured(2017, kwh="900000"))
    life.followed(measured(2018, kwh="950000"), "u2").followed(measured(2019), "u3", accepted=False)
    assert life.counts("2017-12-30", M.MEASURED) == 0
    assert life.counts("2017-12-31", S.ENERGY_ACTUAL) == 138_870_000
    assert life.counts("2018-12-31", S.ENERGY_ACTUAL) == 146_585_000
    assert life.counts("2020-12-31", S.ENERGY_ACTUAL) == 146_585_000


def test_a_negative_saving_stays_in_the_sums() -> None:
    life = Life().registered().adopted().followed(measured(2017, kwh="1200000"))
    assert life.counts("2018-01-01", S.ENERGY_EXPECTED) < life.counts("2018-01-01", S.ENERGY_ACTUAL)
    assert life.counts("2018-01-01", M.STRICT5) == 0


@pytest.mark.parametrize(
    ("decision", "shown"), [(None, M.FLAGGED), ("keep", M.MEASURED), ("leave-out", M.LEFT_OUT)]
)
def test_an_outlier_is_left_out_visibly_until_reviewed(decision: str | None, shown: M) -> None:
    life = Life().registered().adopted().followed(measured(2017, kwh="500000"))
    if decision:
        life.reviewed(decision)
    for measure in (M.FLAGGED, M.MEASURED, M.LEFT_OUT):
        assert life.counts("2018-01-01", measure) == int(measure is shown)
    assert bool(life.counts("2018-01-01", S.ENERGY_EXPECTED)) == (decision == "keep")


def test_what_cannot_be_computed_is_an_adopter_without_measurement() -> None:
    later = measured(2017, products=[product("p1", "1"), product("new", "1")])
    life = Life().registered().adopted().followed(later)
    assert life.counts("2018-01-01", M.UNCOMPUTABLE) == life.counts("2018-01-01", M.ADOPTER) == 1
    assert life.counts("2018-01-01", M.MEASURED) == 0


@pytest.mark.parametrize(
    ("employees", "size"),
    [(None, "unknown"), (0, "micro"), (10, "micro"), (11, "small"), (100, "small"), (201, "large")],
)
def test_size_is_the_band_of_the_employees(employees: int | None, size: str) -> None:
    (cohort,) = Life().registered(employees=employees).on("2018-01-01")
    assert cohort[4] == size


def test_a_facility_that_grows_changes_its_size_from_that_day() -> None:
    life = Life().registered(employees=9)
    life.tell("registry", "facility.corrected", "2018-01-01", reason="new hall", employees=120)
    assert [next(iter(life.on(day)))[4] for day in ("2017-12-31", "2018-01-01")] == ["micro", "medium"]
