"""Single records as they are answered."""

from __future__ import annotations

from typing import Any

import msgspec

from services.training.domain.campaigns import Campaign
from services.training.domain.courses import Course
from services.training.domain.participations import Participation
from services.training.domain.surveys import Survey


def campaign_shown(campaign: Campaign, version: int, facilities_reached: int) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(campaign),
        "version": version,
        "status": "open" if campaign.closed_on is None else "closed",
        "people": campaign.people,
        "facilities_reached": facilities_reached,
    }


def course_shown(course: Course, version: int) -> dict[str, Any]:
    """Sessions in the order of their days."""
    sessions = sorted(course.sessions.values(), key=lambda session: (session.on, session.id))
    shown = {**msgspec.to_builtins(course), "version": version}
    return {**shown, "sessions": [msgspec.to_builtins(session) for session in sessions]}


def participation_shown(part: Participation, version: int, attendee: dict[str, Any] | None) -> dict[str, Any]:
    """`attendee` is the opened name, or None where it may not or can no longer be shown."""
    return {**msgspec.to_builtins(part), "version": version, "attendee": attendee}


def survey_shown(survey: Survey, version: int) -> dict[str, Any]:
    status = "open" if survey.closed_on is None else "closed"
    return {**msgspec.to_builtins(survey), "version": version, "status": status}
