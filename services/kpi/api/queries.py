"""What every read takes: the day it is asked for, and the positions that must have been applied."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, cast

from flask import g
from marshmallow import ValidationError, validate

from services.eventkit import tracing
from services.eventkit.errors import NotFound, Unavailable
from services.eventkit.http import Schema, fields, service
from services.kpi.api.shown import Selection
from services.kpi.container import Container
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.plans import DEFAULT, PlanData
from services.kpi.domain.rules import UNKNOWN_SIZE, RuleSet
from services.kpi.views.live import LiveCube, View

#: Seconds that `after` waits at most.
WAIT = 2.0

_ONE = rf"({'|'.join(SOURCES)}):(0|[1-9][0-9]{{0,14}})"
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[-+ ][0-9]{2}:[0-9]{2}))?"
)
_MOMENT_LIKE = "Must be a day (2019-01-15), or an instant with its offset (2019-01-15T09:30:00+07:00)."
_LIST = re.compile(rf"{_ONE}(,{_ONE})*")


class Positions(fields.Field[dict[str, int]]):
    """``registry:123`` or ``registry:123,audits:45``; deserialises to {source: position}."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"type": "string", "pattern": f"^{_LIST.pattern}$", "examples": ["registry:123"]}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[str, int]:
        if not isinstance(value, str) or not _LIST.fullmatch(value):
            raise ValidationError("Must be like registry:123 or registry:123,audits:45.")
        return _highest(item.partition(":")[::2] for item in value.split(","))


def _highest(items: Iterable[tuple[str, str | int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for source, position in items:
        found[source] = max(found.get(source, 0), int(position))
    return found


#: Years that may be asked about: what is worked out from a day looks some years back and ahead.
YEARS = range(1900, 3000)
_OTHER_YEAR = f"Must be of a year from {YEARS[0]} to {YEARS[-1]}."


class Day(fields.Date):
    """A day that indicators are asked for."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> date:
        found = super()._deserialize(value, attr, data, **kwargs)
        if found.year not in YEARS:
            raise ValidationError(_OTHER_YEAR)
        return found


class Moment(fields.Field[datetime]):
    """``2019-01-15T09:30:00+07:00``, or ``2019-01-15`` for the end of that day in Việt Nam. A plus sign that
    came as a space, as it does where it was not escaped, is taken as one."""

    def __init__(self, **kwargs: Any) -> None:
        more = {"type": "string", "pattern": _MOMENT.pattern, "examples": ["2019-01-15"]}
        super().__init__(**{**kwargs, "metadata": {**more, **kwargs.get("metadata", {})}})

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        if not isinstance(value, str) or not _MOMENT.fullmatch(value):
            raise ValidationError(_MOMENT_LIKE)
        if int(value[:4]) not in YEARS:
            raise ValidationError(_OTHER_YEAR)
        try:
            if len(value) == len("YYYY-MM-DD"):
                return datetime.combine(date.fromisoformat(value), time.max, fields.VIETNAM)
            return datetime.fromisoformat(value.replace(" ", "+")).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError("There is no such moment.") from None


class AfterQuery(Schema):
    after = fields.List(
        Positions(),
        validate=validate.Length(max=10),
        metadata={
            "description": "Wait until these log positions (as a write answered them) have been applied, at "
            f"most {WAIT:g} s, then 503. May be repeated."
        },
    )


class KnownQuery(AfterQuery):
    known_at = Moment(
        metadata={
            "description": "What had been recorded by then, and no more: an instant with its offset, or "
            "a day, which is its end in Asia/Ho_Chi_Minh. By default, and for a time to come, what is "
            "recorded now. 503 with Retry-After while a moment that nobody asked for lately is built"
        }
    )


class ReadQuery(KnownQuery):
    on = Day(
        metadata={
            "description": "What was true on this day; by default the earliest of today (Asia/Ho_Chi_Minh), "
            "the day of `known_at` and the day the plan is due"
        }
    )


class PlanQuery(ReadQuery):
    plan = fields.Slug(
        metadata={"description": f"Judged by this plan, of those that /plans lists; by default {DEFAULT}"}
    )


class SelectionQuery(PlanQuery):
    """Which facilities: all filters together; what is not given does not limit."""

    unit_id = fields.Slug(metadata={"description": "Of this unit and what is within it"})
    section = fields.String(
        validate=validate.Regexp(r"[A-U]\Z"), metadata={"description": "Letter of the VSIC section"}
    )
    kind = fields.String(validate=validate.OneOf(["enterprise", "household"]))
    size = fields.String(
        validate=validate.OneOf([*RuleSet.load().sizes, UNKNOWN_SIZE]),
        metadata={"description": "By employees, as the rules say"},
    )


class SeriesQuery(SelectionQuery):
    period = fields.String(
        load_default="month",
        validate=validate.OneOf(["month", "year"]),
        metadata={"description": "Of the series: by month ends or by ends of calendar years"},
    )


def selection(query: Mapping[str, Any]) -> Selection:
    return Selection(*(query.get(name) for name in Selection._fields))


def container() -> Container:
    return cast(Container, service())


def rules_of(view: View) -> RuleSet:
    """The rules a generation was built with. Raises `Unavailable` when this release holds others."""
    rules = RuleSet.of_key(view.rules)
    if rules is None:
        raise Unavailable(_other_rules(view), retry_after=10)
    return rules


def _other_rules(view: View) -> str:
    said = f"The projection was built with the rules {view.rules!r}, which this release does not hold. "
    building = container().store.building()
    if building is None:
        return said + "Start this release's projector: it builds it anew, then switches."
    lags = container().logs.lag(building.position)
    far = ", ".join(f"{lag.source} {lag.applied:,} of {lag.head or 0:,}" for lag in lags)
    return (
        f"{said}It is being built anew under {building.rules!r}: {building.events:,} events so far ({far}). "
        "Ask again when it is done."
    )


def plan_of(query: Mapping[str, Any], view: View) -> PlanData:
    """The plan asked for. Raises `NotFound`."""
    plans, asked = view.shared.plans(), query.get("plan", DEFAULT)
    if asked not in plans:
        raise NotFound(
            f"There is no plan {asked!r}. There are {', '.join(plans)}; the registry loads others."
        )
    return plans[asked]


def as_of(query: Mapping[str, Any], plan: PlanData) -> date:
    asked: date | None = query.get("on")
    known: datetime | None = query.get("known_at")
    latest = fields.today() if known is None else min(fields.today(), known.astimezone(fields.VIETNAM).date())
    return asked or min(latest, plan.due)


def source(query: Mapping[str, Any]) -> LiveCube:
    """What is read: as it was known at `known_at`, else the live one, once it holds what `after` asks for.
    Raises `Unavailable` when that takes too long."""
    found = container().past.at(query.get("known_at"))
    asked = query.get("after")
    if asked and found is container().live:
        with tracing.span("projection.wait", g.get("traceparent")):
            found.wait_for(highest(asked), WAIT)
    return found


def highest(asked: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Of each log, of several positions."""
    return _highest(item for positions in asked for item in positions.items())


def applied(query: Mapping[str, Any]) -> View:
    """The view of `source`."""
    return source(query).view()
