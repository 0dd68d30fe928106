"""The register of merges as this process knows it: small, and kept in memory."""

from __future__ import annotations

import threading
from typing import NamedTuple

from services.eventkit.events import Catalogue
from services.eventkit.log import EventLog
from services.registry.domain.merging import MERGES, REGISTER, MergeRegister


class Known(NamedTuple):
    register: MergeRegister
    version: int


class MergeBook:
    """Looks for what is new before each answer, so that it is never behind the log. Safe between threads."""

    def __init__(self, log: EventLog, catalogue: Catalogue) -> None:
        self._log = log
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._known = Known(MERGES.initial, 0)

    def known(self) -> Known:
        with self._lock:
            register, version = self._known
            for commit in self._log.stream(MERGES.stream(REGISTER), version + 1):
                register = MERGES.fold(map(self._catalogue.decode, commit.events), register)
                version = commit.last_version
            self._known = Known(register, version)
            return self._known

    def register(self) -> MergeRegister:
        return self.known().register
