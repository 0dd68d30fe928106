"""The shape of every aggregate: pure `decide(command, state) -> events`, `evolve(state, event) -> state`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.eventkit.events import Event

S = TypeVar("S")
C = TypeVar("C")


def _no_claims(state: Any, events: Sequence[Event]) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Decider(Generic[C, S]):
    """`category` is the prefix of the stream name (``facility`` in ``facility:<id>``).

    `decide` raises `errors.Refused`, `errors.InvalidInput`, … and returns no events when nothing changes.
    `claims(state, events)` names the values the new events take for ever (state is the one before them).
    `state` is the type of the state, of those whose streams may grow long: it is kept then (`states`).
    """

    category: str
    initial: S
    decide: Callable[[C, S], Sequence[Event]]
    evolve: Callable[[S, Event], S]
    claims: Callable[[S, Sequence[Event]], tuple[str, ...]] = _no_claims
    state: Any = None

    def stream(self, id_: str) -> str:
        return f"{self.category}:{id_}"

    def fold(self, events: Iterable[Event], state: S | None = None) -> S:
        current = self.initial if state is None else state
        for event in events:
            current = self.evolve(current, event)
        return current
