"""The other three services, really served, for the pages that ask them as the caller."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import mongoengine
import urllib3
from flask import Flask
from pymongo import MongoClient
from werkzeug.serving import make_server

from services.audits import app as audits
from services.eventkit.ids import new_id
from services.eventkit.settings import Settings
from services.registry import app as registry
from services.training import app as training
from tests.issuer import Issuer, api_key_entry
from tests.registry_feed import KEY


class Others:
    """`did` writes through the API of one of them, as an administrator or as who is named."""

    def __init__(self, issuer: Issuer, urls: dict[str, str]) -> None:
        self.issuer, self.urls = issuer, urls
        self._pool = urllib3.PoolManager()

    def did(
        self, service: str, path: str, body: dict[str, Any], by: str = "boss", method: str = "POST"
    ) -> dict[str, Any]:
        answer = self._pool.request(
            method,
            f"{self.urls[service]}/api/v1{path}",
            body=json.dumps(body),
            headers={
                "Authorization": f"Bearer {self.issuer.token(by, ['admin'])}",
                "Content-Type": "application/json",
                "Idempotency-Key": new_id(),
            },
        )
        assert answer.status < 300, answer.data.decode()
        location = answer.headers.get("Location", "")
        return {**json.loads(answer.data), "location": location.rsplit("/", 1)[-1]}


@contextmanager
def serving(folder: Path, issuer: Issuer, mongo_uri: str, name: str) -> Iterator[Others]:
    """Databases are called `name`, a line, and the service."""
    keys = folder / "keys.json"
    keys.write_text(json.dumps([api_key_entry("follower", KEY, ["inspector"])]))
    urls: dict[str, str] = {}
    with ExitStack() as stack:
        for service, module in (("registry", registry), ("audits", audits), ("training", training)):
            settings = Settings(
                service=service,
                mongodb_uri=mongo_uri,
                mongodb_database=f"{name}_{service}",
                oidc_issuer=issuer.issuer,
                oidc_audience=issuer.audience,
                oidc_jwks_url=issuer.jwks_url,
                api_keys_file=str(keys),
                person_master_key=base64.b64encode(bytes(range(32))).decode(),
                registry_url=urls.get("registry"),
                service_api_key=KEY,
            )
            urls[service] = stack.enter_context(_served(module.create_app(settings)))
        yield Others(issuer, urls)
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_uri)
    for service in urls:
        mongoengine.disconnect(service)
        client.drop_database(f"{name}_{service}")
        client.drop_database(f"{name}_{service}_keys")
    client.close()


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
