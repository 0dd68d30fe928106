"""That a campaign reached one facility. Stream ``reached:<campaign_id>.<facility_id>``.

A facility is reached by a campaign once, from the earliest day on that is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.events import Event
from services.training.domain.campaigns import Campaign
from services.training.domain.events import CampaignReached


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    campaign_id: str
    facility_id: str
    on: date

    @property
    def subject(self) -> str:
        return f"facility:{self.facility_id}"


class ReachFacility(msgspec.Struct, frozen=True, kw_only=True):
    """`campaign` as its own stream has it."""

    campaign: Campaign
    facility_id: str
    occurred_on: date


def decide(command: ReachFacility, reached: Reached | None) -> Sequence[Event]:
    command.campaign.check_runs(command.occurred_on)
    if reached is not None and reached.on <= command.occurred_on:
        return []
    return [
        CampaignReached(
            campaign_id=command.campaign.id,
            facility_id=command.facility_id,
            occurred_on=command.occurred_on,
        )
    ]


def evolve(reached: Reached | None, event: Event) -> Reached | None:
    if not isinstance(event, CampaignReached):
        return reached
    on = event.occurred_on if reached is None else min(reached.on, event.occurred_on)
    return Reached(campaign_id=event.campaign_id, facility_id=event.facility_id, on=on)


def reached_id(campaign_id: str, facility_id: str) -> str:
    return f"{campaign_id}.{facility_id}"


REACHED: Decider[ReachFacility, Reached | None] = Decider("reached", None, decide, evolve)
