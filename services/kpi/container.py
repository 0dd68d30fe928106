"""What the routes of this service work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from services.eventkit.commands import CommandBus
from services.eventkit.log import EventLog
from services.eventkit.proof.proofs import Proofs
from services.eventkit.proof.verifications import Verifications
from services.eventkit.views import ViewUpdater
from services.kpi.neighbours import Neighbours
from services.kpi.reports.letterhead import Letterhead, letterhead
from services.kpi.reports.typesetter import Typesetter
from services.kpi.views.boundaries import BoundaryBook
from services.kpi.views.changes import Comparisons
from services.kpi.views.earlier import Earlier
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
    neighbours: Neighbours
    comparisons: Comparisons = field(default_factory=Comparisons)
    typesetter: Typesetter = field(default_factory=Typesetter)
    letterhead: Letterhead = field(default_factory=letterhead)

    @cached_property
    def earlier(self) -> Earlier:
        """What the present is compared with, once it is ready."""
        return Earlier(self.past, self.live)

    @cached_property
    def proofs(self) -> Proofs:
        """Of the log of official values."""
        return Proofs("kpi", self.store.database)

    @cached_property
    def verifications(self) -> Verifications:
        return Verifications(self.store.database)

    @cached_property
    def boundaries(self) -> BoundaryBook:
        """What maps are drawn with."""
        return BoundaryBook(self.store.database)
