"""Events: typed facts, their envelope, and how old shapes are read.

A domain event is a frozen msgspec struct deriving from `Event`, registered in its service's
`Catalogue` under a type and a schema version::

    catalogue = Catalogue("registry")

    @catalogue.event("facility.registered", schema=1)
    class FacilityRegistered(Event):
        facility_id: str
        ...

        @property
        def subject(self) -> str:
            return f"facility:{self.facility_id}"

Schemas change compatibly only: add a field with a default. Anything else is a new `schema` number and an
upcaster from the old one, applied on read; stored bytes are never rewritten.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import msgspec

E = TypeVar("E", bound="Event")
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A fact. `occurred_on` is the day it is true from, given by the reporter (not the day of recording)."""

    occurred_on: date

    @property
    def subject(self) -> str:
        """What the fact concerns, ``facility:<id>`` or ``officer:<id>`` …: the partition key."""
        raise NotImplementedError


class EventRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it stands in a commit body. `data` is the JSON of the typed event."""

    id: str
    type: str
    schema: int
    subject: str
    occurred_on: date
    data: msgspec.Raw


class UnknownEvent(ValueError):
    """A type or a schema version that this release cannot read (newer writer, or not this catalogue's)."""


class Catalogue:
    """The events of one service: type and schema version <-> struct, with upcasters for old versions."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._by_type: dict[str, tuple[int, type[Event], msgspec.json.Decoder[Any]]] = {}
        self._by_class: dict[type[Event], tuple[str, int]] = {}
        self._upcasters: dict[tuple[str, int], Upcaster] = {}
        self._encoder = msgspec.json.Encoder(order="sorted", decimal_format="string")

    def event(self, type_: str, *, schema: int = 1) -> Callable[[type[E]], type[E]]:
        def register(cls: type[E]) -> type[E]:
            if type_ in self._by_type:
                raise ValueError(f"event type {type_} is registered twice")
            self._by_type[type_] = (schema, cls, msgspec.json.Decoder(cls))
            self._by_class[cls] = (type_, schema)
            return cls

        return register

    def upcaster(self, type_: str, *, from_schema: int) -> Callable[[Upcaster], Upcaster]:
        """Register `f(data) -> data`, which lifts the JSON of `from_schema` to `from_schema + 1`."""

        def register(f: Upcaster) -> Upcaster:
            self._upcasters[type_, from_schema] = f
            return f

        return register

    def types(self) -> dict[str, tuple[int, type[Event]]]:
        return {name: (schema, cls) for name, (schema, cls, _) in self._by_type.items()}

    def encode(self, event: Event, event_id: str) -> EventRecord:
        type_, schema = self._by_class[type(event)]
        return EventRecord(
            id=event_id,
            type=type_,
            schema=schema,
            subject=event.subject,
            occurred_on=event.occurred_on,
            data=msgspec.Raw(self._encoder.encode(event)),
        )

    def decode(self, record: EventRecord) -> Event:
        """Raises `UnknownEvent` (type or schema not known here) or `msgspec.ValidationError` (bad data)."""
        try:
            schema, cls, decoder = self._by_type[record.type]
        except KeyError:
            raise UnknownEvent(f"{self.source} knows no event type {record.type!r}") from None
        if record.schema == schema:
            event: Event = decoder.decode(record.data)
            return event
        if record.schema > schema:
            raise UnknownEvent(f"{record.type} schema {record.schema} is newer than the {schema} known here")
        return msgspec.convert(self._upcast(record, schema), cls, str_keys=False)

    def _upcast(self, record: EventRecord, to: int) -> dict[str, Any]:
        data: dict[str, Any] = msgspec.json.decode(record.data)
        for version in range(record.schema, to):
            try:
                lift = self._upcasters[record.type, version]
            except KeyError:
                raise UnknownEvent(f"no upcaster for {record.type} from schema {version}") from None
            data = lift(data)
        return data
