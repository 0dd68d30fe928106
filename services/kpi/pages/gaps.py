"""What records of facilities lack: how many of each kind, counted by the cube, and which ones they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.kpi.domain.adoption import Latest, latest_measurement, verdict
from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.measures import FacilityMeasure as M
from services.kpi.domain.measures import QualityMeasure as Q
from services.kpi.domain.quality import missing, stale_since
from services.kpi.domain.shares import Chosen, who_of
from services.kpi.domain.standing import standing
from services.kpi.pages.language import Reader
from services.kpi.pages.records import Records
from services.kpi.views.cube import where
from services.kpi.views.facilities import FACILITY

Numbers = Sequence[int]


class Kind(NamedTuple):
    """`number` of (those of `FacilityMeasure`, of `QualityMeasure`); `why` says what is wrong with one
    facility in U, None when nothing is."""

    number: Callable[[Numbers, Numbers], int]
    why: Callable[[Records, FacilityCard], str | None]


def _missing(of: Records, card: FacilityCard) -> str | None:
    found = missing(card, of.day)
    return ", ".join(of.say.t(f"missing-{name}") for name in found) or None


def _stale(of: Records, card: FacilityCard) -> str | None:
    since = stale_since(card, of.day)
    return None if since is None else of.say.t("stale-since", day=of.say.day(date.fromordinal(since)))


def _not_counted(code: str) -> Callable[[Records, FacilityCard], str | None]:
    def why(of: Records, card: FacilityCard) -> str | None:
        found = standing(card, of.shown.rules, of.shown.on, of.shown.territory)[code]
        return None if found.counted else of.say.pick(found.why)

    return why


def _measured(outcome: str | None) -> Callable[[Records, FacilityCard], str | None]:
    """Adopters by what became of their latest accepted period; None: they have none."""

    def why(of: Records, card: FacilityCard) -> str | None:
        stands = standing(card, of.shown.rules, of.shown.on, of.shown.territory)
        if not stands["K2a"].counted:
            return None
        latest: Latest | None = latest_measurement(card, of.shown.rules, of.day)
        found = None if latest is None else verdict(latest)
        return of.say.pick(stands["K2b"].why) if found == outcome else None

    return why


#: In the order in which they are shown.
KINDS: Mapping[str, Kind] = {
    "incomplete": Kind(lambda f, q: f[M.ACTIVE] - q[Q.COMPLETE], _missing),
    "stale": Kind(lambda f, q: f[M.ACTIVE] - q[Q.FRESH], _stale),
    "unaware": Kind(lambda f, q: f[M.ACTIVE] - f[M.AWARE], _not_counted("K1")),
    "not-adopting": Kind(lambda f, q: f[M.ACTIVE] - f[M.ADOPTER], _not_counted("K2a")),
    "unmeasured": Kind(
        lambda f, q: f[M.ADOPTER] - f[M.MEASURED] - f[M.FLAGGED] - f[M.LEFT_OUT] - f[M.UNCOMPUTABLE],
        _measured(None),
    ),
    "flagged": Kind(lambda f, q: f[M.FLAGGED], _measured("flagged")),
    "left-out": Kind(lambda f, q: f[M.LEFT_OUT], _measured("left-out")),
    "uncomputable": Kind(lambda f, q: f[M.UNCOMPUTABLE], _measured("uncomputable")),
}

Counts = dict[str, int]


def counts(of: Records, unit: str) -> tuple[int, Counts]:
    """(facilities in U, of each kind) of one unit."""
    sums, _ = of.shown.in_unit(unit)
    choice = of.shown.selection
    here = where(unit=unit, section=choice.section, kind=choice.kind, size=choice.size)
    quality = of.source.read(lambda cube, view: cube.at("quality", of.shown.on, here))
    found = {name: kind.number(sums.facilities, quality) for name, kind in KINDS.items()}
    return sums.facilities[M.ACTIVE], found


class Found(NamedTuple):
    id: str
    unit: str
    why: str


def listed(of: Records, kind: str, after: str, limit: int, look: int) -> tuple[list[Found], str | None]:
    """Facilities of a kind in order of their ids, and the cursor of the next page; fewer than `limit` once
    `look` cards were looked at."""
    choice = of.shown.selection
    chosen = Chosen(frozenset(of.units()), choice.section, choice.kind, choice.size)
    found: list[Found] = []
    looked = 0
    for stored in of.facilities.stored(after, look):
        after, looked = stored.subject.removeprefix(FACILITY), looked + 1
        found += _one(of, kind, chosen, after, stored.card)
        if len(found) == limit:
            return found, after
    return found, after if looked == look else None


def _one(of: Records, kind: str, chosen: Chosen, id_: str, stored: bytes) -> Iterator[Found]:
    card = of.facilities.group(stored, id_)
    who = who_of(card, of.shown.rules, of.day)
    if card is None or who is None or not chosen.holds(who):
        return
    why = KINDS[kind].why(of, card)
    if why is not None:
        yield Found(id_, who[0], why)


def steps(say: Reader, kind: str) -> str:
    """Who must do what."""
    return say.t(f"todo-{kind}")
