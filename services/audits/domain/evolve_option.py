"""The fold of an option's events."""

from __future__ import annotations

from msgspec.structs import replace

from services.audits.domain.catalogue import (
    OptionAsked,
    OptionCorrected,
    OptionDeferred,
    OptionDiscontinued,
    OptionEvent,
    OptionExcluded,
    OptionImplemented,
    OptionProposed,
    OptionRefused,
    OptionVerified,
    ReplicationNamed,
)
from services.audits.domain.state import Answered, Option, OptionCorrection

#: What a correction may change.
CORRECTABLE = ("option_class", "title", "resources", "investment_vnd", "yearly_saving_vnd", "estimated")


def evolve_option(option: Option | None, event: OptionEvent) -> tuple[Option, frozenset[str]]:
    """The option after the event, and who brought in something that the assessment claims by it.

    Raises KeyError for an event of an option that was never proposed.
    """
    if isinstance(event, OptionProposed):
        return _proposed(event), frozenset({event.by})
    if option is None:
        raise KeyError(event.option_id)
    after = _after(option, event)
    return after, after.contributors - option.contributors


def _proposed(event: OptionProposed) -> Option:
    return Option(
        option_class=event.option_class,
        title=event.title,
        resources=event.resources,
        proposed_on=event.occurred_on,
        contributors=frozenset({event.by}),
        investment_vnd=event.investment_vnd,
        yearly_saving_vnd=event.yearly_saving_vnd,
        estimated=event.estimated,
    )


def _after(option: Option, event: OptionEvent) -> Option:
    day = event.occurred_on
    match event:
        case OptionDeferred():
            return replace(option, status="pending", deferred_on=day, note=event.note)
        case OptionAsked():
            answer = Answered(on=day, answer=event.answer, by=event.by, reason=event.reason)
            return replace(option, answers=(*option.answers, answer))
        case OptionImplemented():
            contributors = option.contributors | {event.by}
            return replace(option, status="implemented", implemented_on=day, contributors=contributors)
        case OptionVerified():
            return replace(
                option,
                status="verified",
                verified_on=day,
                verifier=event.verifier,
                verified=event.verified,
                verified_saving_vnd=event.verified_saving_vnd,
            )
        case OptionDiscontinued():
            return replace(option, status="discontinued", ended_on=day, reason=event.reason)
        case OptionRefused():
            return replace(option, status="refused", ended_on=day, reason=event.reason)
        case OptionExcluded():
            return replace(option, status="excluded", ended_on=day, reason=event.reason)
        case ReplicationNamed():
            return replace(
                option,
                replication_id=event.replication_id,
                pilot_id=event.pilot_id,
                pilot_facility_id=event.pilot_facility_id,
            )
        case OptionCorrected():
            return _corrected(option, event)
    return option


def _corrected(option: Option, event: OptionCorrected) -> Option:
    changes = {name: getattr(event, name) for name in CORRECTABLE if getattr(event, name) is not None}
    before = OptionCorrection(
        on=event.occurred_on,
        by=event.by,
        reason=event.reason,
        before={name: getattr(option, name) for name in changes},
    )
    return replace(
        option,
        **changes,
        contributors=option.contributors | {event.by},
        history=(*option.history, before),
    )
