"""A process that works on one import until it is done or killed: URI, database and id of the import."""

from __future__ import annotations

import base64
import sys

from services.eventkit.settings import Settings
from services.registry.app import build

if __name__ == "__main__":
    uri, database, id_ = sys.argv[1:]
    key = base64.b64encode(b"k" * 32).decode()
    settings = Settings(service="registry", mongodb_uri=uri, mongodb_database=database, person_master_key=key)
    build(settings).imports.work(id_)
