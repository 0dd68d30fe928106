"""Official values: all targets of a plan as they were read for the end of a period, frozen by an act of the
department. Stream ``official:<plan>.<day>``.

What was frozen stays. A later reading takes its place only as a correction, which names what it corrects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Catalogue, Event
from services.kpi.domain.rules import Words

catalogue = Catalogue("kpi")

#: Why a reading may lack something that had been recorded: subjects parked; logs not applied to their end.
Lack = Literal["parked", "lag"]


class TargetValue(msgspec.Struct, frozen=True, kw_only=True):
    """Of K1 … K3. `value` is the exact ratio; `target` what the plan asked for on that day."""

    code: str
    value: str | None
    decimal: str | None
    numerator: int | None
    denominator: int | None
    target: str | None
    met: bool | None
    reason: Words | None


class MeasureValue(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of S1 … S6."""

    code: str
    measure: str
    unit: str
    value: str | None
    decimal: str | None
    numerator: int | None
    denominator: int | None
    expected: int | None
    met: bool | None
    reason: Words | None


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A plan or a set of rules; `sha256` is of its content as canonical JSON."""

    id: str
    sha256: str
    version: str | None = None


class OfficialReading(msgspec.Struct, frozen=True, kw_only=True):
    """What was read. `position` is how far each log had been applied, `heads` the hash of the commit at that
    position: together they say from which events this was worked out. `read_at` is when; `known_at` the
    moment of the past that was asked for, if one was."""

    on: date
    read_at: datetime
    known_at: datetime | None = None
    plan: Source
    rules: Source
    position: dict[str, int]
    heads: dict[str, str]
    targets: tuple[TargetValue, ...]
    supporting: tuple[MeasureValue, ...]

    def sha256(self) -> str:
        """Of its canonical JSON (sorted keys, no white space), which is how it stands in the log."""
        return sha256_of(self)

    @property
    def values(self) -> tuple[object, ...]:
        return self.targets, self.supporting


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """What was known to be missing from the reading, and accepted."""

    what: Lack
    detail: str


class PeriodEvent(Event, frozen=True, kw_only=True):
    """`occurred_on` is the end of the period."""

    official_id: str
    plan_id: str
    label: str
    by: str
    reading: OfficialReading
    sha256: str
    lacking: tuple[Lacking, ...] = ()

    @property
    def subject(self) -> str:
        return f"official:{period_id(self.plan_id, self.occurred_on)}"


@catalogue.event("official.frozen")
class OfficialFrozen(PeriodEvent, frozen=True, kw_only=True):
    pass


@catalogue.event("official.corrected")
class OfficialCorrected(PeriodEvent, frozen=True, kw_only=True):
    corrects: str
    reason: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One freezing. `corrects` and `reason` are those of a correction."""

    official_id: str
    label: str
    by: str
    reading: OfficialReading
    sha256: str
    lacking: tuple[Lacking, ...] = ()
    corrects: str | None = None
    reason: str | None = None


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """All that was frozen of a plan and a day, the first first; the last one holds."""

    plan_id: str
    on: date
    entries: tuple[Entry, ...]

    @property
    def official(self) -> Entry:
        return self.entries[-1]

    def as_known(self, known_at: datetime | None) -> Period | None:
        """With no more than had been frozen by then; None when that is nothing."""
        if known_at is None:
            return self
        entries = tuple(entry for entry in self.entries if entry.reading.read_at <= known_at)
        return msgspec.structs.replace(self, entries=entries) if entries else None


class Freeze(msgspec.Struct, frozen=True, kw_only=True):
    official_id: str
    label: str
    by: str
    reading: OfficialReading
    lacking: tuple[Lacking, ...] = ()


class Correct(msgspec.Struct, frozen=True, kw_only=True):
    """`corrects` names the entry that holds until now."""

    official_id: str
    corrects: str
    reason: str
    label: str
    by: str
    reading: OfficialReading
    lacking: tuple[Lacking, ...] = ()


Command = Freeze | Correct


def period_id(plan_id: str, on: date) -> str:
    return f"{plan_id}.{on.isoformat()}"


def sha256_of(content: object) -> str:
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def existing(period: Period | None) -> Period:
    if period is None:
        raise NotFound("No value is official for this plan and day. See the list of official values.")
    return period


def ensure_not_frozen(period: Period | None) -> None:
    if period is not None:
        held = period.official
        raise Refused(
            f"The values of {period.plan_id} on {period.on} are official since "
            f"{period.entries[0].reading.read_at:%Y-%m-%d} ({held.official_id}, by {held.by}); what was "
            "frozen stays. Correct it with a reason: POST /api/v1/official-values/"
            f"{period_id(period.plan_id, period.on)}/corrections."
        )


def ensure_holds(period: Period | None, corrects: str) -> Entry:
    """The entry to be corrected. Raises `NotFound`, `InvalidInput`, or `Refused` when another holds now."""
    known = existing(period)
    held = known.official
    if corrects == held.official_id:
        return held
    if all(corrects != entry.official_id for entry in known.entries):
        raise InvalidInput.at("/corrects", f"is none of this period; {held.official_id} holds now")
    raise Refused(
        f"{corrects} was corrected already: {held.official_id} holds now. Read it, then correct it."
    )


def decide(command: Command, period: Period | None) -> Sequence[Event]:
    reading = command.reading
    common = {
        "occurred_on": reading.on,
        "plan_id": reading.plan.id,
        "sha256": reading.sha256(),
        **msgspec.structs.asdict(command),
    }
    if isinstance(command, Freeze):
        ensure_not_frozen(period)
        return [OfficialFrozen(**common)]
    held = ensure_holds(period, command.corrects)
    if held.reading.values == reading.values:
        raise Refused("Every value is still what was frozen: there is nothing to correct.")
    return [OfficialCorrected(**common)]


def evolve(period: Period | None, event: Event) -> Period | None:
    if not isinstance(event, PeriodEvent):
        return period
    corrected = event if isinstance(event, OfficialCorrected) else None
    entry = Entry(
        official_id=event.official_id,
        label=event.label,
        by=event.by,
        reading=event.reading,
        sha256=event.sha256,
        lacking=event.lacking,
        corrects=corrected.corrects if corrected else None,
        reason=corrected.reason if corrected else None,
    )
    before = () if period is None else period.entries
    return Period(plan_id=event.plan_id, on=event.occurred_on, entries=(*before, entry))


OFFICIAL: Decider[Command, Period | None] = Decider("official", None, decide, evolve)
