"""The OpenAPI 3.1 document: what the blueprints declare, plus what is the same for every operation."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask_smorest import Api
from flask_smorest.spec.plugins import RE_URL
from werkzeug.routing import Rule

from services.eventkit.http import kinds
from services.eventkit.http.access import WRITES, is_public, methods, rights
from services.eventkit.http.blueprint import PREFIX, Blueprint
from services.eventkit.http.context import ETAG_PATTERN, KEY_PATTERN
from services.eventkit.http.problems import MEDIA_TYPE
from services.eventkit.http.schemas import ProblemSchema

VERSION = "1.0.0"

#: What any operation may answer when it does not do what was asked.
PROBLEMS: dict[int, str] = {
    400: "The request cannot be read (malformed JSON, bad UTF-8, a malformed header)",
    401: "Not signed in, or not believed",
    403: "Signed in, but without the role or the district that this needs",
    404: "There is no such thing",
    405: "This address does not take that method",
    409: "Not possible in the present state, already taken, or changed by someone else",
    412: "`If-Match` names a version that is not the present one",
    413: "The body is too large",
    414: "The request line is beyond 8190 bytes; refused by the HTTP server itself, so not as a problem",
    415: "The body is not JSON",
    422: "The input is not valid; `errors` names every wrong field",
    429: "More requests in a minute than one client may send; go on after `Retry-After` seconds",
    503: "Something this depends on does not answer; try again after `Retry-After` seconds",
}

_READ_PROBLEMS = (400, 401, 403, 404, 405, 413, 414, 422, 429, 503)

PARAMETERS: dict[str, dict[str, Any]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Makes a repeat safe: the same key and request give the same receipt",
        "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": f"^{KEY_PATTERN}$"},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag you read; refused with 412 when the record has changed since",
        "schema": {"type": "string", "pattern": f"^{ETAG_PATTERN}$"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag you have; answered with 304 when nothing has changed",
        "schema": {"type": "string"},
    },
}

SECURITY_SCHEMES: dict[str, dict[str, Any]] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}


class _Api(Api):
    """flask-smorest without its error handlers (ours are in `problems`) and page numbers (we use cursors).

    What the document says of a blueprint is made when the document is: that takes as long as the whole app.
    """

    ERROR_SCHEMA = ProblemSchema  # type: ignore[assignment]

    def __init__(self, app: Flask) -> None:
        self._app: Any
        self._undocumented: list[Blueprint] = []
        super().__init__(app)  # type: ignore[no-untyped-call]

    def add(self, blueprint: Blueprint) -> None:
        """Its routes."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint, url_prefix=blueprint.prefix())
        self._undocumented.append(blueprint)

    def describe(self) -> Any:
        """The specification of all blueprints registered so far."""
        for each in self._undocumented:
            name = each.name
            each.register_views_in_doc(self, self._app, self.spec, name=name, parameters=None)  # type: ignore[no-untyped-call]
            self.spec.tag({"name": name, "description": each.description})
        self._undocumented.clear()
        return self.spec

    def _register_error_handlers(self) -> None:
        return None

    def _register_pagination_header(self) -> None:
        return None


def make_api(app: Flask, title: str) -> _Api:
    app.config.update(API_TITLE=title, API_VERSION=VERSION, OPENAPI_VERSION="3.1.0")
    api = _Api(app)
    api.register_field(kinds.Integer, "integer", "int64")  # type: ignore[no-untyped-call]
    for status, description in PROBLEMS.items():
        api.spec.components.response(f"Problem{status}", _problem_response(status, description))
    for name, parameter in PARAMETERS.items():
        api.spec.components.parameter(name, "header", parameter)
    for name, scheme in SECURITY_SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)
    return api


def _problem_response(status: int, description: str) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    if status == 414:
        return {"description": description, "content": {"text/html": text}}
    headers: dict[str, Any] = {"X-Request-Id": text}
    if status == 401:
        headers["WWW-Authenticate"] = text
    if status in (429, 503):
        headers["Retry-After"] = {"schema": {"type": "integer"}}
    return {
        "description": description,
        "headers": headers,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


class Document:
    """The finished document, made by whoever first asks for it. Safe for several threads. `base` is the path
    below which clients find the service, where that is not the root."""

    def __init__(self, api: _Api, app: Flask, base: str = "") -> None:
        self._api, self._app, self.base = api, app, base
        self._lock = threading.Lock()
        self._made: tuple[dict[str, Any], bytes] | None = None

    def read(self) -> tuple[dict[str, Any], bytes]:
        """It, and as JSON."""
        with self._lock:
            if self._made is None:
                made = _document(self._api, self._app, self.base)
                self._made = made, json.dumps(made, ensure_ascii=False, indent=1).encode()
            return self._made


def _document(api: _Api, app: Flask, base: str) -> dict[str, Any]:
    """Every operation says who may call it and all it may answer."""
    spec: dict[str, Any] = api.describe().to_dict()
    spec["servers"] = [{"url": base or "/"}]
    spec["security"] = [{name: []} for name in SECURITY_SCHEMES]
    for rule, method in _operations(app):
        operation = spec["paths"].get(_openapi_path(rule.rule), {}).get(method.lower())
        if operation is not None:
            _finish(operation, rule, method, rights(app.view_functions[rule.endpoint], method))
    return spec


def _openapi_path(rule: str) -> str:
    path: str = RE_URL.sub(r"{\1}", rule)
    return path


def _operations(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(PREFIX):
            for method in sorted(methods(rule)):
                yield rule, method


def _finish(operation: dict[str, Any], rule: Rule, method: str, declared: Any) -> None:
    operation.setdefault("operationId", f"{method.lower()}_{rule.endpoint.replace('.', '_')}")
    responses = operation.setdefault("responses", {})
    responses.pop("default", None)
    if not any(status.startswith("2") for status in responses):
        responses["200"] = {"description": "OK"}
    for status in PROBLEMS if method in WRITES else _READ_PROBLEMS:
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    parameters = operation.setdefault("parameters", [])
    if method in WRITES:
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
        if rule.arguments:
            parameters.append({"$ref": "#/components/parameters/IfMatch"})
    elif rule.arguments:
        parameters.append({"$ref": "#/components/parameters/IfNoneMatch"})
        responses["304"] = {"description": "Not changed since the version in If-None-Match"}
    if is_public(declared):
        operation["security"] = []
    else:
        operation["x-roles"] = sorted(role.value for role in declared or ()) or ["any signed-in"]
