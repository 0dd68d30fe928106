"""What a plan says: its targets, territory, task groups, tasks and what is expected of activities."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from services.eventkit.errors import FieldError, InvalidInput
from services.registry.domain.events import PlanLoaded, Target, Task, TaskGroup, Words

#: Indicators that begin so are shares, from 0 to 1.
SHARES = "K"


class PlanContent(msgspec.Struct, frozen=True, kw_only=True):
    """Equal contents are the same plan, whoever loads it and when."""

    name: Words
    source: str
    start: date
    due: date
    territory: tuple[str, ...]
    targets: tuple[Target, ...]
    task_groups: tuple[TaskGroup, ...]
    tasks: tuple[Task, ...]
    expected: dict[str, int]

    @property
    def sha256(self) -> str:
        """Hex digest of the content as JSON with sorted names and decimals as text."""
        return hashlib.sha256(_encoder.encode(self)).hexdigest()


_encoder = msgspec.json.Encoder(order="sorted", decimal_format="string")


def content_of(event: PlanLoaded) -> PlanContent:
    return PlanContent(**{name: getattr(event, name) for name in PlanContent.__struct_fields__})


def check(content: PlanContent) -> None:
    """Raises `InvalidInput` that names every field which contradicts another."""
    errors: list[FieldError] = []
    if content.due <= content.start:
        errors.append(_error("/due", f"must be after the start, {content.start}"))
    errors += _repeated("/territory", content.territory)
    errors += _repeated("/targets", (target.code for target in content.targets), "/code")
    errors += _repeated("/task_groups", (str(each.group) for each in content.task_groups), "/group")
    errors += _repeated("/tasks", (task.task_id for task in content.tasks), "/task_id")
    for index, target in enumerate(content.targets):
        errors += _target(f"/targets/{index}", target, content)
    for index, task in enumerate(content.tasks):
        errors += wrong_task(f"/tasks/{index}", task, content)
    if errors:
        raise InvalidInput(
            "; ".join(f"{wrong['field']}: {wrong['detail']}" for wrong in errors[:5]), errors=errors
        )


def wrong_task(at: str, task: Task, content: PlanContent) -> list[FieldError]:
    """What is wrong with a task of the plan; `at` is the JSON pointer to it."""
    errors = []
    known = sorted(each.group for each in content.task_groups)
    if task.group not in known:
        groups = ", ".join(map(str, known)) or "none"
        errors.append(_error(f"{at}/group", f"must be a task group of the plan ({groups})"))
    if task.end < task.start:
        errors.append(_error(f"{at}/end", f"must not be before its start, {task.start}"))
    return errors


def _target(at: str, target: Target, content: PlanContent) -> list[FieldError]:
    errors = []
    before = target.path_from.on if target.path_from is not None else None
    if target.path_from is not None:
        errors += _value(f"{at}/path_from/value", target.code, target.path_from.value)
    for index, milestone in enumerate(target.milestones):
        here = f"{at}/milestones/{index}"
        if before is not None and milestone.on <= before:
            errors.append(_error(f"{here}/on", f"must be after {before}, the one before it"))
        elif not content.start < milestone.on <= content.due:
            errors.append(_error(f"{here}/on", f"must be after {content.start} and not after {content.due}"))
        errors += _value(f"{here}/value", target.code, milestone.value)
        if milestone.band is not None and not milestone.band[0] <= milestone.band[1]:
            errors.append(_error(f"{here}/band", "must be the least and then the most"))
        before = milestone.on
    return errors


def _value(at: str, code: str, value: Decimal) -> list[FieldError]:
    if code.startswith(SHARES) and value > 1:
        return [_error(at, f"is a share from 0 to 1; write 0.95 for 95%, not {value}")]
    return []


def _repeated(at: str, values: Iterable[str], field: str = "") -> list[FieldError]:
    seen: set[str] = set()
    errors = []
    for index, value in enumerate(values):
        if value in seen:
            errors.append(_error(f"{at}/{index}{field}", f"{value} is given twice; give it once"))
        seen.add(value)
    return errors


def _error(field: str, detail: str) -> FieldError:
    return {"field": field, "detail": detail}
