"""What a card counts for, as deltas: on each day on which it changes, what is added to which cohort."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from services.kpi.domain import activities, adoption, awareness, options, programme, quality
from services.kpi.domain.facts import (
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
from services.kpi.domain.measures import Contributions
from services.kpi.domain.membership import ACTIVE, spans
from services.kpi.domain.officers import officer
from services.kpi.domain.parts import Course, Span, Sums, by_cohort, placed, together
from services.kpi.domain.rules import RuleSet

Spans = Sequence[Span]


class Part(NamedTuple):
    """`told_by`: the sources whose events can change it, beside the registry's, which say who it is."""

    told_by: frozenset[str]
    of: Callable[[FacilityCard, RuleSet, Spans], Sums]


def _in_u(told_by: str, courses: Callable[[FacilityCard, RuleSet], Iterable[Course]]) -> Part:
    def of(card: FacilityCard, rules: RuleSet, times: Spans) -> Sums:
        return placed(courses(card, rules), times) if times else {}

    return Part(frozenset(told_by.split()), of)


def _anyhow(told_by: str, of: Callable[[FacilityCard], Sums]) -> Part:
    """Counted whether the facility is in U or not, but of one that was merged into another."""
    return Part(frozenset(told_by.split()), lambda card, rules, times: {} if card.merged else of(card))


#: Of a facility. Added up they are all that it counts for.
PARTS: tuple[Part, ...] = (
    _in_u("", lambda card, rules: ACTIVE),
    _in_u("training", awareness.courses),
    _in_u("audits", adoption.courses),
    _in_u("audits training", quality.courses),
    _in_u("audits", options.courses),
    _in_u("audits", options.pilots),
    _anyhow("training", activities.training),
    _anyhow("training", activities.samples),
)

#: Of each other card, by its type.
_WHOLE: dict[type[Any], Callable[[Any, RuleSet], Sums]] = {
    OfficerCard: officer,
    UnitCard: lambda card, rules: by_cohort(programme.unit(card)),
    PlanCard: lambda card, rules: by_cohort(programme.plan(card)),
    PolicyCard: lambda card, rules: by_cohort(programme.policy(card)),
    FundingCard: lambda card, rules: by_cohort(programme.funding(card)),
    NetworkCard: lambda card, rules: by_cohort(programme.network(card)),
    ConsultantCard: lambda card, rules: by_cohort(programme.consultant(card)),
    CampaignCard: lambda card, rules: by_cohort(activities.campaign(card)),
    CourseCard: lambda card, rules: by_cohort(activities.course(card)),
    SurveyCard: lambda card, rules: by_cohort(activities.survey(card)),
}


def contributions(card: Card, rules: RuleSet) -> Contributions:
    """Summed over all days up to and including T they give exactly what the card counts for on T.

    A facility merged into another counts for nothing itself: what is known of it counts there, see `merging`.
    """
    if not isinstance(card, FacilityCard):
        return together([_WHOLE[type(card)](card, rules)])
    times = spans(card, rules)
    return together(part.of(card, rules, times) for part in PARTS)


_ALL = tuple(range(len(PARTS)))
_touched: dict[frozenset[str], tuple[int, ...]] = {}


def _parts_told_by(sources: frozenset[str]) -> tuple[int, ...]:
    known = _touched.get(sources)
    if known is None:
        all_ = "registry" in sources
        known = tuple(i for i, part in enumerate(PARTS) if all_ or part.told_by & sources)
        _touched[sources] = known
    return known


class Counted:
    """A card and what it counts for, part by part: only what the events of some sources can have changed is
    worked out before and after they are folded."""

    __slots__ = ("_known", "_times", "card")

    def __init__(self, card: Card | None) -> None:
        self.card = card
        #: By the number of a part; of a card that is not a facility's the only one is 0.
        self._known: dict[int, Sums] = {}
        self._times: Spans | None = None

    def parts(self, subject: str, sources: Collection[str]) -> tuple[int, ...]:
        """Those that events of these sources can change."""
        return _parts_told_by(frozenset(sources)) if subject.startswith("facility:") else (0,)

    def before(self, parts: Iterable[int], rules: RuleSet) -> list[Sums]:
        """What these parts are now; ask before the card is changed, then tell it by `changed`."""
        known = self._known
        return [known[n] if n in known else self._work_out(n, rules) for n in parts]

    def changed(self, card: Card | None, sources: Collection[str]) -> None:
        """It is this card now, by events of these sources."""
        self.card = card
        if "registry" in sources:
            self._times = None

    def after(self, parts: Iterable[int], rules: RuleSet) -> list[Sums]:
        return [self._work_out(n, rules) for n in parts]

    def _work_out(self, number: int, rules: RuleSet) -> Sums:
        card = self.card
        if card is None:
            return {}
        if not isinstance(card, FacilityCard):
            found = _WHOLE[type(card)](card, rules)
        else:
            if self._times is None:
                self._times = spans(card, rules)
            found = PARTS[number].of(card, rules, self._times)
        self._known[number] = found
        return found
