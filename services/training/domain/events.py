"""The facts of trainings and surveys, as docs/architecture.md lists them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.eventkit.events import Catalogue, Event
from services.eventkit.sealed import Sealed

catalogue = Catalogue("training")


class Audience(StrEnum):
    FACILITIES = "facilities"
    OFFICERS = "officers"


class Mode(StrEnum):
    """A census asks every facility; a sample asks some, each standing for `weight` facilities."""

    CENSUS = "census"
    SAMPLE = "sample"


class Channel(StrEnum):
    """By which a campaign speaks."""

    TELEVISION = "television"
    RADIO = "radio"
    PRESS = "press"
    WEB = "web"
    SOCIAL_MEDIA = "social-media"
    LEAFLET = "leaflet"
    EVENT = "event"


class Benefit(StrEnum):
    """What cleaner production brings, as the survey form lists it."""

    SAVES_ENERGY = "saves-energy"
    SAVES_MATERIALS = "saves-materials"
    SAVES_WATER = "saves-water"
    CUTS_WASTE = "cuts-waste"
    CUTS_COST = "cuts-cost"
    HEALTH_SAFETY = "health-safety"
    COMPLIANCE = "compliance"
    MARKET = "market"


@catalogue.event("course.opened")
class CourseOpened(Event, frozen=True, kw_only=True):
    """`pass_mark` in points out of 100; `validity_months` of the certificates, None for the rule's."""

    course_id: str
    title: str
    audience: Audience
    pass_mark: int
    validity_months: int | None = None

    @property
    def subject(self) -> str:
        return f"course:{self.course_id}"


@catalogue.event("course.session-scheduled")
class SessionScheduled(Event, frozen=True, kw_only=True):
    """`occurred_on` is the day of the session; `unit_id` the administrative unit it is held in."""

    course_id: str
    session_id: str
    unit_id: str
    place: str
    hours: int

    @property
    def subject(self) -> str:
        return f"course:{self.course_id}"


@catalogue.event("course.session-cancelled")
class SessionCancelled(Event, frozen=True, kw_only=True):
    course_id: str
    session_id: str
    reason: str

    @property
    def subject(self) -> str:
        return f"course:{self.course_id}"


class _OfParticipant(Event, frozen=True, kw_only=True):
    """Concerns the facility or the officer who took part: one of the two ids is set."""

    participation_id: str
    course_id: str
    facility_id: str | None = None
    officer_id: str | None = None

    @property
    def subject(self) -> str:
        if self.facility_id is not None:
            return f"facility:{self.facility_id}"
        return f"officer:{self.officer_id}"


@catalogue.event("participation.attended")
class Attended(_OfParticipant, frozen=True, kw_only=True):
    """`unit_id` is that of the session."""

    session_id: str
    attendee: Sealed | None = None
    unit_id: str | None = None


@catalogue.event("participation.attendee-erased")
class AttendeeErased(_OfParticipant, frozen=True, kw_only=True):
    """The attendee's key was dropped: who came can not be read any more, here or in any copy."""

    reason: str


@catalogue.event("participation.tested")
class Tested(_OfParticipant, frozen=True, kw_only=True):
    """A later one of the same participation corrects the earlier."""

    score: int
    passed: bool


class _OfOfficer(Event, frozen=True, kw_only=True):
    participation_id: str
    officer_id: str

    @property
    def subject(self) -> str:
        return f"officer:{self.officer_id}"


@catalogue.event("certificate.issued")
class CertificateIssued(_OfOfficer, frozen=True, kw_only=True):
    """`valid_until` is the last day on which it counts, when that is earlier than the rule's."""

    valid_until: date | None = None


@catalogue.event("certificate.revoked")
class CertificateRevoked(_OfOfficer, frozen=True, kw_only=True):
    reason: str


class _OfSurvey(Event, frozen=True, kw_only=True):
    survey_id: str

    @property
    def subject(self) -> str:
        return f"survey:{self.survey_id}"


@catalogue.event("survey.opened")
class SurveyOpened(_OfSurvey, frozen=True, kw_only=True):
    """`population` is how many facilities there are to ask, in `unit_ids` or, when empty, everywhere."""

    title: str
    mode: Mode
    population: int | None = None
    unit_ids: tuple[str, ...] = ()


@catalogue.event("survey.drawn")
class SurveyDrawn(_OfSurvey, frozen=True, kw_only=True):
    """The sample: `size` of `frame_size` facilities, repeatable from `seed` and the frame (sampling.py).

    `facility_ids` is the sample, sorted. `facility_ids_sha256` is of the frame: whoever lists the facilities
    of that day can prove that he has the same and draws the same.
    """

    seed: int
    size: int
    frame_size: int
    facility_ids_sha256: str
    facility_ids: tuple[str, ...] = ()


@catalogue.event("survey.closed")
class SurveyClosed(_OfSurvey, frozen=True, kw_only=True):
    """`occurred_on` is the last day on which answers count."""


@catalogue.event("survey.answered")
class SurveyAnswered(Event, frozen=True, kw_only=True):
    """Empty `benefits`: the facility named none. `weight` > 0, of a sample only; without it it counts 1."""

    survey_id: str
    facility_id: str
    mode: Mode
    benefits: tuple[Benefit, ...]
    weight: Decimal | None = None

    @property
    def subject(self) -> str:
        return f"facility:{self.facility_id}"


class _OfCampaign(Event, frozen=True, kw_only=True):
    campaign_id: str

    @property
    def subject(self) -> str:
        return f"campaign:{self.campaign_id}"


@catalogue.event("campaign.opened")
class CampaignOpened(_OfCampaign, frozen=True, kw_only=True):
    """`unit_ids` are those it is for, empty for the whole province; `task_id` the plan's task it serves."""

    title: str
    channel: Channel
    unit_ids: tuple[str, ...]
    task_id: str | None = None


@catalogue.event("campaign.reach-reported")
class ReachReported(_OfCampaign, frozen=True, kw_only=True):
    """`people` of this report alone; `source` says how they were counted."""

    people: int
    source: str


@catalogue.event("campaign.closed")
class CampaignClosed(_OfCampaign, frozen=True, kw_only=True):
    """`occurred_on` is its last day."""


@catalogue.event("campaign.facility-reached")
class CampaignReached(Event, frozen=True, kw_only=True):
    campaign_id: str
    facility_id: str

    @property
    def subject(self) -> str:
        return f"facility:{self.facility_id}"
