"""The links of one unit's office to the support network. Stream ``link:<unit_id>``, subject the unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.registry.domain.events import DistrictLinked, DistrictUnlinked


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """`office` is that of the unit which works with the network."""

    network_id: str
    office: str
    since: date
    until: date | None = None
    reason: str | None = None


class Links(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: str
    links: tuple[Link, ...] = ()

    def open_link(self, network_id: str) -> Link | None:
        return next((a for a in self.links if a.network_id == network_id and a.until is None), None)

    @property
    def network_ids(self) -> list[str]:
        return sorted(link.network_id for link in self.links if link.until is None)


class LinkOffice(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: str
    network_id: str
    office: str
    occurred_on: date


class Unlink(msgspec.Struct, frozen=True, kw_only=True):
    network_id: str
    reason: str
    occurred_on: date


Command = LinkOffice | Unlink


def existing(links: Links | None) -> Links:
    if links is None:
        raise NotFound("The unit has never been linked to a network.")
    return links


def decide(command: Command, links: Links | None) -> Sequence[Event]:
    if isinstance(command, LinkOffice):
        return _link(command, links)
    known = existing(links)
    held = known.open_link(command.network_id)
    if held is None:
        raise Refused(f"Unit {known.unit_id} is not linked to network {command.network_id}.")
    if command.occurred_on < held.since:
        raise InvalidInput.at("/occurred_on", f"must not be before {held.since}, the day of the link")
    return [DistrictUnlinked(unit_id=known.unit_id, **msgspec.structs.asdict(command))]


def _link(command: LinkOffice, links: Links | None) -> Sequence[Event]:
    for held in links.links if links is not None else ():
        if held.network_id != command.network_id:
            continue
        if held.until is not None:
            if command.occurred_on < held.until:
                raise Refused(
                    f"Unit {command.unit_id} was linked to the network from {held.since} to {held.until}. "
                    f"Link it again from {held.until} on."
                )
        elif held.office == command.office and held.since <= command.occurred_on:
            return []
        else:
            raise Refused(
                f"Unit {command.unit_id} is linked to the network since {held.since}, by its office "
                f"{held.office}. Unlink it first."
            )
    return [DistrictLinked(**msgspec.structs.asdict(command))]


def evolve(links: Links | None, event: Event) -> Links | None:
    if isinstance(event, DistrictLinked):
        known = links or Links(unit_id=event.unit_id)
        new = Link(network_id=event.network_id, office=event.office, since=event.occurred_on)
        return msgspec.structs.replace(known, links=(*known.links, new))
    if links is not None and isinstance(event, DistrictUnlinked):
        held = links.open_link(event.network_id)
        ended = tuple(
            msgspec.structs.replace(link, until=event.occurred_on, reason=event.reason)
            if link is held
            else link
            for link in links.links
        )
        return msgspec.structs.replace(links, links=ended)
    return links


LINK: Decider[Command, Links | None] = Decider("link", None, decide, evolve)
