"""The shapes of all events as they were released, and which changes of them are compatible.

``python -m tests.event_schemas`` writes them anew to docs/events; it refuses what is not compatible.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from services.audits.domain.catalogue import catalogue as audits
from services.eventkit.events import Catalogue
from services.kpi.domain.official import catalogue as kpi
from services.registry.domain.events import catalogue as registry
from services.training.domain.events import catalogue as training

Schema = dict[str, Any]

FOLDER = Path(__file__).parent.parent / "docs" / "events"
CATALOGUES = (registry, audits, training, kpi)
#: What says nothing about which data fit.
_NOTES = ("title", "description", "default")


def schemas(catalogue: Catalogue) -> dict[str, Schema]:
    """Type -> {schema: its number, shape: JSON Schema without references}."""
    found = {}
    for type_, (number, cls) in sorted(catalogue.types().items()):
        (whole,), parts = msgspec.json.schema_components([cls], ref_template="{name}")
        found[type_] = {"schema": number, "shape": _resolved(whole, parts)}
    return found


def _resolved(schema: Any, parts: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_resolved(each, parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(parts[schema["$ref"]], parts)
    notes = _NOTES if "type" in schema or "anyOf" in schema or "enum" in schema else ()
    return {key: _resolved(value, parts) for key, value in schema.items() if key not in notes}


def released(catalogue: Catalogue) -> dict[str, Schema]:
    path = FOLDER / f"{catalogue.source}.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def problems(old: dict[str, Schema], new: dict[str, Schema], upcasts: set[tuple[str, int]]) -> list[str]:
    """Why events written under `old` could not be read under `new`. `upcasts` holds (type, from schema)."""
    found = []
    for type_, was in old.items():
        now = new.get(type_)
        if now is None:
            found.append(f"{type_} is gone: what is in a log must stay readable")
        elif now["schema"] < was["schema"]:
            found.append(f"{type_} went back from schema {was['schema']} to {now['schema']}")
        elif now["schema"] == was["schema"]:
            found += _changes(was["shape"], now["shape"], type_)
        else:
            missing = [n for n in range(was["schema"], now["schema"]) if (type_, n) not in upcasts]
            found += [f"{type_} has no upcaster from schema {n}" for n in missing]
    return found


def _changes(old: Schema, new: Schema, at: str) -> list[str]:
    if "anyOf" in old or "anyOf" in new:
        alternatives = new.get("anyOf", [new])
        return [
            problem
            for each in old.get("anyOf", [old])
            if (problem := f"{at} no longer takes {json.dumps(each)}")
            and all(_changes(each, other, at) for other in alternatives)
        ]
    if "enum" in old and "enum" in new:
        lost = [value for value in old["enum"] if value not in new["enum"]]
        return [f"{at} no longer takes {value!r}" for value in lost]
    if old.get("type") != new.get("type") or ("enum" in new and "enum" not in old):
        return [f"{at} is of another type"]
    if "properties" in old:
        return _fields(old, new, at)
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        return _changes(old["items"], new["items"], f"{at}[]")
    return [] if old == new else [f"{at} is narrower or of another form"]


def _fields(old: Schema, new: Schema, at: str) -> list[str]:
    found = []
    for name, schema in old["properties"].items():
        if name in new["properties"]:
            found += _changes(schema, new["properties"][name], f"{at}.{name}")
        else:
            found.append(f"{at}.{name} is gone")
    for name in set(new["required"]) - set(old["required"]):
        found.append(f"{at}.{name} is required now: give it a default")
    return found


def upcasts(catalogue: Catalogue) -> set[tuple[str, int]]:
    return set(catalogue._upcasters)


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for catalogue in CATALOGUES:
        now = schemas(catalogue)
        if found := problems(released(catalogue), now, upcasts(catalogue)):
            sys.stderr.write("\n".join(found) + "\nGive the type a new schema number and an upcaster.\n")
            return 1
        lines = [f"{json.dumps(type_)}: {json.dumps(now[type_], sort_keys=True)}" for type_ in now]
        text = "{\n" + ",\n".join(lines) + "\n}\n"
        (FOLDER / f"{catalogue.source}.json").write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
