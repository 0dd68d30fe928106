"""The OpenAPI document and its page for people: one HTML file, no scripts, nothing from other hosts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import Blueprint, Response, render_template, request

from services.eventkit import errors
from services.eventkit.http.access import public
from services.eventkit.http.blueprint import PREFIX
from services.eventkit.http.examples import curl, example, resolve
from services.eventkit.http.openapi import Document
from services.eventkit.http.problems import HTTP_WORDS

_CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_METHODS = ("get", "post", "put", "patch", "delete")


class Operation(NamedTuple):
    """What the page shows of one operation."""

    anchor: str
    path: str
    method: str
    summary: str
    description: str
    roles: str
    parameters: list[dict[str, Any]]
    body: str | None
    body_example: str | None
    responses: list[tuple[str, str, str | None]]
    curl: str


def docs_blueprint(document: Document) -> Blueprint:
    blueprint = Blueprint("docs", __name__, url_prefix=PREFIX, template_folder="templates")
    pages: dict[str, bytes] = {}

    @blueprint.get("/openapi.json")
    @public
    def openapi_json() -> Response:
        return _cached(document.read()[1], "application/json")

    @blueprint.get("/docs")
    @public
    def page() -> Response:
        host = request.host_url.rstrip("/") + document.base
        if host not in pages:
            if len(pages) > 8:
                pages.clear()
            pages[host] = _render(document.read()[0], host)
        return _cached(pages[host], "text/html")

    @blueprint.get("/docs.css")
    @public
    def style() -> Response:
        return _cached(render_template("docs.css").encode(), "text/css")

    return blueprint


def _cached(body: bytes, mimetype: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Security-Policy"] = _CSP
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(hashlib.sha256(body).hexdigest()[:16])
    response.make_conditional(request)
    return response


def _render(spec: dict[str, Any], host: str) -> bytes:
    groups: dict[str, list[Operation]] = {}
    for tag, operation in _operations(spec, host):
        groups.setdefault(tag, []).append(operation)
    schemas = {
        name: json.dumps(schema, ensure_ascii=False, indent=2)
        for name, schema in sorted(spec.get("components", {}).get("schemas", {}).items())
    }
    html = render_template(
        "docs.html", info=spec["info"], groups=groups, schemas=schemas, problems=list(_problem_kinds())
    )
    return html.encode()


def _operations(spec: dict[str, Any], host: str) -> Iterator[tuple[str, Operation]]:
    for path, methods in spec.get("paths", {}).items():
        shared = methods.get("parameters", [])
        for method in _METHODS:
            operation = methods.get(method)
            if operation is not None:
                tag = (operation.get("tags") or ["other"])[0]
                yield tag, _operation(spec, path, method.upper(), operation, shared, host)


def _operation(
    spec: dict[str, Any], path: str, method: str, operation: dict[str, Any], shared: list[Any], host: str
) -> Operation:
    content = resolve(spec, operation.get("requestBody", {})).get("content", {})
    body = content.get("application/json", {}).get("schema")
    return Operation(
        anchor=operation.get("operationId", f"{method}{path}"),
        path=path,
        method=method,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        roles=", ".join(operation.get("x-roles", [])) or "công khai · public",
        parameters=[resolve(spec, each) for each in [*shared, *operation.get("parameters", [])]],
        body=_name(body),
        body_example=None if body is None else _pretty(example(spec, body)),
        responses=[
            (status, resolve(spec, answer).get("description", ""), _answer_schema(spec, answer))
            for status, answer in sorted(operation.get("responses", {}).items())
        ],
        curl=curl(spec, path, method, operation, host),
    )


def _answer_schema(spec: dict[str, Any], answer: Any) -> str | None:
    for media in resolve(spec, answer).get("content", {}).values():
        return _name(media.get("schema"))
    return None


def _name(schema: Any) -> str | None:
    """The component a schema refers to, so that the page can link to it."""
    reference = (schema or {}).get("$ref") or (schema or {}).get("items", {}).get("$ref")
    return reference.rpartition("/")[2] if reference else None


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _problem_kinds() -> Iterator[tuple[str, int, str]]:
    """Every kind of problem: slug, status, title. The `type` of a problem leads to its entry on the page."""
    seen: set[str] = set()
    kinds: list[type[errors.SxshError]] = [errors.SxshError, *errors.SxshError.__subclasses__()]
    listed = [(kind.slug, kind.status, kind.title) for kind in kinds]
    listed += [(slug, status, title) for status, (slug, title) in HTTP_WORDS.items()]
    for slug, status, title in sorted(listed, key=lambda each: each[1]):
        if slug not in seen:
            seen.add(slug)
            yield slug, status, title
