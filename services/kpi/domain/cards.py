"""Folding events into cards, and cards as bytes. Which event touches what stands in the `fold_*` modules."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from services.kpi.domain import fold_audits, fold_registry, fold_training
from services.kpi.domain.facts import (
    SOURCES,
    CampaignCard,
    Card,
    ConsultantCard,
    CourseCard,
    FacilityCard,
    FundingCard,
    NetworkCard,
    OfficerCard,
    PlanCard,
    PolicyCard,
    SurveyCard,
    UnitCard,
)
from services.kpi.domain.handlers import Handler, Handlers, KpiEvent
from services.kpi.domain.quality import hear

__all__ = ["Card", "FacilityCard", "OfficerCard", "UnitCard", "UnknownEvent", "decode", "encode", "fold"]


class UnknownEvent(ValueError):
    """A type this release does not know: applying what follows without it would give wrong numbers."""


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Card] = msgspec.msgpack.Decoder(Card)

_NEW: dict[str, Callable[[str], Card]] = {
    "facility": FacilityCard,
    "officer": OfficerCard,
    "unit": UnitCard,
    "plan": PlanCard,
    "policy": PolicyCard,
    "funding": FundingCard,
    "network": NetworkCard,
    "consultant": ConsultantCard,
    "campaign": CampaignCard,
    "course": CourseCard,
    "survey": SurveyCard,
}

_EVENTS: dict[str, Handlers] = {
    "registry": fold_registry.EVENTS,
    "audits": fold_audits.EVENTS,
    "training": fold_training.EVENTS,
}
#: By source, then the type as it stands on the wire, or short.
_HANDLERS: dict[str, dict[str, Handler | None]] = {
    source: {
        prefix + type_: handler for type_, handler in handlers.items() for prefix in ("", f"sxsh.{source}.")
    }
    for source, handlers in _EVENTS.items()
}
_SLOTS: dict[str, int] = {source: slot for slot, source in enumerate(SOURCES)}


def shared(card: Card) -> str | None:
    """What the reading side keeps this card for, beside the sums: units, plans, and facilities that were ever
    merged into others. None for all the rest, of which it keeps none."""
    if isinstance(card, FacilityCard):
        return None if card.merged is None else "merged"
    if isinstance(card, PlanCard):
        return "plan"
    return "unit" if isinstance(card, UnitCard) else None


def encode(card: Card) -> bytes:
    return _encoder.encode(card)


def decode(data: bytes) -> Card:
    return _decoder.decode(data)


def fold(card: Card | None, source: str, event: KpiEvent) -> Card | None:
    """Apply one event; the card is changed in place and returned. None: the subject has no card.

    The events of one source must come in order; those of different sources may interleave in any way. An
    event at or below what the card has seen of its source changes nothing. On an error nothing is changed:
    `UnknownEvent`, or `msgspec.ValidationError` for data that do not fit their type.
    """
    try:
        handler = _HANDLERS[source][event.type]
    except KeyError:
        raise UnknownEvent(
            f"Event {event.id} has the type {event.type!r}, unknown here for {source!r}. "
            "Upgrade this service, then redrive the subject."
        ) from None
    if handler is None:
        return card
    category, _, id_ = event.subject.partition(":")
    if category not in handler.categories:
        return card
    data = handler.decoder.decode(event.data)
    if card is None:
        card = _NEW[category](id_)
    slot = _SLOTS[source]
    if event.sequence > card.seen[slot]:
        handler.apply(card, event, data)
        if isinstance(card, FacilityCard):
            hear(card, event)
        card.seen[slot] = event.sequence
    return card
