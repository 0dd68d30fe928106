"""Cards: the dated facts of one subject that the rules need, with the events that established them.

The facts of each source stand in sections of their own, so that a card is the same whatever the interleaving
of the sources. Days are proleptic ordinals. Structs are arrays on the wire (compact): append fields only.
None refers back to what holds it, so the garbage collector need not look for cycles (`gc=False`).
"""

from __future__ import annotations

from typing import Literal, TypeVar

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
    #: (expected, actual) in grams of CO2, and in VND of the flows that have a price in the baseline.
    co2: tuple[int, int] | None = None
    cost: tuple[int, int] | None = None


class Baseline(msgspec.Struct, array_like=True, gc=False):
    seq: int
    event: str
    measurement: bytes
    figures: list[str] = []


class FollowUp(msgspec.Struct, array_like=True, gc=False):
    """`end` is the last day of its period, the day from which it can count.

    `saving` is kept once computed; folding a new baseline or report clears it. `figures` are its energy
    flows as text, to find the same one two years running; `reviews` the decisions by flag.
    """

    seq: int = 0
    event: str = ""
    end: int = 0
    measurement: bytes = b""
    verdict: Fact | None = None
    saving: Saving | None = None
    figures: list[str] = []
    reviews: dict[str, Fact] = {}


class OptionDetail(msgspec.Struct, array_like=True, gc=False):
    """What an option is, as last corrected, and the part of its life that concerns no adoption: `life` holds
    pending / excluded, `asked` the days of the yearly question. Money is VND, `yearly` and `found` a year."""

    option_class: str = ""
    proposed: Fact | None = None
    investment: int | None = None
    yearly: int | None = None
    #: the yearly saving as verified
    found: int | None = None
    life: list[Fact] = []
    asked: list[int] = []
    replicates: Fact | None = None


class Pilot(msgspec.Struct, array_like=True, gc=False):
    designated: Fact | None = None
    finished: Fact | None = None


class Assessment(msgspec.Struct, array_like=True, gc=False):
    """`status` holds approved / rejected; `options` implemented / verified / discontinued / refused."""

    baseline: Baseline | None = None
    status: list[Fact] = []
    options: dict[str, list[Fact]] = {}
    follow_ups: dict[str, FollowUp] = {}
    details: dict[str, OptionDetail] = {}
    pilots: dict[str, Pilot] = {}


class Part(msgspec.Struct, array_like=True, gc=False):
    """Taking part in a course. `tested` holds passed / failed; `unit` is where the session was held."""

    attended: Fact | None = None
    tested: list[Fact] = []
    unit: str = ""


class Given(msgspec.Struct, array_like=True, gc=False):
    """Details that were given (or taken away) from a day on, as bits of `quality.DETAILS`."""

    day: int
    seq: int
    yes: int
    no: int


class Sample(msgspec.Struct, array_like=True, gc=False):
    """An answer to a sample survey: `weight` in hundredths, `names` 1 if it names a benefit."""

    day: int
    seq: int
    weight: int
    names: int


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
    parts: dict[str, Part] = {}
    given: list[Given] = []
    #: (first day, the day after the last) on which data are younger than the rule's months
    heard: list[tuple[int, int]] = []
    #: (day, days from the fact to its record), the newest `quality.LAGS_KEPT`
    lags: list[tuple[int, int]] = []
    samples: dict[str, list[Sample]] = {}


class Certificate(msgspec.Struct, array_like=True, gc=False):
    """`until` is the last day that it names itself."""

    issued: Fact | None = None
    revoked: Fact | None = None
    until: int | None = None


class OfficerCard(msgspec.Struct, array_like=True, gc=False, tag="o"):
    """`appointments` by unit: dedicated / other / relieved. `certificates` by participation."""

    id: str
    seen: list[int] = msgspec.field(default_factory=lambda: [-1, -1, -1])
    appointments: dict[str, list[Fact]] = {}
    certificates: dict[str, Certificate] = {}
    parts: dict[str, Part] = {}


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
    #: by network: linked / unlinked
    links: dict[str, list[Fact]] = {}


class Task(msgspec.Struct, array_like=True, gc=False):
    """`end` is the last day of its period; `status` holds the statuses, `progress` percents as text."""

    group: int = 0
    end: int = 0
    status: list[Fact] = []
    progress: list[Fact] = []


class PlanCard(msgspec.Struct, array_like=True, gc=False, tag="p"):
    """`tasks` by id: those the newest version of the plan holds and those added beside it."""

    id: str
    seen: list[int] = msgspec.field(default_factory=lambda: [-1, -1, -1])
    tasks: dict[str, Task] = {}
    #: The data of the event that last loaded or revised it.
    content: bytes = b""


class PolicyCard(msgspec.Struct, array_like=True, gc=False, tag="y"):
    """`status` holds planned / issued / dropped; `due` is a day."""

    id: str
    seen: list[int] = msgspec.field(default_factory=lambda: [-1, -1, -1])
    plan: str = ""
    due: int = 0
    status: list[Fact] = []


class Act(msgspec.Struct, array_like=True, gc=False):
    """So much money planned, committed or disbursed on a day, in VND; a correction may be negative."""

    day: int
    seq: int
    stage: Literal["planned", "committed", "disbursed"]
    amount: int


class FundingCard(msgspec.Struct, array_like=True, gc=False, tag="m"):
    id: str
    seen: list[int] = msgspec.field(default_factory=lambda: [-1, -1, -1])
    plan: str = ""
    group: int = 0
    source: str = ""
    acts: list[Act] = []


class NetworkCard(msgspec.Struct, array_like=True, gc=False, tag="n"):
    """The unit at the Department: `status` holds exists / dissolved."""

    id: str
    seen: list[int] = msgspec.field(default_factory=lambda: [-1, -1, -1])
    status: list[Fact] = []


class ConsultantCard(msgspec.Struct, array_like=True, gc=False, tag="c"):
    """`status` holds active / inactive."""

    id: str
    seen: list[int] = msgspec.field(default_factory=lambda: [-1, -1, -1])
    network: str = ""
    status: list[Fact] = []


class CampaignCard(msgspec.Struct, array_like=True, gc=False, tag="a"):
    """`reach` is (day, people) of each report."""

    id: str
    seen: list[int] = msgspec.field(default_factory=lambda: [-1, -1, -1])
    channel: str = ""
    opened: Fact | None = None
    reach: list[tuple[int, int]] = []


class CourseCard(msgspec.Struct, array_like=True, gc=False, tag="k"):
    """`sessions` by id: the day, as long as it was not cancelled (None)."""

    id: str
    seen: list[int] = msgspec.field(default_factory=lambda: [-1, -1, -1])
    audience: str = ""
    opened: Fact | None = None
    sessions: dict[str, int | None] = {}


class SurveyCard(msgspec.Struct, array_like=True, gc=False, tag="s"):
    """`population` is how many facilities a sample stands for, None when it was not said."""

    id: str
    seen: list[int] = msgspec.field(default_factory=lambda: [-1, -1, -1])
    mode: str = ""
    population: int | None = None
    opened: Fact | None = None


Card = (
    FacilityCard
    | OfficerCard
    | UnitCard
    | PlanCard
    | PolicyCard
    | FundingCard
    | NetworkCard
    | ConsultantCard
    | CampaignCard
    | CourseCard
    | SurveyCard
)


_Dated = TypeVar("_Dated", Fact, Evidence)


def place(facts: list[_Dated], fact: _Dated) -> None:
    """Insert in order of (day, sequence); a late report falls into its place."""
    index, day = len(facts), fact.day
    while index:
        before = facts[index - 1]
        if before.day < day or (before.day == day and before.seq <= fact.seq):
            break
        index -= 1
    facts.insert(index, fact)


def as_of(facts: list[Fact], day: int) -> Fact | None:
    """The fact that holds on a day, or None when none has begun."""
    for fact in reversed(facts):
        if fact.day <= day:
            return fact
    return None
