"""The unit at the Department that supports cleaner production. Stream ``network:<id>``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.registry.domain.events import NetworkUnitDissolved, NetworkUnitEstablished


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """`decision` is the number of the decision that established it."""

    id: str
    name: str
    decision: str
    established_on: date
    dissolved_on: date | None = None
    reason: str | None = None

    def exists_on(self, day: date) -> bool:
        return self.established_on <= day and (self.dissolved_on is None or day < self.dissolved_on)


class Establish(msgspec.Struct, frozen=True, kw_only=True):
    network_id: str
    name: str
    decision: str
    occurred_on: date


class Dissolve(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    occurred_on: date


Command = Establish | Dissolve


def existing(network: Network | None) -> Network:
    if network is None:
        raise NotFound("There is no such network. Look for its id in the list of networks.")
    return network


def decide(command: Command, network: Network | None) -> Sequence[Event]:
    if isinstance(command, Establish):
        if network is not None:
            raise Refused(f"Network {network.id} is established already.")
        return [NetworkUnitEstablished(**msgspec.structs.asdict(command))]
    known = existing(network)
    if known.dissolved_on is not None:
        raise Refused(f"The network is dissolved already, from {known.dissolved_on}.")
    if command.occurred_on < known.established_on:
        raise InvalidInput.at("/occurred_on", f"must not be before {known.established_on}, when it began")
    return [NetworkUnitDissolved(network_id=known.id, **msgspec.structs.asdict(command))]


def evolve(network: Network | None, event: Event) -> Network | None:
    if isinstance(event, NetworkUnitEstablished):
        return Network(
            id=event.network_id,
            name=event.name,
            decision=event.decision,
            established_on=event.occurred_on,
        )
    if network is not None and isinstance(event, NetworkUnitDissolved):
        return msgspec.structs.replace(network, dissolved_on=event.occurred_on, reason=event.reason)
    return network


NETWORK: Decider[Command, Network | None] = Decider("network", None, decide, evolve)
