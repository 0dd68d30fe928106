"""What the routes of this service work with."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.eventkit.commands import CommandBus
from services.eventkit.log import EventLog
from services.eventkit.views import ViewUpdater
from services.kpi.views.changes import Comparisons
from services.kpi.views.lag import Logs
from services.kpi.views.live import LiveCube
from services.kpi.views.official import OfficialBook
from services.kpi.views.past import Past
from services.kpi.views.store import ProjectionStore
from services.kpi.views.traced import Trace


@dataclass(frozen=True)
class Officials:
    """The log of official values, the only facts of this service."""

    log: EventLog
    bus: CommandBus
    book: OfficialBook
    updater: ViewUpdater


@dataclass(frozen=True)
class Container:
    store: ProjectionStore
    live: LiveCube
    logs: Logs
    past: Past
    trace: Trace
    official: Officials
    comparisons: Comparisons = field(default_factory=Comparisons)
