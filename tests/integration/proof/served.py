"""A service with a log of 700 commits, served, and how an auditor asks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient
from pymongo.database import Database

from services.eventkit.http import create_app
from services.eventkit.mongo_log import MongoLog
from services.eventkit.proof.checkpoints import Checkpointer
from services.eventkit.proof.client import ProofClient
from services.eventkit.proof.notes import Signer
from services.eventkit.settings import Settings
from tests.integration.proof.long_log import documents, news, store
from tests.issuer import Issuer, api_key_entry

KEY, LIMITED = "the-key-of-the-auditor", "the-key-of-a-district"
Store = Database[dict[str, Any]]


class Service:
    """A service with a log, and checkpoints of its first 300 commits and of all 700."""

    def __init__(self, database: Store, folder: Path) -> None:
        self.database = database
        self.log = MongoLog(database, "registry")
        self.signer = Signer("sxsh/registry/2026", Ed25519PrivateKey.generate())
        made = list(documents(news(700)))
        for part in (made[:300], made[300:]):
            store(database["log"], iter(part))
            self.checkpoint()
        keys = folder / "keys.json"
        keys.write_text(
            json.dumps(
                [
                    api_key_entry("auditor", KEY, ["inspector"]),
                    api_key_entry("lan", "r", ["trainer"]),
                    api_key_entry("huyen", LIMITED, ["inspector"], districts=["kim-son"]),
                ]
            )
        )
        self.app = create_app(
            "registry",
            title="Registry",
            settings=Settings(service="registry", mongodb_uri="", mongodb_database=""),
            authenticator=Issuer(folder).authenticator(keys),
            blueprints=[],
            container=None,
            log=self.log,
            database=database,
        )
        self.url = ""

    def checkpoint(self) -> None:
        Checkpointer(self.log, self.database, self.signer).make()

    def client(self, origin: str = "sxsh/registry") -> ProofClient:
        return ProofClient(self.url, KEY, origin, [self.signer.verifier])


def get(http: FlaskClient, path: str, status: int = 200, key: str = KEY) -> Any:
    answer = http.get(f"/api/v1{path}", headers={"X-Api-Key": key})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_json()
