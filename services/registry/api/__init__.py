"""The HTTP edge of the registry."""

from services.eventkit.http import Blueprint
from services.registry.api import (
    consultants,
    counts,
    duplicates,
    facilities,
    funding,
    imports,
    links,
    merges,
    networks,
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
        networks.blueprint,
        consultants.blueprint,
        links.blueprint,
        duplicates.blueprint,
        imports.blueprint,
    ]
