"""The HTTP edge of the indicators: what may be asked, and what is answered."""

from services.eventkit.http import Blueprint
from services.kpi.api import (
    changes,
    effects,
    lineage,
    official,
    plans,
    projections,
    rules,
    standing,
    supporting,
    tables,
    targets,
)

__all__ = ["blueprints"]


def blueprints() -> list[Blueprint]:
    return [
        targets.blueprint,
        supporting.blueprint,
        changes.blueprint,
        lineage.blueprint,
        effects.blueprint,
        tables.blueprint,
        official.blueprint,
        plans.blueprint,
        rules.blueprint,
        standing.blueprint,
        projections.blueprint,
    ]
