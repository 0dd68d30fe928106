"""The composition root of the reading side: settings in, WSGI app out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from pymongo import MongoClient

from services.eventkit.feed_client import FeedClient
from services.eventkit.http import create_app as http_app
from services.eventkit.identity import Authenticator
from services.eventkit.settings import Settings
from services.kpi.api import blueprints
from services.kpi.api.exports import with_tables
from services.kpi.container import Container
from services.kpi.domain.facts import SOURCES
from services.kpi.past.register import Register
from services.kpi.views.lag import Logs
from services.kpi.views.live import LiveCube
from services.kpi.views.moments import Moments
from services.kpi.views.past import Past
from services.kpi.views.store import ProjectionStore

#: A feed is only asked for its head here: when it is slow, its lag is shown as unknown.
FEED_TIMEOUT = 2.0


def build(settings: Settings) -> Container:
    """Connects lazily; the only threads started are those of the driver. Call it after a fork."""
    client: MongoClient[dict[str, Any]] = MongoClient(
        settings.mongodb_uri, tz_aware=True, serverSelectionTimeoutMS=2000, appname="sxsh-kpi"
    )
    store = ProjectionStore(client[settings.mongodb_database])
    feeds: dict[str, FeedClient] = {
        source: FeedClient(settings.need(f"{source}_url"), settings.need("service_api_key"), FEED_TIMEOUT)
        for source in SOURCES
    }
    return assemble(store, feeds, settings.topic_partitions)


def assemble(store: ProjectionStore, feeds: Mapping[str, FeedClient], partitions: int) -> Container:
    """Of a store, and the feeds of the logs by source."""
    live, moments = LiveCube(store, partitions), Moments(feeds, store.database)
    past = Past(store, live, moments, Register(store.database), partitions)
    return Container(store, live, Logs(feeds), past)


def create_app(settings: Settings | None = None, container: Container | None = None) -> Flask:
    settings = settings or Settings.from_env("kpi")
    built = container or build(settings)
    return http_app(
        "kpi",
        title="Targets of the cleaner-production plan",
        settings=settings,
        authenticator=Authenticator.from_settings(settings),
        blueprints=with_tables(blueprints()),
        container=built,
        readiness={"mongodb": lambda: built.store.database.client.admin.command("ping")},
    )
