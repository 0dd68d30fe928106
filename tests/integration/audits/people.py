"""Signed-in callers of the audits service, and what they do in the ordinary course of an assessment."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.issuer import Issuer

BASE = "/api/v1/assessments"


class Person:
    def __init__(self, app: Flask, headers: dict[str, str]) -> None:
        self._client = app.test_client()
        self._headers = headers

    def get(self, path: str = "", *, base: str = BASE, **headers: str) -> TestResponse:
        return self._client.get(base + path, headers={**self._headers, **_names(headers)})

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self._client.post(BASE + path, json=body, headers={**self._headers, **_names(headers)})

    def put(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self._client.put(BASE + path, json=body, headers={**self._headers, **_names(headers)})

    def read(self, path: str) -> Any:
        """GET below ``/api/v1`` that must succeed; what it answers."""
        answer = self.get(path, base="/api/v1")
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def did(self, path: str, body: Any) -> dict[str, Any]:
        """POST that must succeed; the receipt, with the `location` it was answered with."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.get_json()
        return {**answer.get_json(), "location": answer.headers.get("Location", "").removeprefix(BASE)}

    def opened(self, facility_id: str = "f-gach", on: str = "2018-02-01", method: str = "quick") -> str:
        receipt = self.did("", {"facility_id": facility_id, "method": method, "occurred_on": on})
        return f"/{receipt['id']}"

    def proposed(self, at: str, **changes: Any) -> str:
        option = {
            "option_class": "process-control",
            "title": "Sấy gạch bằng nhiệt thải của lò",
            "resources": ["coal-5-6"],
            "investment_vnd": 90_000_000,
            "yearly_saving_vnd": 45_000_000,
            "occurred_on": "2018-02-20",
        }
        return str(self.did(f"{at}/options", option | changes)["location"])

    def submitted(self, measurement: dict[str, Any], facility_id: str = "f-gach") -> tuple[str, str]:
        """(assessment, option) as paths."""
        at = self.opened(facility_id)
        assert self.put(f"{at}/baseline", measurement).status_code == 200
        option = self.proposed(at)
        self.did(f"{at}/submission", {"occurred_on": "2018-03-01"})
        return at, option


class People:
    def __init__(self, app: Flask, issuer: Issuer) -> None:
        self._app = app
        self._issuer = issuer

    def sign_in(self, name: str, *roles: str, districts: list[str] | None = None) -> Person:
        return Person(self._app, self._issuer.bearer(name, roles, districts=districts))


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
