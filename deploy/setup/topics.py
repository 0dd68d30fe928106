"""The topics of a deployment, with the number of partitions that all services share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.eventkit.cloudevents import topic_of
from services.eventkit.relay.kafka import ensure_topic
from services.eventkit.settings import kafka_security

LOGS = ("registry", "audits", "training", "kpi")


def set_up_topics(environ: Mapping[str, str]) -> Iterator[str]:
    """What was done, in sentences. Raises `KafkaError`, KeyError or ValueError for a setting. A relay would
    make its own, too: here it is seen at once whether the broker lets topics be made."""
    security = kafka_security(environ)
    bootstrap, partitions = environ["KAFKA_BOOTSTRAP_SERVERS"], int(environ.get("TOPIC_PARTITIONS") or 6)
    for log in LOGS:
        for topic, wanted in ((topic_of(log), partitions), (f"sxsh.{log}.checkpoints", 1)):
            ensure_topic(bootstrap, topic, wanted, security)
            yield f"{topic}: {wanted} partitions"
