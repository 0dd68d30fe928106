"""Sends the steps of a plan to the public APIs and remembers which record each made."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping
from typing import Any

import urllib3

from deploy.sxsh.demo.steps import ROLES, Step, Tokens, Who
from deploy.sxsh.trouble import Trouble

#: Before every key: another edition of the story would be other requests, so it takes another.
EDITION = "demo-1"
#: Seconds that a service may be away before the run gives up.
PATIENCE = 120.0
_PAUSE = 0.5
_LONGEST_PAUSE = 10.0
_TRY_AGAIN = frozenset({429, 502, 503, 504})
_OTHER_STORY = (
    "This system holds the demonstration of another release, whose story differs. Load this one into a "
    "system of its own: `sxsh demo --up --data <new folder>`."
)
_NAME = re.compile(r"\{([a-z0-9-]+)\}")


class DemoClient:
    """Safe to use from several threads. A write is repeated under its key, so nothing is done twice."""

    def __init__(self, base_urls: Mapping[str, str], tokens: Tokens, threads: int) -> None:
        self._urls = {name: url.rstrip("/") for name, url in base_urls.items()}
        self._headers = {who: _headers(tokens, who) for who in ROLES}
        self._http = urllib3.PoolManager(
            maxsize=threads, block=True, timeout=urllib3.Timeout(connect=5.0, read=60.0), retries=False
        )
        self._lock = threading.Lock()
        self._ids: dict[str, str] = {}
        self.positions: dict[str, int] = {}
        self.stopped = threading.Event()

    def send(self, step: Step) -> None:
        """Raises `Trouble` with what the service said when it refused."""
        body = json.dumps(self._named(step.body), ensure_ascii=False).encode()
        headers = {
            **self._headers[step.who],
            "Content-Type": "application/json",
            "Idempotency-Key": f"{EDITION}:{step.key}",
        }
        url = self._urls[step.service] + self._named(step.path)
        answer = self._patiently(step.method, url, headers, body)
        if answer.status >= 400:
            if b"#problem-idempotency-key-reused" in answer.data:
                raise Trouble(_OTHER_STORY)
            raise Trouble(
                f"{step.service} refused {step.method} {step.path} ({step.key}): {_problem(answer)}"
            )
        self._remember(step, answer)

    def targets(self) -> Any:
        """On the day the plan is due, once all that was sent has been applied."""
        after = ",".join(f"{service}:{position}" for service, position in sorted(self.positions.items()))
        url = f"{self._urls['kpi']}/api/v1/targets?on=2020-12-31" + (f"&after={after}" if after else "")
        answer = self._patiently("GET", url, self._headers["registrar"], None)
        if answer.status >= 400:
            raise Trouble(f"The targets cannot be read: {_problem(answer)}")
        return json.loads(answer.data)

    def _named(self, value: Any) -> Any:
        """With the id of the record in place of every ``{key}``."""
        if isinstance(value, str):
            return _NAME.sub(lambda match: self._ids[match[1]], value)
        if isinstance(value, dict):
            return {name: self._named(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._named(item) for item in value]
        return value

    def _remember(self, step: Step, answer: urllib3.BaseHTTPResponse) -> None:
        source, _, position = json.loads(answer.data)["position"].partition(":")
        with self._lock:
            self.positions[source] = max(self.positions.get(source, 0), int(position))
            if location := answer.headers.get("Location"):
                self._ids[step.key] = location.rstrip("/").rpartition("/")[2]

    def _patiently(
        self, method: str, url: str, headers: dict[str, str], body: bytes | None
    ) -> urllib3.BaseHTTPResponse:
        deadline = time.monotonic() + PATIENCE
        while True:
            pause, trouble = _PAUSE, f"{url} does not answer. See what is wrong with `sxsh doctor`."
            try:
                answer = self._http.request(method, url, headers=headers, body=body)
            except urllib3.exceptions.HTTPError:
                pass
            else:
                if answer.status not in _TRY_AGAIN:
                    return answer
                pause, trouble = _pause(answer), f"{url} is not ready: {_problem(answer)}"
            if time.monotonic() + pause > deadline or self.stopped.wait(pause):
                raise Trouble(f"{trouble} Run `sxsh demo` again later; it goes on where it stopped.")


def _headers(tokens: Tokens, who: Who) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens(f'demo-{who}', ROLES[who])}"}


def _pause(answer: urllib3.BaseHTTPResponse) -> float:
    """What Retry-After asks for, in seconds."""
    asked = answer.headers.get("Retry-After", "")
    return min(max(float(asked), 0.1), _LONGEST_PAUSE) if asked.isascii() and asked.isdigit() else _PAUSE


def _problem(answer: urllib3.BaseHTTPResponse) -> str:
    try:
        problem = json.loads(answer.data)
        said = str(problem.get("detail") or problem.get("title"))
        errors = [f"{one['field']}: {one['detail']}" for one in problem.get("errors", ())]
    except (ValueError, AttributeError, KeyError, TypeError):
        return f"{answer.status} {answer.data[:200].decode(errors='replace')}"
    return " ".join([f"{answer.status}", said, *errors[:3]])
