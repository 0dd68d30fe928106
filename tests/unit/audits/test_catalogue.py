"""What stands in the log for good: names, fields and exact amounts on the wire."""

from __future__ import annotations

import json
from datetime import date

from services.audits.domain.catalogue import catalogue
from tests.unit.audits.facts import UNTIL_REPORTED, accepted, implemented, recorded, rejected, verified

EVERY_TYPE = {
    "assessment.opened",
    "assessment.baseline-recorded",
    "assessment.submitted",
    "assessment.approved",
    "assessment.rejected",
    "option.proposed",
    "option.implemented",
    "option.verified",
    "option.discontinued",
    "option.refused",
    "follow-up.reported",
    "follow-up.accepted",
    "follow-up.refused",
    "follow-up.outlier-reviewed",
    "follow-up.flag-reviewed",
    "follow-up.corrected",
    "assessment.baseline-corrected",
    "assessment.step-reached",
    "option.deferred",
    "option.asked",
    "option.excluded",
    "option.corrected",
    "pilot.designated",
    "pilot.finished",
    "replication.named",
    "attachment.linked",
    "attachment.withdrawn",
}


def test_the_types_are_those_other_services_fold() -> None:
    assert set(catalogue.types()) == EVERY_TYPE


def test_every_event_comes_back_from_the_log_as_it_went_in() -> None:
    for event in [*UNTIL_REPORTED, rejected, implemented, verified, accepted]:
        assert catalogue.decode(catalogue.encode(event, "e1")) == event


def test_amounts_stand_as_exact_decimal_strings() -> None:
    data = json.loads(bytes(catalogue.encode(recorded, "e1").data))
    assert data == {
        "assessment_id": "a1",
        "facility_id": "f1",
        "occurred_on": date(2017, 12, 31).isoformat(),
        "by": "binh",
        "measurement": {
            "period": {"start": "2017-01-01", "end": "2017-12-31"},
            "products": [{"code": "brick", "name": "Gạch nung", "unit": "1000 pieces", "output": "9000"}],
            "flows": [{"resource": "coal-5-6", "quantity": "1200", "unit": "t", "basis": "metered"}],
        },
    }
