"""What a province would lose: topics that anybody may write to, or a broker that its services can not use.

An Apache Kafka is set up as its image does it, with the very files and environment of compose; only ports and
folders differ.
"""

from __future__ import annotations

import functools
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient  # type: ignore[attr-defined]
from kafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from deploy.setup.__main__ import main
from deploy.setup.brokers import GROUP, PROJECTED, set_up_brokers
from deploy.setup.topics import LOGS, set_up_topics
from deploy.sxsh.ports import HOST, free_port
from deploy.sxsh.processes import Child, wait_until
from deploy.sxsh.servers import java_program, kafka_answers
from deploy.sxsh.servers.jars import jars_folder
from services.eventkit.cloudevents import topic_of
from services.eventkit.kafka_security import KafkaSecurity
from services.eventkit.relay.kafka import KafkaPublisher, ensure_topic
from services.eventkit.settings import kafka_security
from services.kpi.domain.facts import SOURCES
from services.kpi.projection import projector
from services.kpi.projection.projector import new_consumer
from tests.servers import ensure_kafka_jars

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
PARTITIONS = 2


class Broker:
    """`clients` and `inside` are its listeners; `secrets` the folder of passwords."""

    def __init__(self, folder: Path) -> None:
        self.secrets, final, mounted = (folder / name for name in ("secrets", "final", "mounted"))
        for made in (self.secrets, final, mounted, folder / "default"):
            made.mkdir()
        for name in COMPOSE["kafka-setup"]["secrets"]:
            (self.secrets / name).write_text(f"p@ss {name}")
        ports = {"9092": free_port(), "9093": free_port(), "9094": free_port()}
        self.clients, self.inside = f"{HOST}:{ports['9092']}", f"localhost:{ports['9094']}"
        text = (ROOT / "deploy" / "kafka" / "broker" / "server.properties").read_text()
        text = text.replace("//kafka:", f"//{HOST}:").replace("//:", f"//{HOST}:")
        text = re.sub(r"(?<=:)909[234]", lambda found: str(ports[found[0]]), text)
        data = COMPOSE["kafka"]["volumes"][0].removeprefix("kafka:")
        assert data in text and "/run/secrets" in text
        text = text.replace(data, str(folder / "data")).replace("/run/secrets", str(self.secrets))
        (mounted / "server.properties").write_text(text)
        java = [
            str(java_program()),
            "-Xmx320m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            f"{jars_folder()}/*",
        ]
        image = ["kafka.docker.KafkaDockerWrapper", "setup", "--default-configs-dir", f"{folder}/default"]
        image += ["--mounted-configs-dir", str(mounted), "--final-configs-dir", str(final)]
        given = {**COMPOSE["kafka"]["environment"], "CLUSTER_ID": "c3hzaC1rYWZrYS0wMDAwMQ"}
        # A test need not wait for more members of a group.
        given["KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS"] = "0"
        self.made = Child("image", [*java, *image], folder / "image.log", env=given)
        self.server = Child(
            "kafka", [*java, "kafka.Kafka", f"{final}/server.properties"], folder / "kafka.log", env={}
        )

    def start(self) -> None:
        self.made.start()
        assert wait_until(lambda: not self.made.alive, 60) and self.made.exit_code == 0, self.made.last_words(
            9
        )
        self.server.start()
        assert wait_until(lambda: listens(self.inside), 60), self.server.last_words(9)

    @property
    def administrator(self) -> dict[str, str]:
        """The settings of `kafka-setup`."""
        given: dict[str, str] = COMPOSE["kafka-setup"]["environment"]
        assert given["KAFKA_BOOTSTRAP_SERVERS"] == "localhost:9094"
        found = {name: value.replace("/run/secrets", str(self.secrets)) for name, value in given.items()}
        return {**found, "KAFKA_BOOTSTRAP_SERVERS": self.inside}

    def settings(self, container: str) -> dict[str, str]:
        """As compose gives them to one of its containers."""
        named = {k: str(v) for k, v in COMPOSE[container]["environment"].items() if k.startswith("KAFKA_")}
        found = {k: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for k, value in named.items()}
        assert found["KAFKA_BOOTSTRAP_SERVERS"] == "kafka:9092"
        found["KAFKA_SASL_PASSWORD_FILE"] = found["KAFKA_SASL_PASSWORD_FILE"].replace(
            "/run/secrets", str(self.secrets)
        )
        return {**found, "KAFKA_BOOTSTRAP_SERVERS": self.clients, "TOPIC_PARTITIONS": str(PARTITIONS)}

    def user(self, container: str) -> KafkaSecurity:
        return kafka_security(self.settings(container))


def listens(address: str) -> bool:
    host, _, port = address.partition(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    ensure_kafka_jars()
    found = Broker(tmp_path_factory.mktemp("broker"))
    try:
        found.start()
        assert len(list(set_up_brokers(found.administrator))) == 5, found.server.last_words(9)
        assert len(list(set_up_topics(found.settings("topics")))) == 8
        yield found
    finally:
        found.made.kill()
        found.server.kill()


def publish(broker: Broker, user: KafkaSecurity, topic: str) -> None:
    publisher = KafkaPublisher(broker.clients, user)
    try:
        publisher.send(topic, 0, b"facility:f-1", topic.encode())
        publisher.flush()
    finally:
        publisher.close()


def test_each_relay_writes_its_own_topics_and_the_projector_reads_them(broker: Broker) -> None:
    for log in LOGS:
        relay = broker.user(f"{log}-relay")
        for topic, wanted in ((topic_of(log), PARTITIONS), (f"sxsh.{log}.checkpoints", 1)):
            ensure_topic(broker.clients, topic, wanted, relay)
            publish(broker, relay, topic)
    user = broker.user("kpi-projector")
    assert (PROJECTED, GROUP) == (SOURCES, projector.GROUP)
    for source in SOURCES:
        ensure_topic(broker.clients, topic_of(source), PARTITIONS, user)
    with closing(new_consumer(broker.clients, GROUP, security=user)) as consumer:
        consumer.subscribe([topic_of(source) for source in SOURCES])
        heard: set[str] = set()

        def has_heard_all() -> bool:
            heard.update(r.value.decode() for rs in consumer.poll(timeout_ms=200).values() for r in rs)
            return heard == {topic_of(source) for source in SOURCES}

        assert wait_until(has_heard_all, 30), heard
        consumer.commit()


def test_a_relay_whose_clock_is_wrong_publishes_all_the_same(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself the broker refuses what is dated an hour ahead, and drops what is a week old."""
    send, now = KafkaProducer.send, int(time.time() * 1000)
    relay = broker.user("audits-relay")
    ends = TopicPartition(topic_of("audits"), 0)
    for days in (-400, 400):
        dated = now + days * 86_400_000
        monkeypatch.setattr(KafkaProducer, "send", functools.partialmethod(send, timestamp_ms=dated))
        publish(broker, relay, topic_of("audits"))
    with closing(new_consumer(broker.clients, None, security=broker.user("kpi-projector"))) as consumer:
        consumer.assign([ends])
        consumer.seek_to_beginning(ends)
        taken: list[int] = []

        def has_taken() -> bool:
            taken.extend(r.timestamp for rs in consumer.poll(timeout_ms=200).values() for r in rs)
            return len(taken) >= 2

        assert wait_until(has_taken, 20)
        assert all(abs(at - now) < 3_600_000 for at in taken), taken


def test_nobody_writes_or_reads_what_is_not_theirs(broker: Broker) -> None:
    audits, kpi = broker.user("audits-relay"), broker.user("kpi-projector")
    for user, topic in ((audits, topic_of("registry")), (kpi, topic_of("audits")), (audits, "other")):
        with pytest.raises(KafkaError):
            publish(broker, user, topic)
    with closing(new_consumer(broker.clients, None, security=broker.user("registry-relay"))) as consumer:
        consumer.assign([TopicPartition(topic_of("registry"), 0)])
        consumer.seek(TopicPartition(topic_of("registry"), 0), 0)
        with pytest.raises(TopicAuthorizationFailedError):
            wait_until(lambda: bool(consumer.poll(timeout_ms=500)), 5)
    with closing(new_consumer(broker.clients, "another", security=kpi)) as consumer:
        consumer.subscribe([topic_of("registry")])
        with pytest.raises(GroupAuthorizationFailedError):
            wait_until(lambda: bool(consumer.poll(timeout_ms=500)), 5)
    with closing(admin(broker, audits)) as wanting:
        assert wanting.describe_topics([topic_of("registry")])[0]["partitions"] == []
        with pytest.raises(TopicAuthorizationFailedError):
            wanting.delete_topics([topic_of("audits")])


def admin(broker: Broker, user: KafkaSecurity) -> KafkaAdminClient:
    given: dict[str, Any] = {"bootstrap_timeout_ms": 900, "request_timeout_ms": 2000, **user.options()}
    return KafkaAdminClient(bootstrap_servers=broker.clients, **given)


def test_nobody_is_let_in_without_a_password_or_with_a_wrong_one(broker: Broker) -> None:
    assert not kafka_answers(broker.clients)
    password = (broker.secrets / "kafka_admin").read_text()
    for wrong in (
        KafkaSecurity("SASL_PLAINTEXT", None, "SCRAM-SHA-512", "registry", "guessed"),
        KafkaSecurity("SASL_PLAINTEXT", None, "SCRAM-SHA-512", "admin", password),
        KafkaSecurity("SASL_PLAINTEXT", None, "PLAIN", "admin", password),
    ):
        with pytest.raises(KafkaError):
            admin(broker, wrong).close()


def test_a_password_is_changed_by_running_it_again(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = broker.user("training-relay")
    (broker.secrets / "kafka_training").write_text("another\n")
    for name, value in broker.administrator.items():
        monkeypatch.setenv(name, value)
    assert main(["brokers"]) == 0
    assert "training: its password is set, 8 rights" in capsys.readouterr().out
    publish(broker, broker.user("training-relay"), topic_of("training"))
    with pytest.raises(KafkaError):
        admin(broker, before).close()
    (broker.secrets / "kafka_kpi").write_text("\n")
    assert main(["brokers"]) == 1
    assert "kafka_kpi is empty" in capsys.readouterr().err
    (broker.secrets / "kafka_kpi").write_text("p@ss kafka_kpi")


def test_a_restore_drops_the_topics_and_they_are_made_again(broker: Broker) -> None:
    restore = broker.user("restore")
    with closing(admin(broker, restore)) as dropping:
        dropping.delete_topics([topic_of("registry")])
    ensure_topic(broker.clients, topic_of("registry"), PARTITIONS, broker.user("registry-relay"))
    with pytest.raises(KafkaError):
        publish(broker, restore, topic_of("registry"))
