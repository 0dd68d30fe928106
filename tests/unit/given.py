"""Domain tests that read as sentences, on any decider and without a server::

given(facility, [registered]).when(Close(...)).then([FacilityClosed(...)])
given(facility, [registered, closed]).when(Close(...)).refused("already closed")
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from services.eventkit.decider import Decider
from services.eventkit.errors import SxshError
from services.eventkit.events import Event


def given(decider: Decider[Any, Any], events: Iterable[Event] = ()) -> Given:
    return Given(decider, decider.fold(events))


class Given:
    """`state` is what the given events fold to, for tests that look at it directly."""

    def __init__(self, decider: Decider[Any, Any], state: Any) -> None:
        self.decider = decider
        self.state = state

    def when(self, command: Any) -> When:
        return When(self.decider, self.state, command)


class When:
    """Nothing is decided until `then`, `unchanged`, `refused` or `events` asks for it."""

    def __init__(self, decider: Decider[Any, Any], state: Any, command: Any) -> None:
        self._decider = decider
        self._state = state
        self._command = command

    def events(self) -> list[Event]:
        return list(self._decider.decide(self._command, self._state))

    def then(self, expected: Sequence[Event], *, claims: Sequence[str] | None = None) -> Given:
        """The command yields exactly these events (and claims); goes on from the state after them."""
        actual = self.events()
        assert actual == list(expected)
        if claims is not None:
            assert list(self._decider.claims(self._state, actual)) == list(claims)
        return Given(self._decider, self._decider.fold(actual, self._state))

    def unchanged(self) -> None:
        """The command is accepted and nothing needs to be recorded."""
        assert self.events() == []

    def refused(self, text: str, error: type[SxshError] = SxshError) -> SxshError:
        """The command raises `error` and its message says `text` (case does not matter)."""
        with pytest.raises(error) as caught:
            self.events()
        assert text.lower() in caught.value.detail.lower(), caught.value.detail
        return caught.value
