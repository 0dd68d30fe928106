"""Signed-in callers of the registry, and the bodies they send in the ordinary course."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.issuer import Issuer

BASE = "/api/v1"


class Person:
    def __init__(self, app: Flask, headers: dict[str, str]) -> None:
        self._client = app.test_client()
        self._headers = headers

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._client.get(BASE + path, headers={**self._headers, **_names(headers)})

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self._client.post(BASE + path, json=body, headers={**self._headers, **_names(headers)})

    def delete(self, path: str, **headers: str) -> TestResponse:
        return self._client.delete(BASE + path, headers={**self._headers, **_names(headers)})

    def read(self, path: str) -> dict[str, Any]:
        answer = self.get(path)
        assert answer.status_code == 200, answer.get_json()
        return dict(answer.get_json())

    def did(self, path: str, body: Any, **headers: str) -> str:
        """POST that must succeed; where the record stands now."""
        answer = self.post(path, body, **headers)
        assert answer.status_code == 201, answer.get_json()
        return answer.headers["Location"].removeprefix(BASE)

    def registered(self, code: str, name: str = "Gạch Đông Sơn", **changes: Any) -> str:
        return self.did("/facilities", facility(code, name, **changes))


class People:
    def __init__(self, app: Flask, issuer: Issuer) -> None:
        self._app = app
        self._issuer = issuer

    def sign_in(self, name: str, *roles: str, districts: list[str] | None = None) -> Person:
        return Person(self._app, self._issuer.bearer(name, roles, districts=districts))


def facility(code: str = "NB-001", name: str = "Gạch Đông Sơn", **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "kind": "enterprise",
        "industry": {"version": 2007, "code": "2392"},
        "tax_code": "2700123456",
        "employees": 120,
        "products": [{"name": "Gạch nung", "unit": "1000 viên"}],
        "latitude": 20.25,
        "longitude": 105.97,
        "unit_id": "nho-quan",
        "occurred_on": "2015-03-01",
        **changes,
    }


def unit(id_: str, code: str, name: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "code": code,
        "name": name,
        "level": "district",
        "kind": "district",
        "occurred_on": "2000-01-01",
        **changes,
    }


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
