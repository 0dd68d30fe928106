"""The HTTP edge of the training service: what may be sent, by whom, and what is answered."""

from services.eventkit.http import Blueprint
from services.training.api import campaigns, courses, imports, participations, surveys

__all__ = ["blueprints"]


def blueprints() -> list[Blueprint]:
    return [
        courses.blueprint,
        participations.blueprint,
        surveys.blueprint,
        campaigns.blueprint,
        imports.blueprint,
    ]
