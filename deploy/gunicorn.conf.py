"""How the four services are served; the address comes from the command line (`--bind`) or `BIND`.

One worker a service: requests wait on MongoDB, not on Python, and concurrent writes of one process share one
ordered insert (group commit). More workers are safe; start more containers instead, so each is one process.
"""

import gc
import os
from typing import Any

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("WEB_THREADS", "16"))
#: A worker whose main loop stands still this long is replaced; long reads (the feed) are not affected.
timeout = 60
graceful_timeout = 10
keepalive = 15
backlog = 512
#: The most that gunicorn allows; whatever is longer gets its own 414, which the API documents.
limit_request_line = 8190
#: gunicorn's control socket is one a user, so four services on one machine would fight over it.
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
#: MongoDB connections must not cross a fork.
preload_app = False


def on_starting(server: Any) -> None:
    """Read the settings once before any worker: a missing one ends the process with 2, told once.

    Left to the workers, gunicorn would start them over and over.
    """
    from services.eventkit.identity import Authenticator
    from services.eventkit.settings import Settings

    package, _, name = server.app.app_uri.partition(":")[0].removesuffix(".app").rpartition(".")
    if package == "services":
        Authenticator.from_settings(Settings.from_env(name))
    gc.freeze()


def post_worker_init(_worker: Any) -> None:
    """The app is held to the end: no collection need look at it, least of all the last."""
    gc.freeze()
