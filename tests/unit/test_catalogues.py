"""A type that the projector has never heard of parks its subject: none may be forgotten."""

from __future__ import annotations

import pytest

from services.audits.domain.catalogue import catalogue as audits
from services.eventkit.events import Catalogue
from services.kpi.domain import fold_audits, fold_registry, fold_training
from services.kpi.domain.handlers import Handlers
from services.registry.domain.events import catalogue as registry
from services.training.domain.events import catalogue as training


@pytest.mark.parametrize(
    ("catalogue", "handlers"),
    [
        (registry, fold_registry.EVENTS),
        (audits, fold_audits.EVENTS),
        (training, fold_training.EVENTS),
    ],
)
def test_the_projector_knows_exactly_what_the_service_can_write(
    catalogue: Catalogue, handlers: Handlers
) -> None:
    assert set(handlers) == set(catalogue.types())
