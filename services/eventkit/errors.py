"""The one vocabulary of errors. Domains raise them; `http.problems` maps each to an answer, once.

Every error says what is wrong and how to mend it. `errors` lists the wrong fields of an input as
``{"field": "/products/0/output", "detail": "must be greater than 0"}`` (JSON pointers into the body).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypedDict


class FieldError(TypedDict):
    field: str
    detail: str


class SxshError(Exception):
    """Root of all errors that a caller is told about. `detail` is shown to the caller: no secrets in it."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, *, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)


class InvalidInput(SxshError):
    """The input can never be accepted as it is; `errors` names each wrong field."""

    status = 422
    slug = "invalid-input"
    title = "The input is not valid"

    @classmethod
    def at(cls, field: str, detail: str) -> InvalidInput:
        return cls(f"{field}: {detail}", errors=[{"field": field, "detail": detail}])


class Refused(SxshError):
    """Well-formed, but the rules do not allow it in the present state (the message says which state)."""

    status = 409
    slug = "refused"
    title = "Not possible in the present state"


class NotFound(SxshError):
    status = 404
    slug = "not-found"
    title = "Not found"


class AlreadyTaken(SxshError):
    """A value that must be unique in this log (a facility code) was claimed by another stream."""

    status = 409
    slug = "already-taken"
    title = "Already taken"


class VersionConflict(SxshError):
    """The stream moved on since the caller read it: reload and decide again."""

    status = 409
    slug = "version-conflict"
    title = "Changed by someone else"


class PreconditionFailed(SxshError):
    """`If-Match` named a version that is not the present one."""

    status = 412
    slug = "precondition-failed"
    title = "Changed since you read it"


class CommandReused(SxshError):
    """The same `Idempotency-Key` came with a different request."""

    status = 422
    slug = "idempotency-key-reused"
    title = "Idempotency-Key used for another request"


class Unauthenticated(SxshError):
    status = 401
    slug = "unauthenticated"
    title = "Who are you?"


class Forbidden(SxshError):
    status = 403
    slug = "forbidden"
    title = "Not allowed"


class TooManyRequests(SxshError):
    """One client asks more than it may. `retry_after` is in seconds."""

    status = 429
    slug = "too-many-requests"
    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(SxshError):
    """Something this depends on does not answer. Nothing was written, or the repeat of the same
    command id will say what was. `retry_after` is in seconds."""

    status = 503
    slug = "unavailable"
    title = "Try again shortly"

    def __init__(self, detail: str, *, retry_after: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Busy(Unavailable):
    """More is sent than can be taken in: nothing of this was written. Wait for `retry_after`, then repeat."""
