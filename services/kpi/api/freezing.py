"""A reading fit to be frozen: of all that had been recorded when it was asked for, or what it lacks named."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from services.eventkit.errors import InvalidInput, Refused, SxshError, Unavailable
from services.kpi.api.queries import plan_of, rules_of
from services.kpi.api.shown import Shown
from services.kpi.api.supporting_shown import Reader
from services.kpi.container import Container
from services.kpi.domain.official import (
    Lack,
    Lacking,
    MeasureValue,
    OfficialReading,
    Source,
    TargetValue,
    sha256_of,
)
from services.kpi.views.cube import Cube
from services.kpi.views.live import LiveCube, View

#: Seconds to wait for what is recorded to be applied, and for a moment between two writes of the projector.
WAIT = 2.0
#: Parked subjects named at most.
NAMED = 5


def read(
    service: Container, plan_id: str, on: date, known_at: datetime | None, despite: Collection[Lack]
) -> tuple[OfficialReading, tuple[Lacking, ...]]:
    """The reading, and what it lacks; with `known_at`, of what had been recorded by then.

    Raises `Refused` when it lacks what `despite` does not name, `NotFound` for a plan that is not known,
    `InvalidInput` for a day before its start, `Unavailable` when the projector writes all the time or the
    moment of the past is not built yet.
    """
    cube = service.past.at(known_at)
    live = cube is service.live
    lacking = _lag(service) if live else []
    end = time.monotonic() + WAIT
    while (found := _whole(service, cube, plan_id, on, None if live else known_at)) is None:
        if time.monotonic() > end:
            raise Unavailable("The projection is being written to without a pause. Ask again.")
        time.sleep(0.01)
        cube.refresh()
    reading, generation = found
    lacking += _parked(service, generation)
    cube.check()
    for one in lacking:
        if one.what not in despite:
            raise Refused(
                f"{one.detail} What is official should not lack it. Mend that first, or ask with "
                f'"despite": ["{one.what}"], which is kept with the values.'
            )
    return _bound(service, reading, lacking), tuple(lacking)


def _lag(service: Container) -> list[Lacking]:
    """What had been recorded when this was asked and is not applied, after waiting for it."""
    try:
        heads = service.logs.heads()
        service.live.wait_for(heads, WAIT)
    except SxshError as error:
        return [Lacking(what="lag", detail=error.detail)]
    return []


def _parked(service: Container, generation: str) -> list[Lacking]:
    parked = service.store.parked(generation)
    if not parked:
        return []
    named = ", ".join(one.subject for one in parked[:NAMED]) + (" …" if len(parked) > NAMED else "")
    return [Lacking(what="parked", detail=f"Events of {len(parked)} subjects wait parked: {named}.")]


def _whole(
    service: Container, of: LiveCube, plan_id: str, on: date, known_at: datetime | None
) -> tuple[OfficialReading, str] | None:
    """The reading and its generation; None when the projector was writing while it was made. Of the past
    nobody writes: whether it was dropped meanwhile is to be checked."""

    def make(cube: Cube, view: View) -> tuple[OfficialReading, View]:
        return _reading(cube, view, plan_id, on, known_at), view

    reading, view = of.read(make)
    if of is service.live:
        flushed = [partition.applied_flush for partition in view.partitions]
        if [partition.flush for partition in service.store.partitions(view.generation)] != flushed:
            return None
    return reading, view.generation


def _reading(cube: Cube, view: View, plan_id: str, on: date, known_at: datetime | None) -> OfficialReading:
    rules, plan = rules_of(view), plan_of({"plan": plan_id}, view)
    if on < plan.start:
        raise InvalidInput.at("/on", f"the plan {plan.id} begins on {plan.start}")
    shown = Shown(cube, rules, plan, view.shared.units, on)
    return OfficialReading(
        on=on,
        read_at=datetime.now(UTC),
        known_at=known_at and known_at.astimezone(UTC),
        plan=Source(id=plan.id, sha256=sha256_of(plan)),
        rules=Source(id=rules.id, version=rules.version, sha256=sha256_of(rules.data)),
        position=dict(view.position),
        heads={},
        targets=tuple(_struct(TargetValue, target) for target in shown.all()),
        supporting=tuple(
            _struct(MeasureValue, {**measure, "code": one["code"]})
            for one in Reader(shown).all()
            for measure in one["measures"]
        ),
    )


def _struct(type_: Any, shown: dict[str, Any]) -> Any:
    own = {name: shown[name] for name in type_.__struct_fields__}
    return msgspec.convert(own, type_, from_attributes=True)


def _bound(service: Container, reading: OfficialReading, lacking: Collection[Lacking]) -> OfficialReading:
    """With the hash of the last commit of each log it rests on. Only where the lag was accepted may a log
    that does not answer be without."""
    heads = service.logs.hashes(reading.position)
    silent = sorted(source for source, at in reading.position.items() if at and source not in heads)
    if silent and not any(one.what == "lag" for one in lacking):
        raise Unavailable(f"The log of {', '.join(silent)} does not answer, and is needed for its last hash.")
    return msgspec.structs.replace(reading, heads=heads)
