"""What an assessment has become. Its events are folded into it by `evolve`; nothing is decided here."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from services.audits.domain.catalogue import Amount, Flag, Method, OptionClass, OutlierDecision
from services.audits.domain.measurement import Measurement

Status = Literal["none", "open", "submitted", "approved", "rejected"]
STATUSES: tuple[Status, ...] = ("open", "submitted", "approved", "rejected")
OptionStatus = Literal[
    "proposed", "pending", "implemented", "verified", "discontinued", "refused", "excluded"
]
FollowUpStatus = Literal["reported", "accepted", "refused"]
Answer = Literal["still-pending", "implemented", "not-implemented"]


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What was said when a pending option was asked about."""

    on: date
    answer: Answer
    by: str
    reason: str | None = None


class OptionCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """`before` holds what stood in the fields that were corrected."""

    on: date
    by: str
    reason: str
    before: dict[str, Any]


class MeasurementCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """`before` are the figures that `by` replaced."""

    by: str
    reason: str
    before: Measurement


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is what was last reported; whether a pending option has lapsed depends on the day one asks:
    see `option_life.status_on`. `ended_on` is the day it was discontinued, refused or excluded.
    """

    option_class: OptionClass
    title: str
    resources: tuple[str, ...]
    proposed_on: date
    contributors: frozenset[str]
    investment_vnd: int | None = None
    yearly_saving_vnd: int | None = None
    estimated: tuple[Amount, ...] = ()
    status: OptionStatus = "proposed"
    deferred_on: date | None = None
    note: str | None = None
    answers: tuple[Answered, ...] = ()
    implemented_on: date | None = None
    verified_on: date | None = None
    ended_on: date | None = None
    verifier: str | None = None
    verified: tuple[Amount, ...] = ()
    verified_saving_vnd: int | None = None
    reason: str | None = None
    replication_id: str | None = None
    pilot_id: str | None = None
    pilot_facility_id: str | None = None
    history: tuple[OptionCorrection, ...] = ()


class FlagDecision(msgspec.Struct, frozen=True, kw_only=True):
    decision: OutlierDecision
    reviewer: str
    note: str
    on: date


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """`contributors` are who reported and who corrected it; `decisions` are about the figures as they stand,
    so a correction, also of the baseline, asks for them again."""

    measurement: Measurement
    reporter: str
    contributors: frozenset[str]
    status: FollowUpStatus = "reported"
    reviewer: str | None = None
    judged_on: date | None = None
    reason: str | None = None
    decisions: dict[Flag, FlagDecision] = {}
    history: tuple[MeasurementCorrection, ...] = ()


class Pilot(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    option_ids: tuple[str, ...]
    by: str
    designated_on: date
    task_id: str | None = None
    finished_on: date | None = None
    result: str | None = None
    verifier: str | None = None


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """`of` is the id of the assessment, of an option or of a follow-up; `sha256` in hex."""

    of: str
    sha256: str
    media_type: str
    bytes: int
    title: str
    by: str
    linked_on: date
    url: str | None = None
    withdrawn_on: date | None = None
    withdrawal: str | None = None


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is none before it is opened. `contributors` are all who brought in what it claims.

    `step` is the one it has reached, 0 while none was recorded; `tasks` are the codes of those done.
    `decided_on`, `reviewer` and `reason` are of the last approval or rejection.
    """

    id: str = ""
    facility_id: str = ""
    unit_id: str = ""
    method: Method = "quick"
    assessor: str = ""
    opened_on: date = date.min
    status: Status = "none"
    step: int = 0
    tasks: tuple[str, ...] = ()
    baseline: Measurement | None = None
    baseline_history: tuple[MeasurementCorrection, ...] = ()
    submitted_on: date | None = None
    decided_on: date | None = None
    reviewer: str | None = None
    reason: str | None = None
    options: dict[str, Option] = {}
    follow_ups: dict[str, FollowUp] = {}
    pilots: dict[str, Pilot] = {}
    attachments: dict[str, Attachment] = {}
    contributors: frozenset[str] = frozenset()
