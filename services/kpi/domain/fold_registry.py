"""Folding what the registry says into cards."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from services.kpi.domain.facts import FacilityCard, Given, OfficerCard, UnitCard, place
from services.kpi.domain.fold_activities import EVENTS as ACTIVITIES
from services.kpi.domain.handlers import Handlers, KpiEvent, Nothing, fact, to


class _Industry(msgspec.Struct):
    version: str | int
    code: str

    @property
    def key(self) -> str:
        return f"{self.version}:{self.code}"


class _Details(msgspec.Struct, kw_only=True):
    """Those of `quality.DETAILS`; None where nothing is said."""

    tax_code: str | None = None
    products: list[msgspec.Raw] | None = None
    latitude: float | None = None
    longitude: float | None = None
    employees: int | None = None


class _Registered(_Details):
    kind: str
    industry: _Industry
    unit_id: str


class _Corrected(_Details):
    kind: str | None = None
    industry: _Industry | None = None


class _Unit(msgspec.Struct):
    unit_id: str


def _given(card: FacilityCard, event: KpiEvent, data: _Details) -> None:
    if data.employees is not None:
        place(card.employees, fact(event, str(data.employees)))
    yes = no = 0
    place_known = data.latitude is not None and data.longitude is not None
    for bit, (said, held) in enumerate(
        (
            (data.tax_code is not None, bool(data.tax_code)),
            (data.products is not None, bool(data.products)),
            (place_known, place_known),
            (data.employees is not None, True),
        )
    ):
        if said:
            yes, no = (yes | 1 << bit, no) if held else (yes, no | 1 << bit)
    if yes or no:
        card.given.append(Given(event.occurred_on.toordinal(), event.sequence, yes, no))
        card.given.sort(key=lambda given: (given.day, given.seq))


def _registered(card: FacilityCard, event: KpiEvent, data: _Registered) -> None:
    place(card.kind, fact(event, data.kind))
    place(card.industry, fact(event, data.industry.key))
    place(card.unit, fact(event, data.unit_id))
    place(card.status, fact(event, "operating"))
    _given(card, event, data)


def _corrected(card: FacilityCard, event: KpiEvent, data: _Corrected) -> None:
    if data.kind is not None:
        place(card.kind, fact(event, data.kind))
    if data.industry is not None:
        place(card.industry, fact(event, data.industry.key))
    _given(card, event, data)


def _moved(card: FacilityCard, event: KpiEvent, data: _Unit) -> None:
    place(card.unit, fact(event, data.unit_id))


def _status(value: str) -> Callable[[FacilityCard, KpiEvent, Nothing], None]:
    def apply(card: FacilityCard, event: KpiEvent, data: Nothing) -> None:
        place(card.status, fact(event, value))

    return apply


class _Merged(msgspec.Struct):
    survivor_id: str


def _merged(card: FacilityCard, event: KpiEvent, data: _Merged) -> None:
    card.merged = data.survivor_id


def _unmerged(card: FacilityCard, event: KpiEvent, data: Nothing) -> None:
    card.merged = ""


class _UnitRegistered(msgspec.Struct):
    level: str
    name: str = ""
    parent_id: str | None = None


class _UnitRenamed(msgspec.Struct):
    name: str


class _UnitClosed(msgspec.Struct):
    successors: list[str] = []


class _OfficialCount(msgspec.Struct):
    facilities: int


def _unit_registered(card: UnitCard, event: KpiEvent, data: _UnitRegistered) -> None:
    card.level, card.parent = data.level, data.parent_id or ""
    place(card.status, fact(event, "exists"))
    place(card.names, fact(event, data.name))


def _unit_renamed(card: UnitCard, event: KpiEvent, data: _UnitRenamed) -> None:
    place(card.names, fact(event, data.name))


def _unit_closed(card: UnitCard, event: KpiEvent, data: _UnitClosed) -> None:
    place(card.status, fact(event, "closed"))
    card.successors = data.successors


def _counted(card: UnitCard, event: KpiEvent, data: _OfficialCount) -> None:
    place(card.counts, fact(event, str(data.facilities)))


class _Appointed(msgspec.Struct):
    unit_id: str
    dedicated: bool


def _appointed(card: OfficerCard, event: KpiEvent, data: _Appointed) -> None:
    value = "dedicated" if data.dedicated else "other"
    place(card.appointments.setdefault(data.unit_id, []), fact(event, value))


def _relieved(card: OfficerCard, event: KpiEvent, data: _Unit) -> None:
    place(card.appointments.setdefault(data.unit_id, []), fact(event, "relieved"))


EVENTS: Handlers = {
    "facility.registered": to("facility", _Registered, _registered),
    "facility.corrected": to("facility", _Corrected, _corrected),
    "facility.moved": to("facility", _Unit, _moved),
    "facility.suspended": to("facility", Nothing, _status("suspended")),
    "facility.closed": to("facility", Nothing, _status("closed")),
    "facility.reopened": to("facility", Nothing, _status("operating")),
    "unit.registered": to("unit", _UnitRegistered, _unit_registered),
    "unit.renamed": to("unit", _UnitRenamed, _unit_renamed),
    "unit.closed": to("unit", _UnitClosed, _unit_closed),
    "officer.registered": None,
    "consultant.person-erased": None,
    "officer.person-erased": None,
    "officer.appointed": to("officer", _Appointed, _appointed),
    "officer.relieved": to("officer", _Unit, _relieved),
    "facility.merged": to("facility", _Merged, _merged),
    "facility.unmerged": to("facility", Nothing, _unmerged),
    "facility.absorbed": None,
    "facility.released": None,
    "facility.declared-distinct": None,
    "reorganisation.announced": None,
    "reorganisation.applied": None,
    "official-count.published": to("unit", _OfficialCount, _counted),
    **ACTIVITIES,
}
