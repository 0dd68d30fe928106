"""What the routes share: loading the streams a command needs facts of, and the limit to districts.

The district of a participation or an answer is the one its facility stands in now, as the registry says; that
of an officer is any unit to which the officer is appointed now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from services.eventkit.errors import Forbidden
from services.eventkit.http import ensure_district, principal, service
from services.training.container import Container
from services.training.domain import campaigns, courses, participations, surveys
from services.training.domain.campaigns import CAMPAIGN, Campaign
from services.training.domain.courses import COURSE, Course
from services.training.domain.participations import PARTICIPATION, Participation
from services.training.domain.surveys import SURVEY, Survey

CAMPAIGNS = "/api/v1/campaigns"
COURSES = "/api/v1/courses"
PARTICIPATIONS = "/api/v1/participations"
SURVEYS = "/api/v1/surveys"


def container() -> Container:
    return cast(Container, service())


def load_course(id_: str) -> tuple[Course, int]:
    """(course, version). Raises `NotFound`."""
    loaded = container().bus.load(COURSE, id_)
    return courses.existing(loaded.state), loaded.version


def load_survey(id_: str) -> tuple[Survey, int]:
    loaded = container().bus.load(SURVEY, id_)
    return surveys.existing(loaded.state), loaded.version


def load_campaign(id_: str) -> tuple[Campaign, int]:
    loaded = container().bus.load(CAMPAIGN, id_)
    return campaigns.existing(loaded.state), loaded.version


def load_participation(id_: str) -> tuple[Participation, int]:
    """Raises `NotFound`, or `Forbidden` for another district's participant."""
    loaded = container().bus.load(PARTICIPATION, id_)
    found = participations.existing(loaded.state)
    ensure_own_district(found)
    return found, loaded.version


def ensure_participant(facility_id: str | None, officer_id: str | None) -> None:
    """The registry knows whom the request names, and the caller may act for them.

    Raises `InvalidInput` at the id that is not known or of a merged duplicate, `Forbidden` for another
    district's.
    """
    if facility_id is not None:
        ensure_district(container().directory.facility(facility_id).unit_id)
    if officer_id is not None:
        _ensure_own_officer(officer_id)


def _ensure_own_officer(officer_id: str) -> None:
    unit_ids = container().directory.officer(officer_id).unit_ids
    caller = principal()
    if caller.districts is not None and not any(map(caller.may_touch, unit_ids)):
        raise Forbidden("Your rights are limited to districts to which this officer is not appointed.")


def ensure_units(unit_ids: Sequence[str]) -> None:
    """The registry knows each unit that the request names in `unit_ids`, and the caller may act for it.

    None named is the whole province: not for callers who are limited to districts.
    """
    ensure_scope(unit_ids)
    for index, unit_id in enumerate(unit_ids):
        container().directory.unit(unit_id, f"/unit_ids/{index}")


def ensure_scope(unit_ids: Sequence[str]) -> None:
    """The caller may act for what concerns these units, or the whole province when there are none."""
    if not unit_ids and principal().districts is not None:
        raise Forbidden("Your rights are limited to districts, and this concerns the whole province.")
    for unit_id in unit_ids:
        ensure_district(unit_id)


def ensure_own_district(found: Participation | None) -> None:
    """Does not need the registry for callers who are not limited to districts."""
    if found is None or principal().districts is None:
        return
    if found.facility_id is not None:
        ensure_district(container().directory.district_of(found.facility_id))
    if found.officer_id is not None:
        _ensure_own_officer(found.officer_id)


def members_asked(query: dict[str, Any]) -> list[str] | None:
    """The facilities whose records a list is asked for: the one of its query and those merged into it."""
    asked = query.get("facility_id")
    return None if asked is None else container().directory.members(asked)


def own_subjects() -> list[str] | None:
    """The subjects of the caller's districts, for lists; None for callers who are not limited."""
    districts = principal().districts
    return None if districts is None else container().directory.subjects_in(districts)
