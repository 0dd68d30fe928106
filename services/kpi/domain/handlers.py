"""What the three folding modules share: the event as they read it, and the shape of their tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec

from services.kpi.domain.facts import Fact

T = TypeVar("T")


class KpiEvent(Protocol):
    """What `fold` reads of an event. `type` may be the wire's ``sxsh.registry.facility.moved`` or the short
    ``facility.moved``; `sequence` orders the events of one source."""

    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def subject(self) -> str: ...
    @property
    def occurred_on(self) -> date: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def data(self) -> msgspec.Raw: ...


class Handler(NamedTuple):
    """For subjects of these categories: decode the event's data, then apply(card, event, data)."""

    categories: tuple[str, ...]
    decoder: msgspec.json.Decoder[Any]
    apply: Callable[[Any, KpiEvent, Any], None]


#: Event type -> handler; None for a type that concerns no indicator.
Handlers = dict[str, Handler | None]


class Nothing(msgspec.Struct):
    """Data of which nothing is read."""


def to(categories: str, type_: type[T], apply: Callable[[Any, KpiEvent, T], None]) -> Handler:
    """`categories` are separated by spaces."""
    return Handler(tuple(categories.split()), msgspec.json.Decoder(type_), apply)


def fact(event: KpiEvent, value: str) -> Fact:
    return Fact(event.occurred_on.toordinal(), event.sequence, event.id, value)
