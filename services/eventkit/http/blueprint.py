"""The blueprint of all services: flask-smorest's, with strict parsing and types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask_smorest.blueprint import Blueprint as SmorestBlueprint

from services.eventkit.http.parsing import StrictParser

PREFIX = "/api/v1"

F = TypeVar("F", bound=Callable[..., Any])


class Blueprint(SmorestBlueprint):
    """Routes are relative to `PREFIX`; one that already begins with it is left as it is."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._rules: list[str] = []
        #: Rule and view of every route that reads.
        self.reads: list[tuple[str, Callable[..., Any]]] = []
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]

    def add_url_rule(self, rule: str, *args: Any, **kwargs: Any) -> None:
        super().add_url_rule(rule, *args, **kwargs)  # type: ignore[no-untyped-call]
        self._rules.append(rule)

    def route(self, rule: str, **options: Any) -> Callable[[F], F]:
        add: Callable[[F], F] = super().route(rule, **options)  # type: ignore[no-untyped-call]

        def decorator(view: F) -> F:
            if "GET" in options.get("methods", ("GET",)):
                self.reads.append((rule, view))
            return add(view)

        return decorator

    def arguments(self, schema: Any, **options: Any) -> Callable[[F], F]:
        decorator: Callable[[F], F] = super().arguments(schema, **options)  # type: ignore[no-untyped-call]
        return decorator

    def response(self, status_code: Any, schema: Any = None, **options: Any) -> Callable[[F], F]:
        decorator: Callable[[F], F] = super().response(status_code, schema, **options)  # type: ignore[no-untyped-call]
        return decorator

    def alt_response(self, status_code: Any, response: Any = None, **options: Any) -> Callable[[F], F]:
        decorator: Callable[[F], F] = super().alt_response(status_code, response, **options)  # type: ignore[no-untyped-call]
        return decorator

    @staticmethod
    def doc(**options: Any) -> Callable[[F], F]:
        decorator: Callable[[F], F] = SmorestBlueprint.doc(**options)  # type: ignore[no-untyped-call]
        return decorator

    def prefix(self) -> str:
        """The url prefix to register this blueprint under."""
        own: str = self.url_prefix or ""
        absolute = own.startswith(PREFIX) or any(rule.startswith(PREFIX) for rule in self._rules)
        return own if absolute else PREFIX + own
