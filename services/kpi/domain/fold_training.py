"""Folding what the trainings and surveys say into cards."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal

import msgspec

from services.kpi.domain.facts import (
    CampaignCard,
    Certificate,
    CourseCard,
    Evidence,
    FacilityCard,
    OfficerCard,
    Part,
    Sample,
    SurveyCard,
    place,
)
from services.kpi.domain.handlers import Handlers, KpiEvent, Nothing, fact, to


class _Answered(msgspec.Struct):
    survey_id: str
    mode: Literal["census", "sample"]
    benefits: list[str]
    weight: Decimal | None = None


class _Attended(msgspec.Struct):
    participation_id: str = ""
    unit_id: str | None = None


class _Tested(msgspec.Struct):
    participation_id: str
    passed: bool


class _OfParticipation(msgspec.Struct):
    participation_id: str


def _evidence(card: FacilityCard, event: KpiEvent, value: Any, of: str) -> None:
    """What was recorded before of the same thing and day is replaced; `value` None only takes it away."""
    day = event.occurred_on.toordinal()
    evidence = card.evidence
    if any(e.day == day and e.of == of for e in evidence):
        evidence = card.evidence = [e for e in evidence if not (e.of == of and e.day == day)]
    if value is not None:
        place(evidence, Evidence(day, event.sequence, event.id, value, of))


def _answered(card: FacilityCard, event: KpiEvent, data: _Answered) -> None:
    census = "survey-names" if data.benefits else "survey-none"
    value = "sample" if data.mode == "sample" else census
    _evidence(card, event, value, data.survey_id)
    answers = card.samples.get(data.survey_id)
    day = event.occurred_on.toordinal()
    if answers is not None:
        answers = [answer for answer in answers if answer.day != day]
    if data.mode == "sample":
        answer = Sample(day, event.sequence, _hundredths(data.weight), int(bool(data.benefits)))
        answers = sorted([*(answers or ()), answer], key=lambda a: (a.day, a.seq))
    if answers is not None:
        card.samples[data.survey_id] = answers


def _hundredths(weight: Decimal | None) -> int:
    """At least one: an answer that was given stands for something."""
    if weight is None:
        return 100
    return max(1, int((weight * 100).quantize(Decimal(1), ROUND_HALF_EVEN)))


def _tested(card: FacilityCard | OfficerCard, event: KpiEvent, data: _Tested) -> None:
    if isinstance(card, FacilityCard):
        _evidence(card, event, "test-passed" if data.passed else None, data.participation_id)
    part = card.parts.setdefault(data.participation_id, Part())
    place(part.tested, fact(event, "passed" if data.passed else "failed"))


def _attended(card: FacilityCard | OfficerCard, event: KpiEvent, data: _Attended) -> None:
    part = card.parts.setdefault(data.participation_id, Part())
    if part.attended is None or event.occurred_on.toordinal() < part.attended.day:
        part.attended, part.unit = fact(event, "attended"), data.unit_id or ""
    if isinstance(card, FacilityCard):
        _reached(card, event, Nothing())


def _reached(card: FacilityCard, event: KpiEvent, data: Nothing) -> None:
    reached = fact(event, "attended")
    if card.reached is None or reached.day < card.reached.day:
        card.reached = reached


class _Issued(_OfParticipation):
    valid_until: date | None = None


def _issued(card: OfficerCard, event: KpiEvent, data: _Issued) -> None:
    certificate = card.certificates.setdefault(data.participation_id, Certificate())
    certificate.issued, certificate.revoked = fact(event, "issued"), None
    certificate.until = None if data.valid_until is None else data.valid_until.toordinal()


def _revoked(card: OfficerCard, event: KpiEvent, data: _OfParticipation) -> None:
    card.certificates.setdefault(data.participation_id, Certificate()).revoked = fact(event, "revoked")


class _CampaignOpened(msgspec.Struct):
    channel: str


def _campaign_opened(card: CampaignCard, event: KpiEvent, data: _CampaignOpened) -> None:
    card.channel, card.opened = data.channel, fact(event, "opened")


class _People(msgspec.Struct):
    people: int


def _people(card: CampaignCard, event: KpiEvent, data: _People) -> None:
    card.reach.append((event.occurred_on.toordinal(), data.people))


class _CourseOpened(msgspec.Struct):
    audience: str


def _course_opened(card: CourseCard, event: KpiEvent, data: _CourseOpened) -> None:
    card.audience, card.opened = data.audience, fact(event, "opened")


class _Session(msgspec.Struct):
    session_id: str


def _scheduled(card: CourseCard, event: KpiEvent, data: _Session) -> None:
    card.sessions[data.session_id] = event.occurred_on.toordinal()


def _cancelled(card: CourseCard, event: KpiEvent, data: _Session) -> None:
    card.sessions[data.session_id] = None


class _SurveyOpened(msgspec.Struct):
    mode: str
    population: int | None = None


def _survey_opened(card: SurveyCard, event: KpiEvent, data: _SurveyOpened) -> None:
    card.mode, card.population, card.opened = data.mode, data.population, fact(event, "opened")


EVENTS: Handlers = {
    "course.opened": to("course", _CourseOpened, _course_opened),
    "course.session-scheduled": to("course", _Session, _scheduled),
    "course.session-cancelled": to("course", _Session, _cancelled),
    "participation.attended": to("facility officer", _Attended, _attended),
    "participation.attendee-erased": None,
    "participation.tested": to("facility officer", _Tested, _tested),
    "certificate.issued": to("officer", _Issued, _issued),
    "certificate.revoked": to("officer", _OfParticipation, _revoked),
    "survey.opened": to("survey", _SurveyOpened, _survey_opened),
    "survey.drawn": None,
    "survey.closed": None,
    "survey.answered": to("facility", _Answered, _answered),
    "campaign.opened": to("campaign", _CampaignOpened, _campaign_opened),
    "campaign.reach-reported": to("campaign", _People, _people),
    "campaign.closed": None,
    "campaign.facility-reached": to("facility", Nothing, _reached),
}
