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
from services.kpi.domain.parts import Span, Step, placed, together
from services.kpi.domain.rules import RuleSet

Spans = Sequence[Span]


class Part(NamedTuple):
    """`told_by`: the sources whose events can change it, beside the registry's, which say who it is."""

    told_by: frozenset[str]
    of: Callable[[FacilityCard, RuleSet, Spans], Contributions]


def _in_u(told_by: str, steps: Callable[[FacilityCard, RuleSet], Iterable[Step]]) -> Part:
    def of(card: FacilityCard, rules: RuleSet, times: Spans) -> Contributions:
        return placed(steps(card, rules), times) if times else {}

    return Part(frozenset(told_by.split()), of)


def _anyhow(told_by: str, of: Callable[[FacilityCard], Contributions]) -> Part:
    """Counted whether the facility is in U or not, but of one that was merged into another."""
    return Part(frozenset(told_by.split()), lambda card, rules, times: {} if card.merged else of(card))


#: Of a facility. Added up they are all that it counts for.
PARTS: tuple[Part, ...] = (
    _in_u("", lambda card, rules: ACTIVE),
    _in_u("training", awareness.steps),
    _in_u("audits", adoption.steps),
    _in_u("audits training", quality.steps),
    _in_u("audits", options.steps),
    _in_u("audits", options.pilot_steps),
    _anyhow("training", activities.training),
    _anyhow("training", activities.samples),
)

#: Of each other card, by its type.
_WHOLE: dict[type[Any], Callable[[Any, RuleSet], Contributions]] = {
    OfficerCard: officer,
    UnitCard: lambda card, rules: programme.unit(card),
    PlanCard: lambda card, rules: programme.plan(card),
    PolicyCard: lambda card, rules: programme.policy(card),
    FundingCard: lambda card, rules: programme.funding(card),
    NetworkCard: lambda card, rules: programme.network(card),
    ConsultantCard: lambda card, rules: programme.consultant(card),
    CampaignCard: lambda card, rules: activities.campaign(card),
    CourseCard: lambda card, rules: activities.course(card),
    SurveyCard: lambda card, rules: activities.survey(card),
}


def contributions(card: Card, rules: RuleSet) -> Contributions:
    """Summed over all days up to and including T they give exactly what the card counts for on T.

    A facility merged into another counts for nothing itself: what is known of it counts there, see `merging`.
    """
    if not isinstance(card, FacilityCard):
        return _WHOLE[type(card)](card, rules)
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
        self._known: dict[int, Contributions] = {}
        self._times: Spans | None = None

    def parts(self, subject: str, sources: Collection[str]) -> tuple[int, ...]:
        """Those that events of these sources can change."""
        return _parts_told_by(frozenset(sources)) if subject.startswith("facility:") else (0,)

    def before(self, parts: Iterable[int], rules: RuleSet) -> list[Contributions]:
        """What these parts are now; ask before the card is changed, then tell it by `changed`."""
        known = self._known
        return [known[n] if n in known else self._work_out(n, rules) for n in parts]

    def changed(self, card: Card | None, sources: Collection[str]) -> None:
        """It is this card now, by events of these sources."""
        self.card = card
        if "registry" in sources:
            self._times = None

    def after(self, parts: Iterable[int], rules: RuleSet) -> list[Contributions]:
        return [self._work_out(n, rules) for n in parts]

    def _work_out(self, number: int, rules: RuleSet) -> Contributions:
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
