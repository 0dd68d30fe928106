"""What a user would lose: a load that waits for a busy service, and one that says why it stopped."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from deploy.sxsh.demo.client import DemoClient
from deploy.sxsh.demo.steps import Step
from deploy.sxsh.trouble import Trouble

RECEIPT = {"id": "one", "version": 1, "position": "registry:7", "events": []}
STEP = Step("thing", "registrar", "registry", "/api/v1/things", {"name": "x"})


class Server(ThreadingHTTPServer):
    """Answers what `answers` holds, in order: (status, headers, body); keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, dict[str, str], Any]] = []
        self.asked: list[tuple[str, str, Any]] = []
        self.client = DemoClient({"registry": f"http://127.0.0.1:{self.server_port}"}, lambda *_: "token", 2)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Idempotency-Key"], body))
        status, headers, answer = self.server.answers.pop(0)
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_a_busy_service_is_asked_again_when_it_said_with_the_same_key(server: Server) -> None:
    server.answers = [(503, {"Retry-After": "1"}, {"detail": "Busy."}), (201, {}, RECEIPT)]
    started = time.monotonic()
    server.client.send(STEP)
    assert time.monotonic() - started >= 1
    assert server.asked[0] == server.asked[1]
    assert server.client.positions == {"registry": 7}


def test_a_later_request_names_what_an_earlier_one_made(server: Server) -> None:
    server.answers = [(201, {"Location": "/api/v1/things/abc"}, RECEIPT)] * 2
    server.client.send(STEP)
    server.client.send(
        Step("part", "registrar", "registry", "/api/v1/things/{thing}/parts", {"of": ["{thing}"]})
    )
    assert server.asked[1][0] == "/api/v1/things/abc/parts"
    assert server.asked[1][2] == {"of": ["abc"]}


def test_a_refusal_says_what_the_service_said(server: Server) -> None:
    problem = {"detail": "Not valid.", "errors": [{"field": "/name", "detail": "is too short"}]}
    server.answers = [(422, {}, problem)]
    with pytest.raises(
        Trouble, match=r"registry refused POST /api/v1/things.*422 Not valid\. /name: is too short"
    ):
        server.client.send(STEP)


def test_a_story_of_another_release_is_said_plainly(server: Server) -> None:
    problem = {"type": "/api/v1/docs#problem-idempotency-key-reused", "detail": "This key was used before."}
    server.answers = [(422, {}, problem)]
    with pytest.raises(Trouble, match=r"demonstration of another release.*--data <new folder>"):
        server.client.send(STEP)
