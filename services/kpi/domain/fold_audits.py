"""Folding what the audits say into a facility's card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from services.kpi.domain.facts import (
    Assessment,
    Baseline,
    FacilityCard,
    FollowUp,
    OptionDetail,
    Pilot,
    place,
)
from services.kpi.domain.figures import figures
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
    flag: str = "outlier"


_measurement: msgspec.json.Decoder[Measurement] = msgspec.json.Decoder(Measurement)


def _assessment(card: FacilityCard, id_: str) -> Assessment:
    return card.assessments.setdefault(id_, Assessment())


def _baseline(card: FacilityCard, event: KpiEvent, data: _BaselineRecorded) -> None:
    found = figures(_measurement.decode(data.measurement))
    assessment = _assessment(card, data.assessment_id)
    assessment.baseline = Baseline(event.sequence, event.id, bytes(data.measurement), found)
    for follow_up in assessment.follow_ups.values():
        follow_up.saving = None


def _baseline_corrected(card: FacilityCard, event: KpiEvent, data: _BaselineRecorded) -> None:
    """The approval stands, but what was decided about flags was decided about other savings."""
    _baseline(card, event, data)
    for follow_up in _assessment(card, data.assessment_id).follow_ups.values():
        follow_up.reviews = {}


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
    measurement = _measurement.decode(data.measurement)
    end = measurement.period.end.toordinal()
    follow_up = _follow_up(card, data.assessment_id, data.follow_up_id)
    follow_up.seq, follow_up.event, follow_up.end = event.sequence, event.id, end
    follow_up.measurement, follow_up.saving = bytes(data.measurement), None
    follow_up.figures = figures(measurement)


def _corrected(card: FacilityCard, event: KpiEvent, data: _FollowUpReported) -> None:
    """It waits for acceptance again, and its flags for a decision."""
    _reported(card, event, data)
    follow_up = _follow_up(card, data.assessment_id, data.follow_up_id)
    follow_up.verdict, follow_up.reviews = None, {}


def _verdict(value: str) -> Callable[[FacilityCard, KpiEvent, _OfFollowUp], None]:
    def apply(card: FacilityCard, event: KpiEvent, data: _OfFollowUp) -> None:
        _follow_up(card, data.assessment_id, data.follow_up_id).verdict = fact(event, value)

    return apply


def _reviewed(card: FacilityCard, event: KpiEvent, data: _Reviewed) -> None:
    follow_up = _follow_up(card, data.assessment_id, data.follow_up_id)
    follow_up.reviews[data.flag] = fact(event, data.decision)


def _detail(card: FacilityCard, data: _OfOption) -> OptionDetail:
    return _assessment(card, data.assessment_id).details.setdefault(data.option_id, OptionDetail())


class _Proposed(_OfOption):
    option_class: str
    investment_vnd: int | None = None
    yearly_saving_vnd: int | None = None


def _proposed(card: FacilityCard, event: KpiEvent, data: _Proposed) -> None:
    detail = _detail(card, data)
    detail.option_class, detail.proposed = data.option_class, fact(event, "proposed")
    detail.investment, detail.yearly = data.investment_vnd, data.yearly_saving_vnd


class _OptionCorrected(_OfOption):
    option_class: str | None = None
    investment_vnd: int | None = None
    yearly_saving_vnd: int | None = None


def _option_corrected(card: FacilityCard, event: KpiEvent, data: _OptionCorrected) -> None:
    """A correction mends what was wrong from the beginning, so it holds for all days."""
    detail = _detail(card, data)
    if data.option_class is not None:
        detail.option_class = data.option_class
    if data.investment_vnd is not None:
        detail.investment = data.investment_vnd
    if data.yearly_saving_vnd is not None:
        detail.yearly = data.yearly_saving_vnd


class _Verified(_OfOption):
    verified_saving_vnd: int | None = None


def _verified(card: FacilityCard, event: KpiEvent, data: _Verified) -> None:
    _option("verified")(card, event, data)
    if data.verified_saving_vnd is not None:
        _detail(card, data).found = data.verified_saving_vnd


def _life(value: str) -> Callable[[FacilityCard, KpiEvent, _OfOption], None]:
    def apply(card: FacilityCard, event: KpiEvent, data: _OfOption) -> None:
        place(_detail(card, data).life, fact(event, value))

    return apply


def _asked(card: FacilityCard, event: KpiEvent, data: _OfOption) -> None:
    detail = _detail(card, data)
    detail.asked = sorted([*detail.asked, event.occurred_on.toordinal()])


def _replicates(card: FacilityCard, event: KpiEvent, data: _OfOption) -> None:
    _detail(card, data).replicates = fact(event, "named")


class _OfPilot(msgspec.Struct):
    assessment_id: str
    pilot_id: str


def _pilot(card: FacilityCard, data: _OfPilot) -> Pilot:
    return _assessment(card, data.assessment_id).pilots.setdefault(data.pilot_id, Pilot())


def _designated(card: FacilityCard, event: KpiEvent, data: _OfPilot) -> None:
    _pilot(card, data).designated = fact(event, "designated")


def _finished(card: FacilityCard, event: KpiEvent, data: _OfPilot) -> None:
    _pilot(card, data).finished = fact(event, "finished")


EVENTS: Handlers = {
    "assessment.opened": None,
    "assessment.step-reached": None,
    "assessment.baseline-recorded": to("facility", _BaselineRecorded, _baseline),
    "assessment.baseline-corrected": to("facility", _BaselineRecorded, _baseline_corrected),
    "assessment.submitted": None,
    "assessment.approved": to("facility", _OfAssessment, _assessed("approved")),
    "assessment.rejected": to("facility", _OfAssessment, _assessed("rejected")),
    "option.proposed": to("facility", _Proposed, _proposed),
    "option.corrected": to("facility", _OptionCorrected, _option_corrected),
    "option.deferred": to("facility", _OfOption, _life("pending")),
    "option.asked": to("facility", _OfOption, _asked),
    "option.excluded": to("facility", _OfOption, _life("excluded")),
    "option.implemented": to("facility", _OfOption, _option("implemented")),
    "option.verified": to("facility", _Verified, _verified),
    "option.discontinued": to("facility", _OfOption, _option("discontinued")),
    "option.refused": to("facility", _OfOption, _option("refused")),
    "follow-up.reported": to("facility", _FollowUpReported, _reported),
    "follow-up.corrected": to("facility", _FollowUpReported, _corrected),
    "follow-up.accepted": to("facility", _OfFollowUp, _verdict("accepted")),
    "follow-up.refused": to("facility", _OfFollowUp, _verdict("refused")),
    "follow-up.outlier-reviewed": to("facility", _Reviewed, _reviewed),
    "follow-up.flag-reviewed": to("facility", _Reviewed, _reviewed),
    "pilot.designated": to("facility", _OfPilot, _designated),
    "pilot.finished": to("facility", _OfPilot, _finished),
    "replication.named": to("facility", _OfOption, _replicates),
    "attachment.linked": None,
    "attachment.withdrawn": None,
}
