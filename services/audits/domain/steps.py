"""The steps and tasks of the two methods (services/audits/data/methods.yaml), and reaching them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

import msgspec
import yaml

from services.audits.domain import checks
from services.audits.domain.catalogue import Method, StepReached
from services.audits.domain.rules import DATA, Words
from services.audits.domain.state import Assessment
from services.eventkit.errors import InvalidInput, Refused
from services.eventkit.events import Event


class Task(msgspec.Struct, frozen=True):
    code: str
    name: Words


class Step(msgspec.Struct, frozen=True):
    name: Words
    tasks: tuple[Task, ...]


class MethodSteps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Step 1 is the first of `steps`. A submission needs `submit_from`, where steps were recorded at all."""

    name: Words
    submit_from: int
    steps: tuple[Step, ...]


class ReachStep(msgspec.Struct, frozen=True, kw_only=True):
    """`tasks` are the codes of those done with it; the step alone may be said too."""

    step: int
    tasks: tuple[str, ...]
    by: str
    occurred_on: date


@cache
def methods() -> dict[Method, MethodSteps]:
    text = (DATA / "methods.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[Method, MethodSteps])


def decide(command: ReachStep, state: Assessment) -> Sequence[Event]:
    """Steps are reached in order; tasks of the step or of earlier ones may be added at any time."""
    checks.status_in(state, "A step can only be reached", *checks.UNDER_WORK)
    steps = methods()[state.method].steps
    if not 1 <= command.step <= len(steps):
        raise InvalidInput.at("/step", f"must be 1 to {len(steps)} in a {state.method} assessment")
    if command.step < state.step:
        raise Refused(f"The assessment has reached step {state.step} already; it does not go back.")
    known = [task.code for step in steps[: command.step] for task in step.tasks]
    for index, code in enumerate(command.tasks):
        if code not in known:
            raise InvalidInput.at(f"/tasks/{index}", f"must be one of {', '.join(known)}")
    checks.not_before(command.occurred_on, state.opened_on, "the opening of the assessment")
    new = tuple(dict.fromkeys(code for code in command.tasks if code not in state.tasks))
    if command.step == state.step and not new:
        return []
    return [
        StepReached(
            **checks.of(state), step=command.step, tasks=new, by=command.by, occurred_on=command.occurred_on
        )
    ]


def ensure_far_enough(state: Assessment) -> None:
    """Raises `Refused` for an assessment whose steps were recorded, but not those that a report rests on."""
    needed = methods()[state.method].submit_from
    if 0 < state.step < needed:
        raise Refused(
            f"A {state.method} assessment is submitted from step {needed} on; this one is at step "
            f"{state.step}. Record the steps first (POST …/steps)."
        )
