"""Folding what the trainings and surveys say into cards."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from services.kpi.domain.facts import Certificate, Evidence, FacilityCard, OfficerCard
from services.kpi.domain.handlers import Handlers, KpiEvent, Nothing, fact, to


class _Answered(msgspec.Struct):
    survey_id: str
    mode: Literal["census", "sample"]
    benefits: list[str]


class _Tested(msgspec.Struct):
    participation_id: str
    passed: bool


class _OfParticipation(msgspec.Struct):
    participation_id: str


def _evidence(card: FacilityCard, event: KpiEvent, value: Any, of: str) -> None:
    """What was recorded before of the same thing and day is replaced; `value` None only takes it away."""
    day = event.occurred_on.toordinal()
    kept = [e for e in card.evidence if not (e.of == of and e.day == day)]
    if value is not None:
        kept.append(Evidence(day, event.sequence, event.id, value, of))
        kept.sort(key=lambda e: (e.day, e.seq))
    card.evidence = kept


def _answered(card: FacilityCard, event: KpiEvent, data: _Answered) -> None:
    census = "survey-names" if data.benefits else "survey-none"
    value = "sample" if data.mode == "sample" else census
    _evidence(card, event, value, data.survey_id)


def _tested(card: FacilityCard, event: KpiEvent, data: _Tested) -> None:
    _evidence(card, event, "test-passed" if data.passed else None, data.participation_id)


def _attended(card: FacilityCard, event: KpiEvent, data: Nothing) -> None:
    attended = fact(event, "attended")
    if card.reached is None or attended.day < card.reached.day:
        card.reached = attended


def _issued(card: OfficerCard, event: KpiEvent, data: _OfParticipation) -> None:
    certificate = card.certificates.setdefault(data.participation_id, Certificate())
    certificate.issued, certificate.revoked = fact(event, "issued"), None


def _revoked(card: OfficerCard, event: KpiEvent, data: _OfParticipation) -> None:
    card.certificates.setdefault(data.participation_id, Certificate()).revoked = fact(event, "revoked")


EVENTS: Handlers = {
    "course.opened": None,
    "course.session-scheduled": None,
    "participation.attended": to("facility", Nothing, _attended),
    "participation.tested": to("facility", _Tested, _tested),
    "certificate.issued": to("officer", _OfParticipation, _issued),
    "certificate.revoked": to("officer", _OfParticipation, _revoked),
    "survey.opened": None,
    "survey.closed": None,
    "survey.answered": to("facility", _Answered, _answered),
    "course.session-cancelled": None,
    "survey.drawn": None,
    "campaign.opened": None,
    "campaign.reach-reported": None,
    "campaign.closed": None,
    "campaign.facility-reached": None,
}
