"""The composition root of the audits service: settings in, WSGI app out."""

from __future__ import annotations

from typing import Any

import mongoengine
from flask import Flask
from pymongo import MongoClient

from services.audits.api import blueprints
from services.audits.api.imports import import_kinds
from services.audits.container import Container
from services.audits.domain.catalogue import catalogue
from services.audits.views import CHECKPOINT, VIEWS
from services.audits.views.common import ALIAS
from services.eventkit.bulk import Imports, PlainKeys
from services.eventkit.commands import CommandBus
from services.eventkit.directory import Directory
from services.eventkit.export import with_exports
from services.eventkit.feed_client import FeedClient
from services.eventkit.http import create_app as http_app
from services.eventkit.identity import Authenticator
from services.eventkit.mongo_log import MongoLog
from services.eventkit.settings import Settings
from services.eventkit.starting import started
from services.eventkit.views import ViewUpdater


def build(settings: Settings) -> Container:
    """Connects, and creates the indexes that are missing. Call it after a fork."""
    client: MongoClient[dict[str, Any]] = mongoengine.connect(
        settings.mongodb_database,
        alias=ALIAS,
        host=settings.mongodb_uri,
        tz_aware=True,
        uuidRepresentation="standard",
        serverSelectionTimeoutMS=5000,
        appname="sxsh-audits",
        **settings.mongodb_options,
    )
    database = client[settings.mongodb_database]
    log = MongoLog(database, "audits")
    log.prepare()
    feed = FeedClient(settings.need("registry_url"), settings.need("service_api_key"))
    directory = Directory(database, feed)
    directory.ensure_indexes()
    bus = CommandBus(log, catalogue)
    updater = ViewUpdater(log, catalogue, VIEWS, database, CHECKPOINT)
    kinds = import_kinds(directory, updater)
    return Container(
        database=database,
        log=log,
        bus=bus,
        directory=directory,
        updater=updater,
        imports=Imports(database, bus, kinds, PlainKeys(), most_bytes=settings.max_upload_bytes),
    )


def create_app(settings: Settings | None = None, container: Container | None = None) -> Flask:
    settings = settings or Settings.from_env("audits")
    built = container or started(build, settings)
    return http_app(
        "audits",
        title="Assessments of cleaner production",
        settings=settings,
        authenticator=Authenticator.from_settings(settings),
        blueprints=with_exports(blueprints(), built.updater.refresh),
        container=built,
        log=built.log,
        database=built.database,
        readiness={"mongodb": lambda: built.database.client.admin.command("ping")},
    )
