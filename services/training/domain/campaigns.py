"""A communication campaign: opened, its reach reported, closed. Stream ``campaign:<id>``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.training.domain.events import CampaignClosed, CampaignOpened, Channel, ReachReported

#: More people than this are a slip of the pen: Việt Nam has a hundred million.
MOST_PEOPLE = 100_000_000


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`people` reached on or up to `on` that no other report counts; `source` says how they were counted."""

    on: date
    people: int
    source: str


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """Runs from `opened_on` to `closed_on`, both days included. No `unit_ids`: for the whole province."""

    id: str
    title: str
    channel: Channel
    unit_ids: tuple[str, ...]
    task_id: str | None
    opened_on: date
    closed_on: date | None = None
    reports: tuple[Report, ...] = ()

    @property
    def people(self) -> int:
        return sum(report.people for report in self.reports)

    def check_runs(self, on: date) -> None:
        """Raises `Refused` for a day on which it was not under way."""
        if on < self.opened_on:
            raise Refused(f"The campaign began on {self.opened_on}; it was not under way on {on}.")
        if self.closed_on is not None and on > self.closed_on:
            raise Refused(f"The campaign ended on {self.closed_on}; it was no longer under way on {on}.")


class OpenCampaign(msgspec.Struct, frozen=True, kw_only=True):
    campaign_id: str
    title: str
    channel: Channel
    unit_ids: tuple[str, ...]
    task_id: str | None
    occurred_on: date


class ReportReach(msgspec.Struct, frozen=True, kw_only=True):
    people: int
    source: str
    occurred_on: date


class CloseCampaign(msgspec.Struct, frozen=True, kw_only=True):
    """`occurred_on` is its last day."""

    occurred_on: date


Command = OpenCampaign | ReportReach | CloseCampaign


def decide(command: Command, campaign: Campaign | None) -> Sequence[Event]:
    if isinstance(command, OpenCampaign):
        return _open(command, campaign)
    known = existing(campaign)
    if isinstance(command, ReportReach):
        return _report(command, known)
    return _close(command, known)


def _open(command: OpenCampaign, campaign: Campaign | None) -> Sequence[Event]:
    if campaign is not None:
        raise Refused(f"Campaign {campaign.id} is already open. Open another with an id of its own.")
    if len(set(command.unit_ids)) != len(command.unit_ids):
        raise InvalidInput.at("/unit_ids", "names a unit twice")
    return [CampaignOpened(**msgspec.structs.asdict(command))]


def _report(command: ReportReach, known: Campaign) -> Sequence[Event]:
    """Said again it changes nothing: people are not counted twice because a report was sent twice."""
    known.check_runs(command.occurred_on)
    if not 1 <= command.people <= MOST_PEOPLE:
        raise InvalidInput.at("/people", f"must be from 1 to {MOST_PEOPLE}")
    for report in known.reports:
        if (report.on, report.source) != (command.occurred_on, command.source):
            continue
        if report.people == command.people:
            return []
        raise Refused(
            f"{report.people} people are already reported for {report.on} by this source. "
            "Report only further people, and name their source more exactly."
        )
    return [ReachReported(campaign_id=known.id, **msgspec.structs.asdict(command))]


def _close(command: CloseCampaign, known: Campaign) -> Sequence[Event]:
    if known.closed_on is not None:
        raise Refused(f"The campaign was already closed on {known.closed_on}.")
    if command.occurred_on < known.opened_on:
        raise InvalidInput.at("/occurred_on", f"must not be before {known.opened_on}, the day it began")
    last = max((report.on for report in known.reports), default=known.opened_on)
    if command.occurred_on < last:
        raise InvalidInput.at(
            "/occurred_on", f"must not be before {last}, a day for which reach is already reported"
        )
    return [CampaignClosed(campaign_id=known.id, occurred_on=command.occurred_on)]


def existing(campaign: Campaign | None) -> Campaign:
    if campaign is None:
        raise NotFound("There is no such campaign. Look for its id in the list of campaigns.")
    return campaign


def evolve(campaign: Campaign | None, event: Event) -> Campaign | None:
    if isinstance(event, CampaignOpened):
        return Campaign(
            id=event.campaign_id,
            title=event.title,
            channel=event.channel,
            unit_ids=event.unit_ids,
            task_id=event.task_id,
            opened_on=event.occurred_on,
        )
    if campaign is None:
        return None
    if isinstance(event, ReachReported):
        report = Report(on=event.occurred_on, people=event.people, source=event.source)
        return msgspec.structs.replace(campaign, reports=(*campaign.reports, report))
    if isinstance(event, CampaignClosed):
        return msgspec.structs.replace(campaign, closed_on=event.occurred_on)
    return campaign


CAMPAIGN: Decider[Command, Campaign | None] = Decider("campaign", None, decide, evolve)
