"""The support network: the unit at the Department, its consultants, its links to district offices."""

from __future__ import annotations

from services.eventkit.events import Event
from services.eventkit.sealed import Sealed
from services.registry.domain.events.core import UnitEvent, catalogue


class NetworkEvent(Event, frozen=True, kw_only=True):
    network_id: str

    @property
    def subject(self) -> str:
        return f"network:{self.network_id}"


@catalogue.event("network.unit-established")
class NetworkUnitEstablished(NetworkEvent, frozen=True, kw_only=True):
    """`decision` is the number of the decision that established it."""

    name: str
    decision: str


@catalogue.event("network.unit-dissolved")
class NetworkUnitDissolved(NetworkEvent, frozen=True, kw_only=True):
    reason: str


class ConsultantEvent(Event, frozen=True, kw_only=True):
    consultant_id: str

    @property
    def subject(self) -> str:
        return f"consultant:{self.consultant_id}"


@catalogue.event("consultant.registered")
class ConsultantRegistered(ConsultantEvent, frozen=True, kw_only=True):
    """`person` holds name, phone and email, sealed with the consultant's own key; `fields` of expertise."""

    network_id: str
    person: Sealed
    fields: tuple[str, ...] = ()


@catalogue.event("consultant.person-erased")
class ConsultantPersonErased(ConsultantEvent, frozen=True, kw_only=True):
    """The consultant's key was dropped: who it was can not be read any more."""

    reason: str


@catalogue.event("consultant.deactivated")
class ConsultantDeactivated(ConsultantEvent, frozen=True, kw_only=True):
    reason: str


@catalogue.event("consultant.reactivated")
class ConsultantReactivated(ConsultantEvent, frozen=True, kw_only=True):
    reason: str


@catalogue.event("network.district-linked")
class DistrictLinked(UnitEvent, frozen=True, kw_only=True):
    """`office` is the district's office that works with the network."""

    network_id: str
    office: str


@catalogue.event("network.district-unlinked")
class DistrictUnlinked(UnitEvent, frozen=True, kw_only=True):
    network_id: str
    reason: str
