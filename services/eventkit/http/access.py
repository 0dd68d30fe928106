"""Who may call a view. Denied by default: a view that says nothing answers 403 to everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from werkzeug.routing import Rule

from services.eventkit.errors import Forbidden, Unauthenticated
from services.eventkit.http.rates import Rates
from services.eventkit.identity import Authenticator, Principal, Role

F = TypeVar("F", bound=Callable[..., Any])

#: Methods that change something.
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_MARK = "__sxsh_allow__"
_PUBLIC = "public"
_STREAMS = "__sxsh_streams__"


def allow(*roles: Role) -> Callable[[F], F]:
    """Open a view (or every method of a MethodView) to these roles; without roles to any signed-in caller.

    `Role.ADMIN` always passes. Must stand under ``@blp.route``; its order among the others is free.
    """

    def mark(view: F) -> F:
        setattr(view, _MARK, frozenset(roles))
        return view

    return mark


def public(view: F) -> F:
    """Open a view to everybody, signed in or not (health, documentation)."""
    setattr(view, _MARK, _PUBLIC)
    return view


def streams_body(view: F) -> F:
    """Leave the body unread for the view: it may be as large as `MAX_UPLOAD_BYTES`, and is read from
    `request.stream`, which stops there."""
    setattr(view, _STREAMS, True)
    return view


def body_is_streamed(view: Any) -> bool:
    return bool(getattr(view, _STREAMS, False))


def rights(view: Any, method: str) -> Any:
    """What was declared for one method of a view: a set of roles, ``"public"``, or None when nothing was."""
    view_class = getattr(view, "view_class", None)
    if view_class is None:
        return getattr(view, _MARK, None)
    handler = getattr(view_class, ("GET" if method == "HEAD" else method).lower(), None)
    declared = getattr(handler, _MARK, None)
    return getattr(view_class, _MARK, None) if declared is None else declared


def is_public(declared: Any) -> bool:
    return bool(declared == _PUBLIC)


def principal() -> Principal:
    """The verified caller of the present request."""
    found: Principal | None = g.get("principal")
    if found is None:
        raise Unauthenticated("Sign in first.")
    return found


def credentials() -> dict[str, str]:
    """The headers by which the present caller is known: to ask another service as the caller."""
    shown: dict[str, str] = g.credentials
    return dict(shown)


def onward() -> dict[str, str]:
    """The headers with which another service is asked in the course of the present request: as its caller,
    and in its trace."""
    return {**credentials(), "traceparent": g.traceparent}


def ensure_district(unit_id: str) -> None:
    """Raises `Forbidden` when the caller is limited to districts and this is none of them."""
    if not principal().may_touch(unit_id):
        raise Forbidden(f"Your rights are limited to other districts than {unit_id}.")


def ensure_whole_province() -> None:
    """For what concerns all districts at once. Raises `Forbidden` when the caller is limited to some."""
    if principal().districts is not None:
        raise Forbidden("This tells of all districts, and your rights are limited to some of them.")


def enforce(authenticator: Authenticator, cookie: str | None = None, rates: Rates | None = None) -> None:
    """Check the present request against what its view allows, and keep the principal for `principal()`.

    With `rates` each client may ask so much; who is not believed counts as its address.

    A token in the `cookie` counts where the request shows no credentials of its own; it may change something
    only when the request comes from a page of this service.
    """
    if request.endpoint is None:
        return
    declared = rights(current_app.view_functions[request.endpoint], request.method)
    if is_public(declared):
        if rates is not None and request.path not in current_app.extensions["sxsh"].quiet:
            rates.count(rates.address())
        return
    if declared is None:
        raise Forbidden("Nobody is allowed to use this address.")
    shown = request.environ.get
    authorization, key = shown("HTTP_AUTHORIZATION"), shown("HTTP_X_API_KEY")
    if cookie is not None and authorization is None and key is None and cookie in request.cookies:
        if request.method in WRITES:
            ensure_from_here()
        authorization = f"Bearer {request.cookies[cookie]}"
    found = _believed(authenticator, authorization, key, rates)
    g.principal = found
    g.credentials = {"Authorization": authorization} if authorization is not None else {"X-Api-Key": key}
    if declared and not found.has_any(declared):
        needed = ", ".join(sorted(role.value for role in declared))
        raise Forbidden(f"This needs one of the roles: {needed}.")


def _believed(
    authenticator: Authenticator, authorization: str | None, key: str | None, rates: Rates | None
) -> Principal:
    if rates is None:
        return authenticator.authenticate(authorization, key)
    try:
        found = authenticator.authenticate(authorization, key)
    except Unauthenticated:
        rates.count(rates.address())
        raise
    rates.count(found.id)
    return found


def ensure_from_here() -> None:
    """For what another site must not make a browser send. Raises `Forbidden`."""
    if not from_here():
        raise Forbidden("This may only be sent by a page of this service. Open the page and send again.")


def from_here() -> bool:
    """By what a browser says of where a request comes from; one that says nothing is not believed."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == request.host_url.rstrip("/")


def assert_rights(app: Flask) -> None:
    """Fail at start when some route declares no rights: nobody could ever use it. Raises RuntimeError."""
    silent = [
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in sorted(methods(rule))
        if rights(app.view_functions[rule.endpoint], method) is None
    ]
    if silent:
        raise RuntimeError("These routes lack @allow (or @public): " + ", ".join(silent))


def methods(rule: Rule) -> set[str]:
    return set(rule.methods or ()) - {"HEAD", "OPTIONS"}
