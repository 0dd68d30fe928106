"""Signed-in callers of the training service, and what a trainer does in the ordinary course of a year."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

BASE = "/api/v1"
OPENED, HELD, LATER = "2018-03-01", "2018-04-12", "2018-04-20"


class Person:
    def __init__(self, app: Flask, headers: dict[str, str]) -> None:
        self._client = app.test_client()
        self._headers = headers

    def get(self, path: str, **query: Any) -> TestResponse:
        return self._client.get(BASE + path, headers=self._headers, query_string=query)

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.post(BASE + path, json=body, headers={**self._headers, **named})

    def delete(self, path: str, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.delete(BASE + path, headers={**self._headers, **named})

    def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.get_json()
        found: list[dict[str, Any]] = answer.get_json()["items"]
        return found

    def did(self, path: str, body: Any) -> str:
        """POST that must succeed; the path of what it made."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.get_json()
        return answer.headers["Location"].removeprefix(BASE)

    def refused(self, status: int, path: str, body: Any, **headers: str) -> dict[str, Any]:
        """POST that must not be accepted; the problem."""
        answer = self.post(path, body, **headers)
        assert answer.status_code == status, answer.get_json()
        assert answer.mimetype == "application/problem+json"
        problem: dict[str, Any] = answer.get_json()
        return problem

    def course(
        self, audience: str, title: str = "Sản xuất sạch hơn cơ bản", pass_mark: int = 60, **more: Any
    ) -> str:
        body = {"title": title, "audience": audience, "pass_mark": pass_mark, "occurred_on": OPENED, **more}
        return self.did("/courses", body)

    def session(self, course: str, unit_id: str = "kim-son", on: str = HELD) -> str:
        body = {"unit_id": unit_id, "place": "Nhà văn hóa Phát Diệm", "hours": 16, "occurred_on": on}
        return self.did(f"{course}/sessions", body)

    def attended(self, session: str, **who: Any) -> str:
        return self.did(f"{session}/participations", who)

    def survey(self, mode: str = "census", title: str = "Điều tra nhận thức 2018", **more: Any) -> str:
        return self.did("/surveys", {"title": title, "mode": mode, "occurred_on": OPENED, **more})

    def answered(self, survey: str, facility_id: str, *benefits: str, on: str = HELD, **more: Any) -> None:
        body = {"facility_id": facility_id, "benefits": list(benefits), "occurred_on": on, **more}
        self.did(f"{survey}/answers", body)
