"""All query models of this service."""

from services.registry.views import duplicates, funding, models, network, plans, policies, reorganisations

VIEWS = [
    *models.VIEWS,
    *duplicates.VIEWS,
    *plans.VIEWS,
    *policies.VIEWS,
    *funding.VIEWS,
    *network.VIEWS,
    *reorganisations.VIEWS,
]
