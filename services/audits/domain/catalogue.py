"""The events of the audits log. All concern a facility, so all that happens to one meets in one partition.

`by` is who brought the fact in. It is kept so that nobody judges what they brought in themselves.
"""

from __future__ import annotations

from typing import Literal

from services.audits.domain.measurement import Measurement
from services.eventkit.events import Catalogue, Event

Method = Literal["quick", "detailed"]
METHODS: tuple[Method, ...] = ("quick", "detailed")

OptionClass = Literal[
    "good-housekeeping",
    "input-change",
    "process-control",
    "equipment-modification",
    "technology-change",
    "on-site-recovery",
    "by-product",
    "product-modification",
]
OPTION_CLASSES: tuple[OptionClass, ...] = (
    "good-housekeeping",
    "input-change",
    "process-control",
    "equipment-modification",
    "technology-change",
    "on-site-recovery",
    "by-product",
    "product-modification",
)

OutlierDecision = Literal["keep", "leave-out"]
OUTLIER_DECISIONS: tuple[OutlierDecision, ...] = ("keep", "leave-out")

catalogue = Catalogue("audits")


class AssessmentEvent(Event, frozen=True, kw_only=True):
    assessment_id: str
    facility_id: str

    @property
    def subject(self) -> str:
        return f"facility:{self.facility_id}"


class OptionEvent(AssessmentEvent, frozen=True, kw_only=True):
    option_id: str


class FollowUpEvent(AssessmentEvent, frozen=True, kw_only=True):
    follow_up_id: str


@catalogue.event("assessment.opened")
class AssessmentOpened(AssessmentEvent, frozen=True, kw_only=True):
    """`unit_id` is the administrative unit the facility belonged to when this was recorded."""

    method: Method
    assessor: str
    unit_id: str


@catalogue.event("assessment.baseline-recorded")
class BaselineRecorded(AssessmentEvent, frozen=True, kw_only=True):
    """`occurred_on` is the last day of the period. A later baseline replaces this one."""

    measurement: Measurement
    by: str


@catalogue.event("assessment.submitted")
class AssessmentSubmitted(AssessmentEvent, frozen=True, kw_only=True):
    by: str


@catalogue.event("assessment.approved")
class AssessmentApproved(AssessmentEvent, frozen=True, kw_only=True):
    reviewer: str
    reason: str | None = None


@catalogue.event("assessment.rejected")
class AssessmentRejected(AssessmentEvent, frozen=True, kw_only=True):
    reviewer: str
    reason: str


@catalogue.event("option.proposed")
class OptionProposed(OptionEvent, frozen=True, kw_only=True):
    """`resources` are those it touches. Money is whole VND; `yearly_saving_vnd` is net."""

    option_class: OptionClass
    title: str
    resources: tuple[str, ...]
    by: str
    investment_vnd: int | None = None
    yearly_saving_vnd: int | None = None


@catalogue.event("option.implemented")
class OptionImplemented(OptionEvent, frozen=True, kw_only=True):
    by: str


@catalogue.event("option.verified")
class OptionVerified(OptionEvent, frozen=True, kw_only=True):
    verifier: str


@catalogue.event("option.discontinued")
class OptionDiscontinued(OptionEvent, frozen=True, kw_only=True):
    reason: str


@catalogue.event("option.refused")
class OptionRefused(OptionEvent, frozen=True, kw_only=True):
    """It will not be implemented."""

    reason: str


@catalogue.event("follow-up.reported")
class FollowUpReported(FollowUpEvent, frozen=True, kw_only=True):
    """`occurred_on` is the last day of the period."""

    measurement: Measurement
    by: str


@catalogue.event("follow-up.accepted")
class FollowUpAccepted(FollowUpEvent, frozen=True, kw_only=True):
    reviewer: str


@catalogue.event("follow-up.refused")
class FollowUpRefused(FollowUpEvent, frozen=True, kw_only=True):
    reviewer: str
    reason: str


@catalogue.event("follow-up.outlier-reviewed")
class OutlierReviewed(FollowUpEvent, frozen=True, kw_only=True):
    """Whether a saving beyond the limit is kept or left out of the indicators."""

    reviewer: str
    decision: OutlierDecision
    note: str
