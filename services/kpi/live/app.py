"""The composition root of the stream: settings in, WSGI app out. Served by a worker that waits cheaply."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, request

from services.eventkit.http import allow, principal, service
from services.eventkit.http import create_app as http_app
from services.eventkit.identity import Authenticator
from services.eventkit.settings import Settings
from services.eventkit.starting import started
from services.kpi.app import build
from services.kpi.container import Container
from services.kpi.live.hub import Hub
from services.kpi.live.news import news_of, version_of
from services.kpi.pages import COOKIE
from services.kpi.views.lag import Lag
from services.kpi.views.store import applied_by_all

#: A proxy must hand on each frame at once.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Vary": "Origin"}


def create_app(settings: Settings | None = None, container: Container | None = None) -> Flask:
    settings = settings or Settings.from_env("kpi", process="live")
    built = container or started(build, settings)
    return http_app(
        "kpi-live",
        title="News for open pages",
        settings=settings,
        authenticator=Authenticator.from_settings(settings),
        blueprints=[],
        container=hub_of(built, settings.topic_partitions, settings.live_connections),
        database=built.store.database,
        pages=[stream_blueprint(settings.pages_url)],
        cookie=COOKIE,
        readiness={"mongodb": lambda: built.store.database.client.admin.command("ping")},
    )


def hub_of(built: Container, partitions: int, most: int) -> Hub:
    position: dict[str, int] = {}

    def version() -> str:
        pointer = built.store.pointer()
        found = built.store.partitions(pointer.generation) if pointer else []
        position.update(applied_by_all(found, (pointer and pointer.partitions) or partitions))
        return version_of(pointer.generation if pointer else "", found, built.official.book.position())

    def lags() -> list[Lag]:
        return built.logs.lag(position) if position else []

    return Hub(version, lags, news_of, most)


def stream_blueprint(pages_url: str | None) -> Blueprint:
    """`pages_url` is where the pages are, when that is another origin than the stream's."""
    blueprint = Blueprint("live", __name__)
    trusted = "{0.scheme}://{0.netloc}".format(urlsplit(pages_url)) if pages_url else None

    @blueprint.get("/live")
    @allow()
    def listen() -> Response:
        hub: Hub = service()
        answer = Response(hub.listen(principal().id), mimetype="text/event-stream", headers=HEADERS)
        if trusted is not None and request.headers.get("Origin") == trusted:
            answer.headers["Access-Control-Allow-Origin"] = trusted
            answer.headers["Access-Control-Allow-Credentials"] = "true"
        return answer

    return blueprint
