"""All query models of this service."""

from services.registry.views import models, plans

VIEWS = [*models.VIEWS, *plans.VIEWS]
