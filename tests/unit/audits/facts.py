"""An assessment at a brick works, told step by step, for the tests to start from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from services.audits.domain.catalogue import (
    AssessmentApproved,
    AssessmentOpened,
    AssessmentRejected,
    AssessmentSubmitted,
    BaselineRecorded,
    FollowUpAccepted,
    FollowUpReported,
    OptionImplemented,
    OptionProposed,
    OptionVerified,
)
from services.audits.domain.measurement import Flow, Measurement, Period, Product

OF: dict[str, Any] = {"assessment_id": "a1", "facility_id": "f1"}
OPTION: dict[str, Any] = {**OF, "option_id": "o1"}
FOLLOW_UP: dict[str, Any] = {**OF, "follow_up_id": "u1"}


def product(**changes: Any) -> Product:
    return Product(
        **{"code": "brick", "name": "Gạch nung", "unit": "1000 pieces", "output": Decimal(9000)} | changes
    )


def flow(**changes: Any) -> Flow:
    values = {"resource": "coal-5-6", "quantity": Decimal(1200), "unit": "t", "basis": "metered"}
    return Flow(**values | changes)


def measured(start: date = date(2017, 1, 1), end: date = date(2017, 12, 31), **changes: Any) -> Measurement:
    values = {"period": Period(start=start, end=end), "products": (product(),), "flows": (flow(),)}
    return Measurement(**values | changes)


BASELINE = measured()
YEAR_AFTER = measured(date(2019, 1, 1), date(2019, 12, 31), flows=(flow(quantity=Decimal(1080)),))

opened = AssessmentOpened(
    **OF, method="quick", assessor="an", unit_id="nho-quan", occurred_on=date(2018, 2, 1)
)
recorded = BaselineRecorded(**OF, measurement=BASELINE, by="binh", occurred_on=date(2017, 12, 31))
proposed = OptionProposed(
    **OPTION,
    option_class="process-control",
    title="Dry the bricks with kiln waste heat",
    resources=("coal-5-6",),
    by="an",
    investment_vnd=90_000_000,
    yearly_saving_vnd=45_000_000,
    occurred_on=date(2018, 2, 20),
)
submitted = AssessmentSubmitted(**OF, by="chi", occurred_on=date(2018, 3, 1))
approved = AssessmentApproved(**OF, reviewer="dung", occurred_on=date(2018, 3, 10))
rejected = AssessmentRejected(
    **OF, reviewer="dung", reason="The coal meter was broken in June", occurred_on=date(2018, 3, 10)
)
implemented = OptionImplemented(**OPTION, by="giang", occurred_on=date(2018, 8, 1))
verified = OptionVerified(**OPTION, verifier="dung", occurred_on=date(2018, 9, 1))
reported = FollowUpReported(**FOLLOW_UP, measurement=YEAR_AFTER, by="binh", occurred_on=date(2019, 12, 31))
accepted = FollowUpAccepted(**FOLLOW_UP, reviewer="dung", occurred_on=date(2020, 2, 1))

UNTIL_PROPOSED = [opened, recorded, proposed]
UNTIL_SUBMITTED = [*UNTIL_PROPOSED, submitted]
UNTIL_APPROVED = [*UNTIL_SUBMITTED, approved]
UNTIL_REPORTED = [*UNTIL_APPROVED, reported]
