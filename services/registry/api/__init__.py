"""The HTTP edge of the registry."""

from services.eventkit.http import Blueprint
from services.registry.api import (
    counts,
    facilities,
    funding,
    merges,
    officers,
    plans,
    policies,
    reorganisations,
    units,
)

__all__ = ["blueprints"]


def blueprints() -> list[Blueprint]:
    return [
        facilities.blueprint,
        units.blueprint,
        officers.blueprint,
        plans.blueprint,
        merges.blueprint,
        policies.blueprint,
        funding.blueprint,
        reorganisations.blueprint,
        counts.blueprint,
    ]
