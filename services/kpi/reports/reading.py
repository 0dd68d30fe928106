"""A report read: from the live projection when that is of one position, else from that moment's own."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from services.eventkit.errors import NotFound, Unavailable
from services.kpi.api.official_shown import Frozen
from services.kpi.api.shown import Shown, unrecorded
from services.kpi.container import Container
from services.kpi.domain.official import Period as OfficialPeriod
from services.kpi.domain.plans import PlanData
from services.kpi.domain.rules import RuleSet
from services.kpi.reports.content import content, restated
from services.kpi.reports.differences import Read, differences
from services.kpi.reports.periods import Period
from services.kpi.views.cube import Cube
from services.kpi.views.facilities import Facilities
from services.kpi.views.live import LiveCube, View

_encoder = msgspec.json.Encoder()
#: Seconds to wait for the projector to pause.
WAIT = 1.0


class Report(NamedTuple):
    """`content` is what it tells; `body` the same as JSON, which is what makes two reports the same."""

    content: dict[str, Any]
    body: bytes

    @property
    def id(self) -> str:
        return str(self.content["report"]["id"])


class _Found(NamedTuple):
    told: dict[str, Any]
    view: View
    shown: Shown
    official: OfficialPeriod | None


def plan_at(service: Container, plan_id: str, known_at: datetime | None) -> PlanData:
    """Raises `NotFound`."""
    plans = service.past.at(known_at).view().shared.plans()
    if plan_id not in plans:
        raise NotFound(f"There is no plan {plan_id!r}. There are {', '.join(plans)}.")
    return plans[plan_id]


def read(service: Container, plan_id: str, period: Period, known_at: datetime | None = None) -> Report:
    """Raises `NotFound`, and `Unavailable` while a moment of the past is built or a log does not answer.

    What the live projection shows while it is being written to, or ahead of the positions that it has
    reached everywhere, is of no one position: then the generation that ends at these positions is read.
    """
    frozen = Frozen(service.official.book, known_at)
    of = service.past.at(known_at)
    found = _settled(of, frozen, plan_id, period)
    if of is service.live and (not _whole(found.view) or restated(found.told)):
        of = service.past.of(found.view.position)
        found = _read(of, frozen, plan_id, period)
    told = found.told
    if found.official is not None and restated(told):
        told["official"]["differences"] = _differences(service, found, found.official, plan_id, period)
    of.check()
    position = dict(found.view.position)
    last = service.logs.last(position)
    made = {
        **told,
        "position": position,
        "heads": {source: one.hash for source, one in last.items()},
        "recorded_until": max((one.recorded_at for one in last.values()), default=None),
        "parked": len(service.store.parked(found.view.generation)),
    }
    if not any(position.values()):
        made = dict(unrecorded(made))
    return Report(made, _encoder.encode(made))


def _settled(of: LiveCube, frozen: Frozen, plan_id: str, period: Period) -> _Found:
    """Read between two writes of the projector, if it pauses within `WAIT`."""
    end = time.monotonic() + WAIT
    while not _whole((found := _read(of, frozen, plan_id, period)).view) and time.monotonic() < end:
        time.sleep(0.02)
        of.refresh()
    return found


def _read(of: LiveCube, frozen: Frozen, plan_id: str, period: Period) -> _Found:
    def make(cube: Cube, view: View) -> _Found:
        shown = _shown(cube, view, plan_id, period)
        return _Found(content(shown, frozen, period), view, shown, frozen.of(shown))

    return of.read(make)


def _shown(cube: Cube, view: View, plan_id: str, period: Period) -> Shown:
    rules = RuleSet.of_key(view.rules)
    if rules is None:
        raise Unavailable(
            f"The projection was built with the rules {view.rules!r}, which this release does not hold. "
            "Its projector builds it anew; ask again when it is done.",
            retry_after=10,
        )
    plans = view.shared.plans()
    if plan_id not in plans:
        raise NotFound(f"There is no plan {plan_id!r}. There are {', '.join(plans)}.")
    return Shown(cube, rules, plans[plan_id], view.shared.units, period.end)


def _whole(view: View) -> bool:
    return all(one.flush == one.applied_flush and one.complete == view.position for one in view.partitions)


def _differences(
    service: Container, now: _Found, official: OfficialPeriod, plan_id: str, period: Period
) -> list[dict[str, Any]]:
    """Of the targets that are restated: the positions that the official values rest on are read again."""
    then = service.past.of(official.official.reading.position)
    shown, view = then.read(lambda cube, view: (_shown(cube, view, plan_id, period), view))
    codes = [one["code"] for one in now.told["targets"] if one["official"] and one["official"]["restated"]]
    found = differences(
        Read(Facilities(service.store, view), shown),
        Read(Facilities(service.store, now.view), now.shown),
        now.shown.rules,
        codes,
    )
    then.check()
    return found
