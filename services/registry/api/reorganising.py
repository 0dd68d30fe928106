"""A reorganisation carried out: its units first, then the facilities of each that has exactly one successor.

Every step is a command of its own with an id made from the reorganisation's, so that one cut off is run again
and does only what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from services.eventkit.commands import CommandContext, Receipt, Work
from services.eventkit.errors import PreconditionFailed, SxshError
from services.registry.api.access import container
from services.registry.domain.facility import FACILITY, Reassign
from services.registry.domain.reorganisation import (
    REORGANISATION,
    RecordApplication,
    Reorganisation,
    existing,
)
from services.registry.domain.reorganising import destinations, touched, unit_commands
from services.registry.domain.unit import UNIT
from services.registry.views.reorganisations import facilities_in, moved_and_waiting

#: Works run together.
TOGETHER = 1000


def apply(id_: str, context: CommandContext, expected_version: int | None) -> Receipt:
    """Raises `Refused` before anything is written when the units do not allow it."""
    repeated = container().bus.repeated(context)
    if repeated is not None:
        return repeated
    loaded = container().bus.load(REORGANISATION, id_)
    reorganisation = existing(loaded.state)
    if expected_version not in (None, loaded.version):
        raise PreconditionFailed(f"You read version {expected_version}; it is now {loaded.version}.")
    _run(list(_unit_works(reorganisation, context)))
    container().updater.refresh()
    works = _facility_works(reorganisation, context)
    while chunk := list(islice(works, TOGETHER)):
        _run(chunk)
    container().updater.refresh()
    moved, waiting = moved_and_waiting(reorganisation, container().merges.register().merged)
    changed = {change.unit_id for change in reorganisation.changes}
    changed |= {new.unit_id for new in reorganisation.new_units}
    done = RecordApplication(units=len(changed), facilities_moved=moved, facilities_waiting=waiting)
    return container().bus.execute(REORGANISATION, id_, done, context)


def _unit_works(reorganisation: Reorganisation, context: CommandContext) -> Iterator[Work]:
    asked = sorted(touched(reorganisation))
    loaded = container().bus.load_many((UNIT, id_) for id_ in asked)
    units = {id_: found.state for id_ in asked if (found := loaded[UNIT.stream(id_)]).state is not None}
    for id_, command in unit_commands(reorganisation, units):
        step = f"{reorganisation.announcements}:{id_}"
        yield Work(
            decider=UNIT, id=id_, commands=(command,), context=_of_step(context, reorganisation.id, step)
        )


def _facility_works(reorganisation: Reorganisation, context: CommandContext) -> Iterator[Work]:
    for from_unit_id, unit_id in destinations(reorganisation).items():
        command = Reassign(
            from_unit_id=from_unit_id,
            unit_id=unit_id,
            reorganisation_id=reorganisation.id,
            occurred_on=reorganisation.day,
        )
        for id_ in facilities_in(from_unit_id):
            step = _of_step(context, reorganisation.id, f"{id_}:{unit_id}")
            yield Work(decider=FACILITY, id=id_, commands=(command,), context=step)


def _of_step(context: CommandContext, id_: str, step: str) -> CommandContext:
    name = f"reorg:{id_}:{step}"
    return msgspec.structs.replace(context, command_id=name, fingerprint=name)


def _run(works: Sequence[Work]) -> None:
    for result in container().bus.execute_many(works):
        if isinstance(result, SxshError):
            raise result
