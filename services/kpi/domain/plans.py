"""A plan as the targets are judged by it: loaded from the registry, or the one that is built in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

import msgspec
import yaml

from services.kpi.domain.rules import FOLDER, Words

#: Judged by when no plan is asked for.
DEFAULT = "nb-1051-2016"

#: Indicator -> what its value has to reach.
Goals = Mapping[str, Fraction]


class Milestone(msgspec.Struct, frozen=True):
    on: date
    value: Decimal
    band: tuple[Decimal, Decimal] | None = None


class PathStart(msgspec.Struct, frozen=True):
    on: date
    value: Decimal


class Target(msgspec.Struct, frozen=True):
    """Milestones in order of their days. The path is straight from `path_from`, or 0 at the plan's start."""

    code: str
    milestones: tuple[Milestone, ...]
    path_from: PathStart | None = None

    def milestone(self, day: date) -> Milestone:
        """The next one, of a day after the last the last."""
        return next((m for m in self.milestones if m.on >= day), self.milestones[-1])


class PlanData(msgspec.Struct, frozen=True):
    """`expected` is what activities are to reach by the end, by measure."""

    id: str = msgspec.field(name="plan_id")
    name: Words
    source: str
    start: date
    due: date
    territory: tuple[str, ...]
    targets: tuple[Target, ...]
    expected: dict[str, int] = {}

    def target(self, code: str) -> Target | None:
        return next((target for target in self.targets if target.code == code and target.milestones), None)

    def milestone(self, code: str, day: date) -> Milestone | None:
        target = self.target(code)
        return None if target is None else target.milestone(day)

    def goals(self, day: date) -> dict[str, Fraction]:
        """By the milestones that apply on a day."""
        found = {target.code: self.milestone(target.code, day) for target in self.targets}
        return {code: Fraction(one.value) for code, one in found.items() if one is not None}

    def path(self, code: str, day: date) -> Fraction | None:
        """Where an indicator should be on a day, exactly; None without a target."""
        target = self.target(code)
        if target is None:
            return None
        start = target.path_from or PathStart(self.start, Decimal(0))
        on, value = start.on, Fraction(start.value)
        for milestone in target.milestones:
            if day <= on:
                return value
            if day <= milestone.on:
                part = Fraction((day - on).days, (milestone.on - on).days)
                return value + (Fraction(milestone.value) - value) * part
            on, value = milestone.on, Fraction(milestone.value)
        return value


_decoder: msgspec.json.Decoder[PlanData] = msgspec.json.Decoder(PlanData)


def plan_of(content: bytes) -> PlanData | None:
    """From the data of the event that loaded or revised it; None for what is no whole plan."""
    try:
        return _decoder.decode(content)
    except (msgspec.DecodeError, ValueError):
        return None


@cache
def built_in() -> PlanData:
    text = (FOLDER / "plans" / f"{DEFAULT}.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), PlanData)


def known_plans(loaded: Mapping[str, PlanData]) -> dict[str, PlanData]:
    """By id, the default first. One loaded under its id takes the place of the built-in."""
    return {DEFAULT: built_in(), **dict(sorted(loaded.items()))}
