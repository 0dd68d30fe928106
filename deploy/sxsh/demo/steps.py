"""What a plan is made of: requests, the order they keep, and the names by which they refer to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Who = Literal["office", "registrar", "assessor", "reviewer", "trainer"]

#: Roles of those who act. The reviewer is another than the assessor: nobody judges their own.
ROLES: dict[Who, tuple[str, ...]] = {
    "office": ("admin",),
    "registrar": ("registrar",),
    "assessor": ("assessor",),
    "reviewer": ("reviewer",),
    "trainer": ("trainer",),
}

#: (subject, roles) -> bearer token.
Tokens = Callable[[str, tuple[str, ...]], str]


@dataclass(frozen=True)
class Step:
    """One request. `key` is its Idempotency-Key and names the record it makes: ``{key}`` in the path or in a
    string of the body of a later step stands for the id of that record."""

    key: str
    who: Who
    service: str
    path: str
    body: dict[str, Any]
    method: str = "POST"


@dataclass(frozen=True)
class Phase:
    """`tracks` may run side by side; the steps of one run in order. A phase waits for the one before."""

    title: str
    tracks: list[list[Step]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(map(len, self.tracks))
