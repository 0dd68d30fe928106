"""The composition root of the reading side: settings in, WSGI app out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import mongoengine
from flask import Flask
from pymongo import MongoClient

from services.eventkit.commands import CommandBus
from services.eventkit.export import with_exports
from services.eventkit.feed_client import FeedClient
from services.eventkit.http import create_app as http_app
from services.eventkit.identity import Authenticator
from services.eventkit.mongo_log import MongoLog
from services.eventkit.settings import Settings, SettingsError
from services.eventkit.starting import started
from services.eventkit.views import ViewUpdater
from services.kpi.api import blueprints
from services.kpi.api.exports import with_tables
from services.kpi.collecting import ANSWERS, seldom_collect
from services.kpi.container import Container, Officials
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.official import catalogue
from services.kpi.neighbours import Neighbours
from services.kpi.pages import COOKIE, Signing, pages_blueprint
from services.kpi.past.register import Register
from services.kpi.reports.letterhead import Letterhead, letterhead
from services.kpi.reports.routes import blueprint as reports
from services.kpi.views.lag import Logs
from services.kpi.views.live import LiveCube
from services.kpi.views.moments import Moments
from services.kpi.views.official import ALIAS, VIEWS, OfficialBook
from services.kpi.views.past import Past
from services.kpi.views.store import ProjectionStore
from services.kpi.views.traced import Trace

#: A feed is only asked for its head here: when it is slow, its lag is shown as unknown.
FEED_TIMEOUT = 2.0


def build(settings: Settings) -> Container:
    """Connects to MongoDB and makes the indexes of the log. Call it after a fork."""
    seldom_collect(ANSWERS)
    client: MongoClient[dict[str, Any]] = MongoClient(
        settings.mongodb_uri,
        tz_aware=True,
        serverSelectionTimeoutMS=2000,
        appname="sxsh-kpi",
        **settings.mongodb_options,
    )
    store = ProjectionStore(client[settings.mongodb_database])
    feeds: dict[str, FeedClient] = {
        source: FeedClient(settings.need(f"{source}_url"), settings.need("service_api_key"), FEED_TIMEOUT)
        for source in SOURCES
    }
    neighbours = Neighbours({source: settings.need(f"{source}_url") for source in SOURCES})
    officials = build_officials(settings)
    return assemble(store, feeds, settings.topic_partitions, officials, neighbours, _letterhead(settings))


def _letterhead(settings: Settings) -> Letterhead:
    """Of the file that a deployment names. Raises `SettingsError` when it is not there, or no letterhead."""
    try:
        return letterhead(settings.report_letterhead)
    except (OSError, ValueError) as error:
        wrong = SettingsError(settings.service, [f"REPORT_LETTERHEAD can not be read: {error}."])
        sys.stderr.write(str(wrong))
        raise wrong from None


def assemble(
    store: ProjectionStore,
    feeds: Mapping[str, FeedClient],
    partitions: int,
    official: Officials,
    neighbours: Neighbours,
    head: Letterhead | None = None,
) -> Container:
    """Of a store, the feeds of the logs and the services by source, and the log of official values."""
    live, moments = LiveCube(store, partitions), Moments(feeds, store.database)
    past = Past(store, live, moments, Register(store.database))
    return Container(
        store, live, Logs(feeds), past, Trace(feeds), official, neighbours, letterhead=head or letterhead()
    )


def build_officials(settings: Settings) -> Officials:
    """The log of official values with what reads it: all that its relay needs, too."""
    within = settings.mongodb_options
    client: MongoClient[dict[str, Any]] = MongoClient(settings.mongodb_uri, appname="sxsh-kpi", **within)
    database = client[settings.mongodb_database]
    mongoengine.disconnect(ALIAS)
    mongoengine.connect(settings.mongodb_database, alias=ALIAS, host=settings.mongodb_uri, **within)
    log = MongoLog(database, "kpi")
    log.prepare()
    for view in VIEWS:
        view.document.ensure_indexes()
    return Officials(
        log=log,
        bus=CommandBus(log, catalogue),
        book=OfficialBook(log),
        updater=ViewUpdater(log, catalogue, VIEWS, database),
    )


def create_app(settings: Settings | None = None, container: Container | None = None) -> Flask:
    settings = settings or Settings.from_env("kpi")
    built = container or started(build, settings)
    authenticator = Authenticator.from_settings(settings)
    return http_app(
        "kpi",
        title="Targets of the cleaner-production plan",
        settings=settings,
        authenticator=authenticator,
        blueprints=with_exports(
            with_tables([*blueprints(), reports]), built.official.updater.refresh, name="lists"
        ),
        container=built,
        log=built.official.log,
        database=built.store.database,
        pages=[pages_blueprint(Signing.of(settings, authenticator, built.store.database), settings.live_url)],
        cookie=COOKIE,
        readiness={"mongodb": lambda: built.store.database.client.admin.command("ping")},
    )
