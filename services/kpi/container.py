"""What the routes of this service work with."""

from __future__ import annotations

from dataclasses import dataclass

from services.kpi.views.lag import Logs
from services.kpi.views.live import LiveCube
from services.kpi.views.past import Past
from services.kpi.views.store import ProjectionStore


@dataclass(frozen=True)
class Container:
    store: ProjectionStore
    live: LiveCube
    logs: Logs
    past: Past
