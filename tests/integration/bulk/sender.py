"""Somebody who sends files, and waits for what becomes of them."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

BASE = "/api/v1/imports"
RAW = "application/octet-stream"


class Sender:
    def __init__(self, app: Flask, headers: dict[str, str]) -> None:
        self._client = app.test_client()
        self._headers = headers

    def sends(self, body: bytes, kind: str, format_: str, type_: str = RAW, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        path = f"{BASE}?kind={kind}&format={format_}"
        return self._client.post(path, data=body, content_type=type_, headers={**self._headers, **named})

    def get(self, path: str = "", language: str = "vi") -> TestResponse:
        headers = {**self._headers, "Accept-Language": language}
        return self._client.get(BASE + path, headers=headers)

    def asks(self, path: str, body: Any = None, method: str = "POST") -> TestResponse:
        return self._client.open(BASE + path, method=method, json=body, headers=self._headers)

    def checked(self, body: bytes, kind: str, format_: str = "xlsx") -> dict[str, Any]:
        """Uploaded, and the check is over."""
        answer = self.sends(body, kind, format_)
        assert answer.status_code == 201, answer.get_json()
        return self.settled(answer.get_json()["id"])

    def ran(self, id_: str, rows: str = "valid") -> dict[str, Any]:
        answer = self.asks(f"/{id_}/run", {"rows": rows})
        assert answer.status_code == 201, answer.get_json()
        return self.settled(id_)

    def settled(self, id_: str, seconds: float = 120) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            job: dict[str, Any] = self.get(f"/{id_}").get_json()
            if job["state"] not in ("checking", "running"):
                return job
            time.sleep(0.05)
        raise AssertionError(f"not settled: {job}")

    def problems(self, id_: str, language: str = "vi") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        path = f"/{id_}/problems?limit=200"
        while True:
            page = self.get(path, language).get_json()
            found += page["items"]
            if page["next"] is None:
                return found
            path = f"/{id_}/problems?limit=200&cursor={page['next']}"
