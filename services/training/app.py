"""The composition root of the training service: settings in, WSGI app out."""

from __future__ import annotations

import base64
from typing import Any

import mongoengine
from flask import Flask
from pymongo import MongoClient

from services.eventkit.bulk import Imports, VaultKeys
from services.eventkit.commands import CommandBus
from services.eventkit.directory import Directory
from services.eventkit.export import with_exports
from services.eventkit.feed_client import FeedClient
from services.eventkit.http import create_app as http_app
from services.eventkit.identity import Authenticator
from services.eventkit.mongo_log import MongoLog
from services.eventkit.persons import MongoKeys, PersonVault
from services.eventkit.settings import Settings
from services.eventkit.starting import started
from services.eventkit.views import ViewUpdater
from services.training.api import blueprints
from services.training.api.imports import import_kinds
from services.training.container import Container
from services.training.domain.events import catalogue
from services.training.views import VIEWS
from services.training.views.common import ALIAS

#: Seconds that a request waits for the registry's feed at most, and once more when it tries again.
FEED_TIMEOUT = 3.0


def build(settings: Settings) -> Container:
    """Connects, and creates the indexes that are missing. Call it after a fork."""
    client: MongoClient[dict[str, Any]] = mongoengine.connect(
        settings.mongodb_database,
        alias=ALIAS,
        host=settings.mongodb_uri,
        tz_aware=True,
        uuidRepresentation="standard",
        serverSelectionTimeoutMS=5000,
        appname="sxsh-training",
        **settings.mongodb_options,
    )
    database = client[settings.mongodb_database]
    log = MongoLog(database, "training")
    log.prepare()
    feed = FeedClient(settings.need("registry_url"), settings.need("service_api_key"), FEED_TIMEOUT)
    directory = Directory(database, feed)
    directory.ensure_indexes()
    vault = PersonVault(
        MongoKeys(client[f"{settings.mongodb_database}_keys"]),
        base64.b64decode(settings.need("person_master_key")),
    )
    bus = CommandBus(log, catalogue)
    kinds = import_kinds(bus, directory, vault)
    return Container(
        database=database,
        log=log,
        bus=bus,
        directory=directory,
        vault=vault,
        updater=ViewUpdater(log, catalogue, VIEWS, database),
        imports=Imports(database, bus, kinds, VaultKeys(vault), most_bytes=settings.max_upload_bytes),
    )


def create_app(settings: Settings | None = None, container: Container | None = None) -> Flask:
    settings = settings or Settings.from_env("training")
    built = container or started(build, settings)
    return http_app(
        "training",
        title="Trainings and awareness surveys",
        settings=settings,
        authenticator=Authenticator.from_settings(settings),
        blueprints=with_exports(blueprints(), built.updater.refresh),
        container=built,
        log=built.log,
        database=built.database,
        readiness={"mongodb": lambda: built.database.client.admin.command("ping")},
    )
