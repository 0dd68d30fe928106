"""The app factory of all services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import Blueprint as FlaskBlueprint
from flask import Flask, current_app
from flask.json.provider import JSONProvider
from pymongo.database import Database

from services.eventkit import telemetry, tracing
from services.eventkit.blocks import Blocks
from services.eventkit.http import docs, health, openapi, problems, requests
from services.eventkit.http.access import assert_rights
from services.eventkit.http.blueprint import Blueprint
from services.eventkit.http.event import event_blueprint
from services.eventkit.http.feed import feed_blueprint
from services.eventkit.http.proofs import proof_blueprint
from services.eventkit.http.rates import Rates
from services.eventkit.http.revocations import revocations_blueprint
from services.eventkit.identity import Authenticator
from services.eventkit.identity.revocations import Revocations
from services.eventkit.log import EventLog
from services.eventkit.proof.proofs import Proofs
from services.eventkit.proof.verifications import Verifications
from services.eventkit.search import Search
from services.eventkit.settings import Settings


@dataclass(frozen=True)
class _Extension:
    container: Any
    quiet: frozenset[str]


class _Json(JSONProvider):
    """Dates as ISO days, Decimals as strings, quickly."""

    _encoder = msgspec.json.Encoder(decimal_format="string")

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return self._encoder.encode(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return msgspec.json.decode(s)


def service() -> Any:
    """The composition root's container of the present app."""
    return current_app.extensions["sxsh"].container


def create_app(
    name: str,
    *,
    title: str,
    settings: Settings,
    authenticator: Authenticator,
    blueprints: Iterable[Blueprint],
    container: Any,
    log: EventLog | None = None,
    database: Database[dict[str, Any]] | None = None,
    readiness: Mapping[str, health.Check] | None = None,
    pages: Iterable[FlaskBlueprint] = (),
    cookie: str | None = None,
) -> Flask:
    """The WSGI app of one service: its blueprints under ``/api/v1``, the feed of `log`, health and docs.

    `database` holds what is revoked, and the log's checkpoints, tree and blocks: with it, proofs of the log
    are served, and a search need not read all of it. `pages` are for people, outside of the API; `cookie`
    names the one in which their browser keeps the token.
    Raises RuntimeError when a route declares no rights.
    """
    telemetry.configure_logging(name, settings.log_level)
    tracing.start(settings, name)
    app = Flask(f"sxsh.{name}", static_folder=None, root_path=__file__.rpartition("/")[0])
    app.json = _Json(app)
    app.url_map.strict_slashes = True
    app.url_map.redirect_defaults = False
    app.url_map.merge_slashes = False
    app.extensions["sxsh"] = _Extension(container, health.ROUTES)
    problems.install(app)
    revocations = None if database is None else Revocations(database)
    authenticator.revocations = revocations
    requests.install(
        app, authenticator, settings.max_body_bytes, settings.max_upload_bytes, cookie, _rates(settings)
    )
    api = openapi.make_api(app, title)
    for blueprint in [*blueprints, *_of_log(log, database, revocations)]:
        api.add(blueprint)
    app.register_blueprint(health.health_blueprint(name, readiness or {}))
    app.register_blueprint(docs.docs_blueprint(openapi.Document(api, app, settings.base_path)))
    for each in pages:
        app.register_blueprint(each)
    assert_rights(app)
    return app


def _of_log(
    log: EventLog | None, database: Database[dict[str, Any]] | None, revocations: Revocations | None
) -> Iterator[Blueprint]:
    if log is None:
        return
    blocks = None if database is None else Blocks(log, database)
    if blocks is not None:
        blocks.prepare()
    search = Search(log, blocks)
    yield feed_blueprint(log, search)
    yield event_blueprint(log.source, search)
    if database is not None:
        yield proof_blueprint(Proofs(log.source, database), Verifications(database))
    if revocations is not None:
        yield revocations_blueprint(revocations)


def _rates(settings: Settings) -> Rates | None:
    if not settings.rate_limit:
        return None
    return Rates(settings.rate_limit, frozenset(settings.forwarded_allow_ips.replace(" ", "").split(",")))
