"""All query models of this service."""

<<<<<<< HEAD
from services.registry.views import funding, models, plans, policies, reorganisations

VIEWS = [
    *models.VIEWS,
    *plans.VIEWS,
    *policies.VIEWS,
    *funding.VIEWS,
    *reorganisations.VIEWS,
]
=======
from services.registry.views import funding, models, network, plans, policies

VIEWS = [*models.VIEWS, *plans.VIEWS, *policies.VIEWS, *funding.VIEWS, *network.VIEWS]
>>>>>>> 048f381 (The support network: its unit, consultants, and the offices linked to it)
