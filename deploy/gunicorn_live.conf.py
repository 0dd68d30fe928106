"""How the stream of news of kpi (`services.kpi.live`) is served.

A stream waits nearly all of its life, so each is a greenlet. One worker: all streams share one look at the
projection.
"""

from gevent import monkey

monkey.patch_all()  # before anything takes a socket, a lock or an SSL context for itself

import contextlib  # noqa: E402
import gc  # noqa: E402
import os  # noqa: E402
import resource  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from typing import Any  # noqa: E402

from services.eventkit.identity import Authenticator  # noqa: E402
from services.eventkit.settings import Settings  # noqa: E402

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gevent"
workers = 1
#: Beside the streams: who is told that there are too many, health, metrics.
worker_connections = int(os.environ.get("LIVE_CONNECTIONS", "4000")) + 200
timeout = 60
graceful_timeout = 5
#: Whoever has listened asks nothing more, and must not hold up the end.
keepalive = 1
backlog = 2048
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
preload_app = False


def on_starting(_server: Any) -> None:
    """A setting that is missing ends the process with 2, told once; each stream needs a file descriptor."""
    Authenticator.from_settings(Settings.from_env("kpi", process="live"))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Streams would hold up the end until they were cut off: they end by themselves when asked to. What is
    held by now is held to the end: no collection need look at it, least of all the last."""
    gc.freeze()

    def stop_streams() -> None:
        while worker.alive:
            time.sleep(0.2)
        worker.wsgi.extensions["sxsh"].container.stop()

    threading.Thread(target=stop_streams, name="stop", daemon=True).start()
