"""What the routes of this service work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from services.eventkit.bulk import Imports
from services.eventkit.commands import CommandBus
from services.eventkit.log import EventLog
from services.eventkit.persons import PersonVault
from services.eventkit.views import ViewUpdater
from services.registry.views.merges import MergeBook


@dataclass(frozen=True)
class Container:
    database: Database[dict[str, Any]]
    log: EventLog
    bus: CommandBus
    vault: PersonVault
    updater: ViewUpdater
    merges: MergeBook
    imports: Imports
