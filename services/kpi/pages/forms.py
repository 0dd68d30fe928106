"""What somebody enters: kept when something is wrong, with what to mend said at the field; sent once."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, TypeVar

from flask import request

from services.eventkit.bulk.problems import Language, coded, sentence
from services.eventkit.errors import CommandReused, NotFound, Refused, SxshError, Unauthenticated
from services.eventkit.http import fields, onward
from services.eventkit.http.context import KEY_PATTERN
from services.eventkit.identity import Principal, Role
from services.eventkit.ids import new_id
from services.kpi.pages.language import Reader

T = TypeVar("T")

_KEY = re.compile(KEY_PATTERN)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class Form:
    """`values` by field, as they were entered; `wrong` by field, what to mend; `key`, by which it is done
    once however often it is sent. `trouble` is what is wrong with no one field."""

    def __init__(self, say: Reader, values: Mapping[str, str], key: str) -> None:
        self._say = say
        self.values = dict(values)
        self.key = key
        self.wrong: dict[str, str] = {}
        self.trouble, self.detail, self.status = "", "", 200

    @classmethod
    def fresh(cls, say: Reader, **values: str) -> Form:
        return cls(say, {"occurred_on": fields.today().isoformat(), **values}, new_id())

    @classmethod
    def sent(cls, say: Reader) -> Form:
        key = request.form.get("key", "")
        values = {name: value.strip() for name, value in request.form.items() if name != "key"}
        return cls(say, values, key if _KEY.fullmatch(key) else new_id())

    @property
    def good(self) -> bool:
        return not self.wrong and not self.trouble

    def mend(self, field: str, key: str, **said: Any) -> None:
        self.wrong.setdefault(field, self._say.t(key, **said))
        self.status = 422

    def text(self, field: str, most: int, key: str = "form-say-why") -> str:
        value = self.values.get(field, "")
        if not value:
            self.mend(field, key)
        elif len(value) > most:
            self.mend(field, "form-too-long", most=most, length=len(value))
        return value

    def choice(self, field: str, among: Collection[str]) -> str:
        value = self.values.get(field, "")
        if value not in among:
            self.mend(field, "form-choose")
        return value

    def day(self, field: str = "occurred_on") -> str:
        """A day up to today, as ISO text."""
        value = self.values.get(field, "")
        try:
            if date.fromisoformat(value) > fields.today():
                self.mend(field, "form-future", day=self._say.day(fields.today()))
        except ValueError:
            self.mend(field, "form-day")
        return value

    def done(self, act: Callable[[], T]) -> T | None:
        """What `act` gives; None when it was refused, which the form then says. Raises `Unauthenticated`."""
        try:
            return act()
        except Unauthenticated:
            raise
        except SxshError as error:
            self.refuse(error)
            return None

    def refuse(self, error: SxshError) -> None:
        """In the reader's words where there are any; else as the service says it."""
        self.status = error.status
        language: Language = "vi" if self._say.language == "vi" else "en"
        for each in error.errors:
            name = each["field"].rpartition("/")[2]
            if name in self.values:
                self.wrong.setdefault(name, sentence(*coded(each["detail"]), language))
        if not self.wrong:
            self.trouble = self._say.t(_trouble(error))
            self.detail = "" if isinstance(error, Moved) else error.detail


def _trouble(error: SxshError) -> str:
    if isinstance(error, CommandReused):
        return "trouble-reused"
    if isinstance(error, Moved):
        return "trouble-moved"
    return f"trouble-{error.status if error.status in (403, 404, 409, 412, 503) else 422}"


class Moved(Refused):
    """What was looked at is not what stands there now: whoever decided has to look again."""


def parts(*ids: str) -> None:
    """For what stands in an address and goes into another: raises `NotFound` unless each is an id."""
    if not all(_ID.fullmatch(each) for each in ids):
        raise NotFound("There is nothing at this address.")


def may(caller: Principal, *roles: Role) -> bool:
    return caller.has_any(frozenset(roles))


def as_caller(say: Reader) -> dict[str, str]:
    """The headers to ask another service with: as the caller, in the reader's language."""
    return {**onward(), "Accept-Language": say.language}
