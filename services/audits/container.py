"""What the routes of this service work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from services.eventkit.bulk import Imports
from services.eventkit.commands import CommandBus
from services.eventkit.directory import Directory
from services.eventkit.log import EventLog
from services.eventkit.views import ViewUpdater


@dataclass(frozen=True)
class Container:
    database: Database[dict[str, Any]]
    log: EventLog
    bus: CommandBus
    directory: Directory
    updater: ViewUpdater
    imports: Imports
