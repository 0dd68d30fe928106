"""Cards: the dated facts of one subject that the rules need, with the events that established them.

The facts of each source stand in sections of their own, so that a card is the same whatever the interleaving
of the sources. Days are proleptic ordinals. Structs are arrays on the wire (compact): append fields only.
None refers back to what holds it, so the garbage collector need not look for cycles (`gc=False`).
"""

from __future__ import annotations

from typing import Literal

import msgspec

Source = Literal["registry", "audits", "training"]
SOURCES: tuple[Source, ...] = ("registry", "audits", "training")


class Fact(msgspec.Struct, array_like=True, gc=False):
    """A value that holds from `day` until the next later fact; on one day, the last recorded wins."""

    day: int
    seq: int
    event: str
    value: str


class Evidence(msgspec.Struct, array_like=True, gc=False):
    """Of awareness. `of` is the survey or participation it comes from."""

    day: int
    seq: int
    event: str
    value: Literal["survey-names", "survey-none", "test-passed", "sample"]
    of: str


class Saving(msgspec.Struct, array_like=True, gc=False):
    """(expected, actual) per resource group, in the integers of `SavingMeasure`; None = not computed.

    `reasons` says per group why not: (code, detail) for `texts.reason`. `outliers` are the groups beyond
    the limit.
    """

    energy: tuple[int, int] | None = None
    fuel: tuple[int, int] | None = None
    water: tuple[int, int] | None = None
    material: tuple[int, int] | None = None
    strict8: bool = False
    strict5: bool = False
    outliers: list[str] = []
    reasons: dict[str, tuple[str, str]] = {}


class Baseline(msgspec.Struct, array_like=True, gc=False):
    seq: int
    event: str
    measurement: bytes


class FollowUp(msgspec.Struct, array_like=True, gc=False):
    """`end` is the last day of its period, the day from which it can count.

    `saving` is kept once computed; folding a new baseline or report clears it.
    """

    seq: int = 0
    event: str = ""
    end: int = 0
    measurement: bytes = b""
    verdict: Fact | None = None
    review: Fact | None = None
    saving: Saving | None = None


class Assessment(msgspec.Struct, array_like=True, gc=False):
    """`status` holds approved / rejected; `options` implemented / verified / discontinued / refused."""

    baseline: Baseline | None = None
    status: list[Fact] = []
    options: dict[str, list[Fact]] = {}
    follow_ups: dict[str, FollowUp] = {}


class FacilityCard(msgspec.Struct, array_like=True, gc=False, tag="f"):
    """`seen` is the last sequence folded of each source, in the order of `SOURCES`."""

    id: str
    seen: list[int] = msgspec.field(default_factory=lambda: [-1, -1, -1])
    industry: list[Fact] = []
    unit: list[Fact] = []
    kind: list[Fact] = []
    status: list[Fact] = []
    assessments: dict[str, Assessment] = {}
    evidence: list[Evidence] = []
    reached: Fact | None = None
    employees: list[Fact] = []
    #: The facility it was merged into; "" once it has been taken out again.
    merged: str | None = None


class Certificate(msgspec.Struct, array_like=True, gc=False):
    issued: Fact | None = None
    revoked: Fact | None = None


class OfficerCard(msgspec.Struct, array_like=True, gc=False, tag="o"):
    """`appointments` by unit: dedicated / other / relieved. `certificates` by participation."""

    id: str
    seen: list[int] = msgspec.field(default_factory=lambda: [-1, -1, -1])
    appointments: dict[str, list[Fact]] = {}
    certificates: dict[str, Certificate] = {}


class UnitCard(msgspec.Struct, array_like=True, gc=False, tag="u"):
    """`counts` are the official numbers of facilities, as ``"<facilities>"``."""

    id: str
    seen: list[int] = msgspec.field(default_factory=lambda: [-1, -1, -1])
    level: str = ""
    status: list[Fact] = []
    parent: str = ""
    names: list[Fact] = []
    successors: list[str] = []
    counts: list[Fact] = []


Card = FacilityCard | OfficerCard | UnitCard


def place(facts: list[Fact], fact: Fact) -> None:
    """Insert in order of (day, sequence); a late report falls into its place."""
    index = len(facts)
    while index and (facts[index - 1].day, facts[index - 1].seq) > (fact.day, fact.seq):
        index -= 1
    facts.insert(index, fact)


def as_of(facts: list[Fact], day: int) -> Fact | None:
    """The fact that holds on a day, or None when none has begun."""
    for fact in reversed(facts):
        if fact.day <= day:
            return fact
    return None
