"""The projector as a process."""

from __future__ import annotations

import threading
from typing import Any

import structlog
from kafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from services.eventkit import tracing
from services.eventkit.cloudevents import topic_of
from services.eventkit.errors import SxshError
from services.eventkit.feed_client import FeedClient
from services.eventkit.relay.kafka import ensure_topic
from services.eventkit.settings import Settings
from services.eventkit.telemetry import configure_logging, serve_metrics
from services.kpi.collecting import seldom_collect
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.bulk.crew import Crew
from services.kpi.projection.generations import OtherRules
from services.kpi.projection.partition import TooLarge, TooManyPoison
from services.kpi.projection.projector import Projector, consume
from services.kpi.projection.store import Overtaken
from services.kpi.projection.upgrade import NewerRules, ensure_rules

LOG = structlog.get_logger("projector")

PAUSE = 1.0


def feeds_of(settings: Settings) -> dict[str, FeedClient]:
    key = settings.need("service_api_key")
    return {source: FeedClient(settings.need(f"{source}_url"), key, timeout=30.0) for source in SOURCES}


def run_projector(settings: Settings, stop: threading.Event) -> int:
    """Project until `stop`; the exit code (3: too many poison events, an operator must look; 4: the
    projection is of a later release)."""
    configure_logging("kpi", settings.log_level)
    tracing.start(settings, "kpi-projector")
    serve_metrics(settings.metrics_bind)
    seldom_collect()
    bootstrap = settings.need("kafka_bootstrap_servers")
    # What fails is loaded again and goes on where it was.
    database = database_of(settings, retry=False)
    rules = RuleSet.load()
    LOG.info("projector started", bootstrap=bootstrap, rules=rules.key)
    while not stop.is_set():
        try:
            for source in SOURCES:
                ensure_topic(bootstrap, topic_of(source), settings.topic_partitions, settings.kafka_security)
            feeds = feeds_of(settings)
            ensure_rules(
                database,
                rules,
                feeds,
                settings.topic_partitions,
                lambda: not stop.is_set(),
                Crew(settings.mongodb_uri),
            )
            if stop.is_set():
                break
            projector = Projector(
                database, rules, feeds, settings.topic_partitions, go_on=lambda: not stop.is_set()
            )
            consume(projector, bootstrap, stop, security=settings.kafka_security)
        except TooManyPoison as error:
            LOG.critical("stopped", detail=str(error))
            return 3
        except NewerRules as error:
            LOG.critical("stopped", detail=str(error))
            return 4
        except OtherRules as error:
            LOG.warning("switched to other rules", detail=str(error))
        except SxshError as error:
            LOG.warning("the projection can not be built yet, trying again", detail=error.detail)
        except TooLarge as error:
            LOG.warning("too much for one flush, loading anew", detail=str(error))
        except Overtaken as error:
            LOG.warning("another worker has this partition, loading anew", partition=str(error))
        except KafkaError as error:
            LOG.warning("the broker does not answer, trying again", bootstrap=bootstrap, error=repr(error))
        except PyMongoError as error:
            LOG.warning("MongoDB does not answer, trying again", error=type(error).__name__)
        stop.wait(PAUSE)
    LOG.info("projector stopped")
    return 0


def database_of(settings: Settings, *, retry: bool = True) -> Any:
    """Without `retry` a write costs the database a third less, and fails when the primary changes."""
    client: MongoClient[dict[str, Any]] = MongoClient(
        settings.mongodb_uri, appname="sxsh-projector", retryWrites=retry
    )
    return client[settings.mongodb_database]
