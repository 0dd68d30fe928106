"""The events of the audits log. All concern a facility, so all that happens to one meets in one partition.

`by` is who brought the fact in. It is kept so that nobody judges what they brought in themselves.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

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

#: Why a follow-up's figures are doubted.
Flag = Literal["outlier", "periods-differ", "unit-unconvertible", "zero-output", "same-figure"]

catalogue = Catalogue("audits")


class Amount(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of a resource, a year: what an option is expected, or was found, to save."""

    resource: str
    quantity: Decimal
    unit: str


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
    estimated: tuple[Amount, ...] = ()


@catalogue.event("option.implemented")
class OptionImplemented(OptionEvent, frozen=True, kw_only=True):
    by: str


@catalogue.event("option.verified")
class OptionVerified(OptionEvent, frozen=True, kw_only=True):
    """What was found in use; `verified_saving_vnd` a year."""

    verifier: str
    verified: tuple[Amount, ...] = ()
    verified_saving_vnd: int | None = None


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


@catalogue.event("follow-up.flag-reviewed")
class FlagReviewed(FollowUpEvent, frozen=True, kw_only=True):
    """Whether figures under a flag are kept or left out of the indicators."""

    reviewer: str
    flag: Flag
    decision: OutlierDecision
    note: str


@catalogue.event("follow-up.corrected")
class FollowUpCorrected(FollowUpEvent, frozen=True, kw_only=True):
    """`occurred_on` is the last day of the period. What was accepted has to be accepted again."""

    measurement: Measurement
    by: str
    reason: str


@catalogue.event("assessment.baseline-corrected")
class BaselineCorrected(AssessmentEvent, frozen=True, kw_only=True):
    """After approval. `occurred_on` is the last day of the period."""

    measurement: Measurement
    by: str
    reason: str


@catalogue.event("assessment.step-reached")
class StepReached(AssessmentEvent, frozen=True, kw_only=True):
    """`step` 1 to 6 of a detailed assessment, 1 to 3 of a quick one; `tasks` those done with it."""

    step: int
    tasks: tuple[str, ...]
    by: str


@catalogue.event("option.deferred")
class OptionDeferred(OptionEvent, frozen=True, kw_only=True):
    """It is pending: asked about every year."""

    by: str
    note: str | None = None


@catalogue.event("option.asked")
class OptionAsked(OptionEvent, frozen=True, kw_only=True):
    """The yearly answer. An option put into use or given up has that event too, in the same commit."""

    by: str
    answer: Literal["still-pending", "implemented", "not-implemented"]
    reason: str | None = None


@catalogue.event("option.excluded")
class OptionExcluded(OptionEvent, frozen=True, kw_only=True):
    """It is not a cleaner-production option, or was entered by mistake: it counts nowhere."""

    reason: str


@catalogue.event("option.corrected")
class OptionCorrected(OptionEvent, frozen=True, kw_only=True):
    """Only the fields that change stand."""

    by: str
    reason: str
    option_class: OptionClass | None = None
    title: str | None = None
    resources: tuple[str, ...] | None = None
    investment_vnd: int | None = None
    yearly_saving_vnd: int | None = None
    estimated: tuple[Amount, ...] | None = None


@catalogue.event("pilot.designated")
class PilotDesignated(AssessmentEvent, frozen=True, kw_only=True):
    """`task_id` is the plan's task that it serves."""

    pilot_id: str
    option_ids: tuple[str, ...]
    title: str
    by: str
    task_id: str | None = None


@catalogue.event("pilot.finished")
class PilotFinished(AssessmentEvent, frozen=True, kw_only=True):
    pilot_id: str
    result: str
    verifier: str


@catalogue.event("replication.named")
class ReplicationNamed(OptionEvent, frozen=True, kw_only=True):
    """This option repeats what was tried at the pilot."""

    replication_id: str
    pilot_id: str
    pilot_facility_id: str
    by: str


@catalogue.event("attachment.linked")
class AttachmentLinked(AssessmentEvent, frozen=True, kw_only=True):
    """Evidence kept elsewhere. `of` is the id of the assessment, option or follow-up; `sha256` in hex."""

    attachment_id: str
    of: str
    sha256: str
    media_type: str
    bytes: int
    title: str
    by: str
    url: str | None = None


@catalogue.event("attachment.withdrawn")
class AttachmentWithdrawn(AssessmentEvent, frozen=True, kw_only=True):
    attachment_id: str
    reason: str
