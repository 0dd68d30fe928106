"""The three logs filled with a province, and the real HTTP feeds of them in a process of their own.

`python -m bench.feeds URI DATABASE KEYS_FILE` serves what `fill` wrote: it prints its three addresses.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from werkzeug.serving import WSGIRequestHandler, make_server

from bench.progress import tell
from bench.province import Province, Told
from bench.world import World
from services.eventkit.commits import NewCommit
from services.eventkit.errors import SxshError
from services.eventkit.feed_client import FeedClient
from services.eventkit.http import create_app
from services.eventkit.identity import Authenticator
from services.eventkit.mongo_log import MongoLog
from services.eventkit.settings import Settings
from services.kpi.domain.facts import SOURCES, Source

#: Commits handed to a log at once while filling.
CHUNK = 2000
#: Events after which it is said how far that is.
SAY = 200_000


def log_of(client: MongoClient[dict[str, Any]], name: str, source: Source) -> MongoLog:
    return MongoLog(client[f"{name}_{source}"], source)


def filled(world: World, name: str, province: Province) -> int:
    """A province written into three logs, once; how many events that are."""
    return world.once(name, lambda: fill(world, name, province.commits()))


def dropped(world: World, name: str) -> None:
    for source in SOURCES:
        world.client.drop_database(f"{name}_{source}")
    world.forget(name)


def fill(world: World, name: str, told: Iterator[Told]) -> int:
    """Write what is told into the three logs of this name; how many events that are."""
    logs = {source: log_of(world.client, name, source) for source in SOURCES}
    for log in logs.values():
        log.prepare()
    waiting: dict[Source, list[NewCommit]] = {source: [] for source in SOURCES}
    events, said = 0, 0
    while chunk := list(islice(told, CHUNK)):
        for source, new in chunk:
            waiting[source].append(new)
            events += len(new.events)
        for source, commits in waiting.items():
            for result in logs[source].append_many(commits):
                if isinstance(result, SxshError):
                    raise result
            commits.clear()
        if events - said >= SAY:
            said = events
            tell(f"{name}: {events:,} events are in the logs")
    return events


@contextlib.contextmanager
def serving(world: World, name: str) -> Iterator[Mapping[Source, FeedClient]]:
    """Clients of the feeds, which another process serves."""
    argv = [sys.executable, "-m", "bench.feeds", world.mongo.uri, name, str(world.identity.api_keys.path)]
    log = (world.folder / "logs" / "feeds.log").open("ab")
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout is not None
        urls: dict[Source, str] = json.loads(process.stdout.readline())
        yield {s: FeedClient(urls[s], world.identity.service_key, timeout=30) for s in SOURCES}
    finally:
        process.terminate()
        process.wait()
        log.close()


class _Silent(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        pass


def _serve(uri: str, name: str, keys: Path) -> None:
    client: MongoClient[dict[str, Any]] = MongoClient(uri)
    urls, threads = {}, []
    for source in SOURCES:
        settings = Settings(service=source, mongodb_uri=uri, mongodb_database=f"{name}_{source}")
        authenticator = Authenticator(
            issuer="bench", audience="bench", jwks_url=keys.as_uri(), api_keys_file=str(keys)
        )
        app = create_app(
            source,
            title=source,
            settings=settings,
            authenticator=authenticator,
            blueprints=[],
            container=None,
            log=log_of(client, name, source),
        )
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
        urls[source] = f"http://127.0.0.1:{server.server_port}"
        threads.append(threading.Thread(target=server.serve_forever, daemon=True))
    for thread in threads:
        thread.start()
    sys.stdout.write(json.dumps(urls) + "\n")
    sys.stdout.flush()
    os.close(1)
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
