from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from tests.integration.proof.served import Service, Store


@pytest.fixture
def service(database: Store, tmp_path: Path) -> Iterator[Service]:
    found = Service(database, tmp_path)
    server = make_server("127.0.0.1", 0, found.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def http(service: Service) -> FlaskClient:
    return service.app.test_client()
