"""Which parts are asked of a facility's card, and which card of another kind contributes what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.kpi.domain import activities, options, programme, quality
from services.kpi.domain.facts import (
    CampaignCard,
    ConsultantCard,
    CourseCard,
    FacilityCard,
    FundingCard,
    NetworkCard,
    PlanCard,
    PolicyCard,
    SurveyCard,
)
from services.kpi.domain.measures import Contributions
from services.kpi.domain.parts import Part, deltas
from services.kpi.domain.rules import RuleSet

#: Asked of every facility's card; None for a card that holds nothing of the kind.
FACILITY: tuple[Callable[[FacilityCard, RuleSet], Part | None], ...] = (
    quality.quality_of,
    options.options_of,
    options.pilots_of,
    activities.training_of,
    activities.samples_of,
)


def _plan(card: PlanCard, rules: RuleSet) -> Contributions:
    return deltas(programme.task_days(card), lambda day: programme.task_state(card, day))


def _policy(card: PolicyCard, rules: RuleSet) -> Contributions:
    return deltas(programme.policy_days(card), lambda day: programme.policy_state(card, day))


def _network(card: NetworkCard, rules: RuleSet) -> Contributions:
    return deltas({fact.day for fact in card.status}, lambda day: programme.network_state(card, day))


def _consultant(card: ConsultantCard, rules: RuleSet) -> Contributions:
    return deltas({fact.day for fact in card.status}, lambda day: programme.consultant_state(card, day))


#: By the type of a card that is neither a facility's, an officer's nor a unit's.
OTHER: dict[type[Any], Callable[[Any, RuleSet], Contributions]] = {
    PlanCard: _plan,
    PolicyCard: _policy,
    FundingCard: lambda card, rules: programme.funding(card),
    NetworkCard: _network,
    ConsultantCard: _consultant,
    CampaignCard: activities.campaign,
    CourseCard: activities.course,
    SurveyCard: activities.survey,
}
