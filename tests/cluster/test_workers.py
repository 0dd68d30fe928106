"""Workers of a service killed and frozen under its clients: whoever asks again gets the one answer."""

from __future__ import annotations

import base64
import itertools
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import urllib3
from pymongo import MongoClient

from deploy.sxsh.environment import PROJECT, api_command
from deploy.sxsh.ports import free_port
from deploy.sxsh.processes import Child, wait_until
from tests.chaos.world import check_chain
from tests.integration.registry.people import facility, unit
from tests.issuer import Issuer

CLIENTS, FACILITIES = 3, 25
#: Seconds after which gunicorn replaces a worker that stands still, and after which a client asks again.
PATIENCE = 4
Receipt = dict[str, Any]


class Service:
    """The registry under gunicorn, two workers, as the launcher starts it."""

    def __init__(self, child: Child, url: str, headers: dict[str, str]) -> None:
        self.child, self.url, self._headers = child, url, headers
        self._http = urllib3.PoolManager(maxsize=CLIENTS, timeout=urllib3.Timeout(PATIENCE), retries=False)
        self.asked_again = 0

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.child.pid).children()

    def ready(self) -> bool:
        try:
            return self._http.request("GET", f"{self.url}/readyz").status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def post(self, path: str, body: Receipt, key: str) -> Receipt:
        """As often as it takes, each time with the same key."""
        while True:
            try:
                answer = self._http.request(
                    "POST",
                    f"{self.url}/api/v1{path}",
                    json=body,
                    headers={**self._headers, "Idempotency-Key": key},
                )
            except urllib3.exceptions.HTTPError:
                self.asked_again += 1
                continue
            if answer.status in (429, 500, 502, 503, 504):
                self.asked_again += 1
                time.sleep(0.2)
                continue
            assert answer.status == 201, answer.data
            return dict(answer.json())


@pytest.fixture
def service(mongo_uri: str, database_name: str, tmp_path: Path) -> Iterator[Service]:
    issuer, port = Issuer(tmp_path), free_port()
    environment = {
        **os.environ,
        "MONGODB_URI": mongo_uri,
        "MONGODB_DATABASE": database_name,
        "PERSON_MASTER_KEY": base64.b64encode(b"k" * 32).decode(),
        "OIDC_ISSUER": issuer.issuer,
        "OIDC_AUDIENCE": issuer.audience,
        "OIDC_JWKS_URL": issuer.jwks_url,
        "WEB_CONCURRENCY": "2",
    }
    command = [*api_command("registry", port), "--timeout", str(PATIENCE)]
    child = Child("registry", command, tmp_path / "registry.log", env=environment, cwd=PROJECT)
    made = Service(child, f"http://127.0.0.1:{port}", issuer.bearer("lan", ["admin"]))
    child.start()
    try:
        assert wait_until(made.ready, 60, 0.2), child.last_words(20)
        yield made
    finally:
        for worker in made.workers():
            worker.send_signal(signal.SIGCONT)
        child.stop()


def register_in_bad_weather(service: Service, dice: random.Random) -> list[str]:
    """Clients register facilities while workers die and stand still; the ids that they were told."""
    province = unit("ninh-binh", "37", "Tỉnh Ninh Bình", level="province", kind="province")
    service.post("/units", province, "province")
    service.post("/units", unit("nho-quan", "372", "Huyện Nho Quan", parent_id="ninh-binh"), "district")
    told: list[str] = []
    over = threading.Event()

    def client(number: int) -> None:
        for each in itertools.count():
            if each >= FACILITIES and over.is_set():
                return
            name = f"{number}-{each}"
            told.append(service.post("/facilities", facility(name), name)["id"])

    def weather() -> None:
        """One is frozen for longer than it may be, once; others are killed."""
        blows = ["freeze", *["kill"] * 4]
        dice.shuffle(blows)
        for blow in blows:
            time.sleep(dice.uniform(0.3, 1.5))
            workers = service.workers()
            if workers:
                dice.choice(workers).send_signal(signal.SIGSTOP if blow == "freeze" else signal.SIGKILL)
        over.set()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    blowing = threading.Thread(target=weather)
    for thread in (blowing, *threads):
        thread.start()
    for thread in (blowing, *threads):
        thread.join()
    assert service.asked_again, "nobody noticed: nothing was tried"
    return told


def test_two_workers_answer(service: Service) -> None:
    assert wait_until(lambda: len(service.workers()) == 2, 30, 0.1)
    seen: set[bytes] = set()

    def both() -> bool:
        """Each request by a connection of its own, which either may take."""
        with urllib3.PoolManager(timeout=PATIENCE, retries=False) as http:
            told = http.request("GET", f"{service.url}/metrics").data
        seen.update(line for line in told.splitlines() if line.startswith(b"process_start_time_seconds "))
        return len(seen) == 2

    assert wait_until(both, 20, 0.02), seen


def test_what_a_dying_worker_wrote_is_answered_by_the_next(
    service: Service, mongo_client: MongoClient[Any], database_name: str, dice: random.Random
) -> None:
    told = register_in_bad_weather(service, dice)
    log = list(mongo_client[database_name]["log"].find().sort("_id", 1))
    check_chain(log)
    stored = [one["stream"] for one in log if one["stream"].startswith("facility:")]
    assert sorted(stored) == sorted(f"facility:{id_}" for id_ in told)
    assert len(told) >= CLIENTS * FACILITIES
