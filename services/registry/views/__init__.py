"""All query models of this service."""

from services.registry.views import funding, models, network, plans, policies, reorganisations

VIEWS = [
    *models.VIEWS,
    *plans.VIEWS,
    *policies.VIEWS,
    *funding.VIEWS,
    *network.VIEWS,
    *reorganisations.VIEWS,
]
