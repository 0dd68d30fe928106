"""What a province would lose: a database that lets in whoever asks, or that its services can not use."""

from __future__ import annotations

import base64
from typing import Any

import mongoengine
import pytest
from kafka.admin import KafkaAdminClient  # type: ignore[attr-defined]
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.setup.__main__ import main
from deploy.setup.mongo import USERS, set_up_mongo
from deploy.sxsh.servers import KafkaBroker
from services.eventkit.settings import Settings
from tests.integration.deployment.conftest import Guarded


def test_each_service_reaches_its_own_databases_and_no_other(guarded: Guarded) -> None:
    with MongoClient[dict[str, Any]](f"mongodb://{guarded.member}/?replicaSet=rs0") as nobody:
        with pytest.raises(OperationFailure, match="requires authentication"):
            nobody["sxsh_registry"]["log"].find_one()
        with pytest.raises(OperationFailure):
            nobody.admin.command("createUser", "me", pwd="x", roles=["root"])
    for user, databases in USERS.items():
        with guarded.client(user) as client:
            for database in {name for names in USERS.values() for name in names}:
                if database in databases:
                    client[database]["probe"].insert_one({"by": user})
                    client[database]["probe"].create_index("by")
                    client[database]["probe"].drop()
                else:
                    with pytest.raises(OperationFailure, match="not authorized"):
                        client[database]["log"].find_one()
    with guarded.client("backup") as client:
        assert client["sxsh_registry_keys"]["person_keys"].find_one() is None
        with pytest.raises(OperationFailure, match="not authorized"):
            client["sxsh_registry"]["log"].insert_one({})


def test_it_may_be_run_again_and_then_sets_a_password_that_has_changed(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (guarded.secrets / "mongo_audits").write_text("another one\n")
    for name, value in guarded.environ.items():
        monkeypatch.setenv(name, value)
    assert main(["mongo"]) == 0
    assert "the replica set is there" in capsys.readouterr().out
    with guarded.client("audits") as client:
        client["sxsh_audits"]["log"].find_one()
    (guarded.secrets / "mongo_kpi").write_text("\n")
    assert main(["mongo"]) == 1
    assert "mongo_kpi is empty" in capsys.readouterr().err
    (guarded.secrets / "mongo_kpi").write_text("p@ss/kpi\n")
    monkeypatch.delenv("MONGO_MEMBER")
    assert main(["mongo"]) == 2
    assert capsys.readouterr().err == "MONGO_MEMBER is not set.\n"


def test_whoever_has_another_password_of_root_changes_nothing(guarded: Guarded) -> None:
    before = (guarded.secrets / "mongo_root").read_text()
    (guarded.secrets / "mongo_root").write_text("guessed")
    try:
        with pytest.raises(OperationFailure):
            list(set_up_mongo(guarded.environ))
    finally:
        (guarded.secrets / "mongo_root").write_text(before)


@pytest.mark.parametrize("service", USERS)
def test_a_service_is_built_with_its_password_from_a_file(service: str, guarded: Guarded) -> None:
    """All that it does at its start (indexes, collations, blocks) is within its rights."""
    from importlib import import_module

    settings = Settings.from_env(
        service,
        environ={
            "MONGODB_URI": guarded.uri(service),
            "MONGODB_PASSWORD_FILE": str(guarded.secrets / f"mongo_{service}"),
            "OIDC_ISSUER": "https://id.example.vn",
            "OIDC_AUDIENCE": "sxsh",
            "OIDC_JWKS_URL": "https://id.example.vn/certs",
            "PERSON_MASTER_KEY": base64.b64encode(bytes(32)).decode(),
            "REGISTRY_URL": "http://registry:8000",
            "AUDITS_URL": "http://audits:8000",
            "TRAINING_URL": "http://training:8000",
            "SERVICE_API_KEY": "k",
        },
    )
    try:
        app = import_module(f"services.{service}.app").create_app(settings)
        assert app.test_client().get("/readyz").json["status"] == "ready"
    finally:
        mongoengine.disconnect(service)
    with guarded.client(service) as client:
        assert "stream" in client[f"sxsh_{service}"]["log"].index_information()


def test_topics_are_made_once_with_the_partitions_that_were_set(
    own_kafka_broker: KafkaBroker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", own_kafka_broker.bootstrap)
    monkeypatch.setenv("TOPIC_PARTITIONS", "4")
    assert main(["topics"]) == main(["topics"]) == 0
    assert "sxsh.audits.events: 4 partitions" in capsys.readouterr().out
    admin = KafkaAdminClient(bootstrap_servers=own_kafka_broker.bootstrap)
    try:
        made = admin.describe_topics(["sxsh.registry.events", "sxsh.kpi.checkpoints"])
    finally:
        admin.close()
    assert sorted(len(topic["partitions"]) for topic in made) == [1, 4]
