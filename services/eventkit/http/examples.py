"""Example values and curl lines for the documentation page, made from the OpenAPI document."""

from __future__ import annotations

import json
import shlex
from typing import Any

_DEPTH = 6

_FORMATS = {
    "date": "2019-05-20",
    "date-time": "2019-05-20T08:00:00+07:00",
    "uuid": "0190a6b2-4c1e-7000-8000-000000000000",
    "email": "can.bo@example.vn",
}

_TYPES: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "string": "…", "null": None}


def resolve(spec: dict[str, Any], node: Any) -> Any:
    """The node that a ``$ref`` points to (or the node itself)."""
    while isinstance(node, dict) and "$ref" in node:
        target: Any = spec
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target.get(step, {})
        node = target
    return node


def example(spec: dict[str, Any], schema: Any, depth: int = 0) -> Any:
    """A value in the shape of a schema: its own example first, else a default, a choice, a plain one."""
    schema = resolve(spec, schema)
    if not isinstance(schema, dict) or depth > _DEPTH:
        return None
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return example(spec, schema[key][0], depth + 1)
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "array":
        return [example(spec, schema.get("items", {}), depth + 1)]
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: example(spec, each, depth + 1) for name, each in properties.items()}
    return _FORMATS.get(str(schema.get("format")), _TYPES.get(kind))


def curl(spec: dict[str, Any], path: str, method: str, operation: dict[str, Any], host: str) -> str:
    """A command that can be pasted into a shell once $TOKEN is set."""
    lines = [f"curl -X {method} {shlex.quote(host + path)}" if method != "GET" else f"curl {host}{path}"]
    if operation.get("security") != []:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if method != "GET":
        lines.append("-H 'Idempotency-Key: my-key-1'")
    body = resolve(spec, operation.get("requestBody", {})).get("content", {}).get("application/json")
    if body is not None:
        value = json.dumps(example(spec, body.get("schema", {})), ensure_ascii=False)
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(value)}"]
    return " \\\n  ".join(lines)
