"""How a field of an answer is said to be: always there; null where it has no value."""

from __future__ import annotations

from typing import Any


def nullable(description: str) -> dict[str, Any]:
    return {"required": True, "allow_none": True, "metadata": {"description": description}}


def always(description: str = "") -> dict[str, Any]:
    return {"required": True, **({"metadata": {"description": description}} if description else {})}
