"""Folding what the audits say into a facility's card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from services.kpi.domain.facts import Assessment, Baseline, FacilityCard, FollowUp, place
from services.kpi.domain.handlers import Handlers, KpiEvent, fact, to
from services.kpi.domain.saving import Measurement


class _OfAssessment(msgspec.Struct):
    assessment_id: str


class _BaselineRecorded(msgspec.Struct):
    assessment_id: str
    measurement: msgspec.Raw


class _OfOption(msgspec.Struct):
    assessment_id: str
    option_id: str


class _OfFollowUp(msgspec.Struct):
    assessment_id: str
    follow_up_id: str


class _FollowUpReported(msgspec.Struct):
    assessment_id: str
    follow_up_id: str
    measurement: msgspec.Raw


class _Reviewed(msgspec.Struct):
    assessment_id: str
    follow_up_id: str
    decision: Literal["keep", "leave-out"]


_measurement: msgspec.json.Decoder[Measurement] = msgspec.json.Decoder(Measurement)


def _assessment(card: FacilityCard, id_: str) -> Assessment:
    return card.assessments.setdefault(id_, Assessment())


def _baseline(card: FacilityCard, event: KpiEvent, data: _BaselineRecorded) -> None:
    _measurement.decode(data.measurement)
    assessment = _assessment(card, data.assessment_id)
    assessment.baseline = Baseline(event.sequence, event.id, bytes(data.measurement))
    for follow_up in assessment.follow_ups.values():
        follow_up.saving = None


def _assessed(value: str) -> Callable[[FacilityCard, KpiEvent, _OfAssessment], None]:
    def apply(card: FacilityCard, event: KpiEvent, data: _OfAssessment) -> None:
        place(_assessment(card, data.assessment_id).status, fact(event, value))

    return apply


def _option(value: str) -> Callable[[FacilityCard, KpiEvent, _OfOption], None]:
    def apply(card: FacilityCard, event: KpiEvent, data: _OfOption) -> None:
        facts = _assessment(card, data.assessment_id).options.setdefault(data.option_id, [])
        place(facts, fact(event, value))

    return apply


def _follow_up(card: FacilityCard, assessment_id: str, id_: str) -> FollowUp:
    return _assessment(card, assessment_id).follow_ups.setdefault(id_, FollowUp())


def _reported(card: FacilityCard, event: KpiEvent, data: _FollowUpReported) -> None:
    end = _measurement.decode(data.measurement).period.end.toordinal()
    follow_up = _follow_up(card, data.assessment_id, data.follow_up_id)
    follow_up.seq, follow_up.event, follow_up.end = event.sequence, event.id, end
    follow_up.measurement, follow_up.saving = bytes(data.measurement), None


def _verdict(value: str) -> Callable[[FacilityCard, KpiEvent, _OfFollowUp], None]:
    def apply(card: FacilityCard, event: KpiEvent, data: _OfFollowUp) -> None:
        _follow_up(card, data.assessment_id, data.follow_up_id).verdict = fact(event, value)

    return apply


def _reviewed(card: FacilityCard, event: KpiEvent, data: _Reviewed) -> None:
    _follow_up(card, data.assessment_id, data.follow_up_id).review = fact(event, data.decision)


EVENTS: Handlers = {
    "assessment.opened": None,
    "assessment.baseline-recorded": to("facility", _BaselineRecorded, _baseline),
    "assessment.submitted": None,
    "assessment.approved": to("facility", _OfAssessment, _assessed("approved")),
    "assessment.rejected": to("facility", _OfAssessment, _assessed("rejected")),
    "option.proposed": None,
    "option.implemented": to("facility", _OfOption, _option("implemented")),
    "option.verified": to("facility", _OfOption, _option("verified")),
    "option.discontinued": to("facility", _OfOption, _option("discontinued")),
    "option.refused": to("facility", _OfOption, _option("refused")),
    "follow-up.reported": to("facility", _FollowUpReported, _reported),
    "follow-up.accepted": to("facility", _OfFollowUp, _verdict("accepted")),
    "follow-up.refused": to("facility", _OfFollowUp, _verdict("refused")),
    "follow-up.outlier-reviewed": to("facility", _Reviewed, _reviewed),
    "follow-up.flag-reviewed": None,
    "follow-up.corrected": None,
    "assessment.baseline-corrected": None,
    "assessment.step-reached": None,
    "option.deferred": None,
    "option.asked": None,
    "option.excluded": None,
    "option.corrected": None,
    "pilot.designated": None,
    "pilot.finished": None,
    "replication.named": None,
    "attachment.linked": None,
    "attachment.withdrawn": None,
}
