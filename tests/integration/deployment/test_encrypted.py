"""Servers that take nobody without TLS, a name and a password: what is set is what is spoken, to the end."""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mongoengine
import pytest
from kafka.admin import (  # type: ignore[attr-defined]
    KafkaAdminClient,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.setup.topics import set_up_topics
from deploy.sxsh.ports import HOST, free_port
from deploy.sxsh.processes import wait_until
from deploy.sxsh.servers import ApacheKafka, MongoServer, kafka_answers
from deploy.sxsh.servers.apache import At
from services.eventkit.cloudevents import topic_of
from services.eventkit.relay.kafka import KafkaPublisher
from services.eventkit.settings import Settings, SettingsError, kafka_security
from services.kpi.projection.projector import new_consumer
from services.registry.app import build, create_app
from services.registry.views.models import ALIAS
from tests.integration.deployment.certificates import Certificates, issued
from tests.integration.registry.people import People, unit
from tests.issuer import Issuer
from tests.servers import ensure_kafka_jars

PASSWORD = "p@ss/word of a service"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return issued(tmp_path_factory.mktemp("certificates"), "ours")


@pytest.fixture(scope="module")
def mongo(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a mongod that demands TLS and SCRAM, without password and without who is believed."""
    folder = tmp_path_factory.mktemp("mongo")
    key = folder / "key"
    key.write_bytes(base64.b64encode(os.urandom(96)))
    key.chmod(0o400)
    demands = ("--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(certificates.server))
    demands += ("--tlsCAFile", str(certificates.authority), "--tlsAllowConnectionsWithoutCertificates")
    server = MongoServer(folder / "data", folder / "mongod.log", options=(*demands, "--keyFile", str(key)))
    server.start()
    try:
        encrypted = f"directConnection=true&tls=true&tlsCAFile={certificates.authority}"
        first = f"mongodb://{HOST}:{server.port}/?{encrypted}"
        with MongoClient[dict[str, Any]](first, serverSelectionTimeoutMS=20_000) as client:
            member = {"_id": 0, "host": f"{HOST}:{server.port}"}
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
            assert wait_until(lambda: client.admin.command("hello")["isWritablePrimary"], 30)
            # The first user, whom alone one without a password may make.
            client.admin.command("createUser", "root", pwd=PASSWORD, roles=["root"])
        with MongoClient[dict[str, Any]](first, username="root", password=PASSWORD) as client:
            rights = [{"role": "readWrite", "db": name} for name in ("sxsh_registry", "sxsh_registry_keys")]
            user = {"pwd": PASSWORD, "roles": rights, "mechanisms": ["SCRAM-SHA-256"]}
            client.admin.command("createUser", "registry", **user)
        yield f"mongodb://registry@{HOST}:{server.port}/?replicaSet=rs0&authSource=admin"
    finally:
        server.stop()


def settings_of(issuer: Issuer, uri: str, password: str = PASSWORD) -> Settings:
    return Settings.from_env(
        "registry",
        environ={
            "MONGODB_URI": f"{uri}&serverSelectionTimeoutMS=1500",
            "MONGODB_PASSWORD": password,
            "OIDC_ISSUER": issuer.issuer,
            "OIDC_AUDIENCE": issuer.audience,
            "OIDC_JWKS_URL": issuer.jwks_url,
            "PERSON_MASTER_KEY": base64.b64encode(bytes(32)).decode(),
        },
    )


def test_a_service_works_on_a_mongod_that_demands_tls_and_a_password(
    mongo: str, certificates: Certificates, tmp_path: Path
) -> None:
    issuer = Issuer(tmp_path)
    settings = settings_of(issuer, f"{mongo}&tls=true&tlsCAFile={certificates.authority}")
    try:
        people = People(create_app(settings, build(settings)), issuer)
        boss = people.sign_in("boss", "admin")
        boss.did("/units", unit("nho-quan", "372", "Huyện Nho Quan"))
        assert [each["id"] for each in boss.read("/units")["items"]] == ["nho-quan"]
    finally:
        mongoengine.disconnect(ALIAS)


def test_without_tls_without_trust_or_with_a_wrong_password_there_is_no_connection(
    mongo: str, certificates: Certificates, tmp_path: Path
) -> None:
    issuer, strangers = Issuer(tmp_path), issued(tmp_path, "strangers")
    for more, password, error in (
        ("", PASSWORD, PyMongoError),
        (f"&tls=true&tlsCAFile={strangers.authority}", PASSWORD, PyMongoError),
        (f"&tls=true&tlsCAFile={certificates.authority}", "wrong", OperationFailure),
    ):
        with pytest.raises(error):
            try:
                build(settings_of(issuer, mongo + more, password))
            finally:
                mongoengine.disconnect(ALIAS)


@pytest.fixture(scope="module")
def kafka_secured(
    certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The settings with which an Apache Kafka is spoken to whose clients need TLS and SCRAM."""
    ensure_kafka_jars()
    folder, at, secured = tmp_path_factory.mktemp("kafka"), At(free_port(), free_port()), free_port()
    for_clients = f"PLAINTEXT://{HOST}:{at.broker},SECURED://{HOST}:{secured}"
    demands = {
        "listeners": f"{for_clients},CONTROLLER://{HOST}:{at.controller}",
        "advertised.listeners": for_clients,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificates.server),
        "listener.name.secured.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.secured.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
    }
    broker = ApacheKafka(folder, lambda name: folder / f"{name}.log", at=[at], more=demands)
    try:
        broker.start()
        broker.wait_ready()
        admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        user = UserScramCredentialUpsertion("sxsh", ScramMechanism.SCRAM_SHA_512, PASSWORD)
        assert admin.alter_user_scram_credentials([user]) == {"sxsh": None}
        admin.close()
        password = folder / "password"
        password.write_text(f"{PASSWORD}\n")
        yield {
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{secured}",
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SSL_CAFILE": str(certificates.authority),
            "KAFKA_SASL_USERNAME": "sxsh",
            "KAFKA_SASL_PASSWORD_FILE": str(password),
        }
    finally:
        broker.stop()


def test_relay_and_projector_speak_to_a_broker_that_demands_tls_and_a_password(
    kafka_secured: dict[str, str],
) -> None:
    assert len(list(set_up_topics({**kafka_secured, "TOPIC_PARTITIONS": "2"}))) == 8
    bootstrap, security = kafka_secured["KAFKA_BOOTSTRAP_SERVERS"], kafka_security(kafka_secured)
    topic, said = topic_of("registry"), uuid.uuid4().bytes
    publisher = KafkaPublisher(bootstrap, security)
    try:
        publisher.send(topic, 1, b"facility:f-1", said)
        publisher.flush()
    finally:
        publisher.close()
    consumer = new_consumer(bootstrap, "secured", security=security)
    try:
        consumer.subscribe([topic])
        heard: list[bytes] = []

        def has_heard() -> bool:
            heard.extend(r.value for rs in consumer.poll(timeout_ms=200).values() for r in rs)
            return said in heard

        assert wait_until(has_heard, 60)
    finally:
        consumer.close(autocommit=False)


def test_a_broker_lets_nobody_in_otherwise(kafka_secured: dict[str, str], tmp_path: Path) -> None:
    bootstrap = kafka_secured["KAFKA_BOOTSTRAP_SERVERS"]
    assert not kafka_answers(bootstrap)
    (tmp_path / "wrong").write_text("wrong")
    strangers = issued(tmp_path, "strangers")
    for changed in (
        {"KAFKA_SASL_PASSWORD_FILE": str(tmp_path / "wrong")},
        {"KAFKA_SSL_CAFILE": str(strangers.authority)},
    ):
        options = kafka_security({**kafka_secured, **changed}).options()
        with pytest.raises(KafkaError):
            KafkaAdminClient(
                bootstrap_servers=bootstrap, bootstrap_timeout_ms=2000, request_timeout_ms=2000, **options
            )


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "must be one of PLAINTEXT, SSL"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "sxsh"}, "needs KAFKA_SASL_USERNAME"),
        ({"KAFKA_SASL_USERNAME": "sxsh", "KAFKA_SASL_PASSWORD": "x"}, "need KAFKA_SECURITY_PROTOCOL"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CAFILE": "/nowhere/ca.pem"}, "is not there"),
        ({"KAFKA_SASL_MECHANISM": "GSSAPI"}, "KAFKA_SASL_MECHANISM must be one of"),
    ],
)
def test_what_does_not_go_together_is_said_at_the_start(environ: dict[str, str], says: str) -> None:
    given = {"MONGODB_URI": "mongodb://x/", "KAFKA_BOOTSTRAP_SERVERS": "x:1", **environ}
    given["PERSON_MASTER_KEY"] = base64.b64encode(bytes(32)).decode()
    with pytest.raises(SettingsError) as wrong:
        Settings.from_env("registry", process="relay", environ=given)
    assert says in wrong.value.message
    with pytest.raises(ValueError, match=says):
        kafka_security(environ)
