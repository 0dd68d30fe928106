"""The composition root: settings in, the parts of the service out."""

from __future__ import annotations

import base64
from typing import Any

import mongoengine
from flask import Flask
from pymongo import MongoClient

from services.eventkit.bulk import Imports, VaultKeys
from services.eventkit.commands import CommandBus
from services.eventkit.export import with_exports
from services.eventkit.http import create_app as http_app
from services.eventkit.identity import Authenticator
from services.eventkit.mongo_log import MongoLog
from services.eventkit.persons import MongoKeys, PersonVault
from services.eventkit.settings import Settings
from services.eventkit.starting import started
from services.eventkit.states import States
from services.eventkit.views import ViewUpdater
from services.registry.api import blueprints
from services.registry.api.imports import import_kinds
from services.registry.container import Container
from services.registry.domain.events import catalogue
from services.registry.views import VIEWS
from services.registry.views.duplicates import share_keys
from services.registry.views.merges import MergeBook
from services.registry.views.models import ALIAS, order_names
from services.registry.views.plans import prepare_tasks


def build(settings: Settings) -> Container:
    """Connects to MongoDB and makes the indexes. Call it after a fork."""
    within = settings.mongodb_options
    client: MongoClient[dict[str, Any]] = MongoClient(settings.mongodb_uri, appname="sxsh-registry", **within)
    database = client[settings.mongodb_database]
    mongoengine.disconnect(ALIAS)
    mongoengine.connect(settings.mongodb_database, alias=ALIAS, host=settings.mongodb_uri, **within)
    log = MongoLog(database, "registry")
    log.prepare()
    vault = PersonVault(
        MongoKeys(client[f"{settings.mongodb_database}_keys"]),
        base64.b64decode(settings.need("person_master_key")),
    )
    for view in VIEWS:
        view.document.ensure_indexes()
    order_names()
    share_keys()
    prepare_tasks(database)
    bus = CommandBus(log, catalogue, States(database))
    return Container(
        database=database,
        log=log,
        bus=bus,
        vault=vault,
        updater=ViewUpdater(log, catalogue, VIEWS, database),
        merges=MergeBook(log, catalogue),
        imports=Imports(
            database, bus, import_kinds(bus), VaultKeys(vault), most_bytes=settings.max_upload_bytes
        ),
    )


def create_app(settings: Settings | None = None, container: Container | None = None) -> Flask:
    settings = settings or Settings.from_env("registry")
    built = container or started(build, settings)
    return http_app(
        "registry",
        title="Registry of industrial facilities",
        settings=settings,
        authenticator=Authenticator.from_settings(settings),
        blueprints=with_exports(blueprints(), built.updater.refresh),
        container=built,
        log=built.log,
        database=built.database,
        readiness={"log": built.log.head},
    )
