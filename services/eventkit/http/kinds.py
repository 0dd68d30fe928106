"""The kinds of field at this edge, stricter than marshmallow's own.

In a JSON body a number is a number and a boolean a boolean; only query parameters may be text.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import ValidationError, validate
from marshmallow import fields as _ma

#: Việt Nam keeps one offset all year and has since 1975.
VIETNAM = dt.timezone(dt.timedelta(hours=7), "Asia/Ho_Chi_Minh")

EARLIEST = dt.date(1990, 1, 1)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_QUANTITY = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
_INTEGER = re.compile(r"-?[0-9]{1,18}")


def today() -> dt.date:
    """The present day in Việt Nam."""
    return dt.datetime.now(VIETNAM).date()


def _metadata(kwargs: dict[str, Any], **documented: Any) -> dict[str, Any]:
    return {**kwargs, "metadata": {**documented, **kwargs.get("metadata", {})}}


class Integer(_ma.Integer):
    """A whole number: a JSON number without fraction, or digits in a query string."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> int:
        if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
            value = int(value) if value.adjusted() < 18 else value
        if isinstance(value, str) and not isinstance(data, dict) and _INTEGER.fullmatch(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        if abs(value) >= 2**63:
            raise ValidationError("Is too large.")
        return value


class Boolean(_ma.Boolean):
    """``true`` or ``false``: in JSON the booleans, in a query string these words."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> bool:
        if isinstance(value, bool):
            return value
        if not isinstance(data, dict) and value in ("true", "false"):
            return bool(value == "true")
        raise ValidationError("Must be true or false.")


class Date(_ma.Date):
    """A day that exists, as YYYY-MM-DD and nothing else."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any
    ) -> dt.date:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValidationError("Must be a date written YYYY-MM-DD.")
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise ValidationError("There is no such day.") from None


class OccurredOn(Date):
    """The day a fact is true from: not in the future in Việt Nam, not before 1990-01-01."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **_metadata(
                kwargs,
                description="The day it is true from (YYYY-MM-DD), not in the future in Asia/Ho_Chi_Minh",
                examples=["2019-05-20"],
            )
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any
    ) -> dt.date:
        day = super()._deserialize(value, attr, data, **kw)
        if day < EARLIEST:
            raise ValidationError(f"Must not be before {EARLIEST.isoformat()}.")
        if day > today():
            raise ValidationError(f"Must not be in the future (today is {today().isoformat()}).")
        return day


class Quantity(_ma.Field[Decimal]):
    """An amount: a Decimal >= 0 of at most 18 digits, sent as a JSON number or as text (``"12.50"``)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **_metadata(
                kwargs,
                type=["string", "number"],
                minimum=0,
                maximum=999_999_999_999_999_999,
                pattern=r"^[0-9]{1,18}(\.[0-9]{1,18})?$",
                description="At most 18 digits; as text to keep every digit",
                examples=["12.50"],
            )
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any
    ) -> Decimal:
        amount = _decimal(value)
        if amount.is_signed() and amount != 0:
            raise ValidationError("Must be 0 or more.")
        digits = amount.as_tuple()
        exponent = int(digits.exponent)
        if max(len(digits.digits), len(digits.digits) + exponent, -exponent) > 18:
            raise ValidationError("Must have at most 18 digits.")
        return abs(amount)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kw: Any) -> str | None:
        return None if value is None else format(value, "f")


def _decimal(value: Any) -> Decimal:
    """The value as a finite Decimal; text must be plain digits, so that what is stored is what was meant."""
    if isinstance(value, str) and not _QUANTITY.fullmatch(value.removeprefix("-")):
        raise ValidationError('Must be a number, or digits as text such as "12.50" (at most 18).')
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValidationError("Must be a number or digits as text.")
    try:
        amount = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError):
        raise ValidationError("Must be a number.") from None
    if not amount.is_finite():
        raise ValidationError("Must be a finite number.")
    return amount


class Money(Integer):
    """Whole Vietnamese đồng, 0 or more."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = _metadata(kwargs, description="Whole VND")
        kwargs["validate"] = [validate.Range(0, 10**15), *_as_list(kwargs.get("validate"))]
        super().__init__(**kwargs)


#: `GET <list>/export` is a file of the list.
RESERVED = frozenset({"export"})


class Slug(_ma.String):
    """A readable id: small letters, digits and single dashes (``nho-quan``), at most 64."""

    def __init__(self, **kwargs: Any) -> None:
        checks = [
            validate.Length(1, 64),
            validate.Regexp(
                r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
                error="Must be small letters, digits and single dashes, e.g. nho-quan.",
            ),
        ]
        kwargs = _metadata(kwargs, pattern="^[a-z0-9]+(-[a-z0-9]+)*$")
        kwargs["validate"] = [*checks, *_as_list(kwargs.get("validate"))]
        super().__init__(**kwargs)


class OwnId(Slug):
    """The id of something new that has an address of its own: not a word that stands in its place there."""

    def __init__(self, **kwargs: Any) -> None:
        taken = ", ".join(sorted(RESERVED))
        error = f"Must not be one of the words that addresses use: {taken}."
        super().__init__(**{**kwargs, "validate": validate.NoneOf(RESERVED, error=error)})


class Text(_ma.String):
    """Text for people: NFC-normalised, stripped, no control characters, 1 to `max` long."""

    def __init__(self, max: int = 200, **kwargs: Any) -> None:
        self.max = max
        super().__init__(**_metadata(kwargs, minLength=1, maxLength=max))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> str:
        text = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kw)).strip()
        if not text:
            raise ValidationError("Must not be empty.")
        if any(unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co") for character in text):
            raise ValidationError("Must not hold control characters.")
        if len(text) > self.max:
            raise ValidationError(f"Must be at most {self.max} characters long.")
        return text


def _as_list(validators: Any) -> list[Any]:
    if validators is None:
        return []
    return [validators] if callable(validators) else list(validators)
