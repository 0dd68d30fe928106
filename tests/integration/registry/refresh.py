"""A process that brings the lists of the registry up to date, to be killed meanwhile: URI and database."""

from __future__ import annotations

import base64
import sys

from services.eventkit.settings import Settings
from services.registry.app import build

if __name__ == "__main__":
    uri, database = sys.argv[1:]
    key = base64.b64encode(b"k" * 32).decode()
    settings = Settings(service="registry", mongodb_uri=uri, mongodb_database=database, person_master_key=key)
    build(settings).updater.refresh()
