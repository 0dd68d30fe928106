"""How alike two records are: what is the same, what is not, and what a merge of them would mean.

The first ten digits of a tax code are the enterprise's; three more tell its branches apart. So records that
share the ten digits are only weakly alike unless their names are the same too, or the whole codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Literal, NamedTuple

import msgspec

from services.eventkit.text import fold
from services.registry.domain.facility import Facility, Status
from services.registry.domain.merging import MergeRegister

Strength = Literal["strong", "weak"]

#: Digits of a tax code that are those of the enterprise.
ENTERPRISE_DIGITS = 10


class Alike(NamedTuple):
    """What of a record is looked at."""

    id: str
    name_key: str
    unit_id: str
    tax_code: str | None


class Warning(NamedTuple):
    code: str
    detail: str


def enterprise(tax_code: str | None) -> str | None:
    return None if tax_code is None else tax_code[:ENTERPRISE_DIGITS]


def shared(facility: Facility) -> list[str]:
    """What a record of the same facility would have, too: ``tax-code:<ten digits>``, where there is one, and
    ``name:<unit>:<name without accents>``."""
    code = enterprise(facility.details.tax_code)
    codes = [] if code is None else [f"tax-code:{code}"]
    return [*codes, f"name:{facility.unit.latest}:{fold(facility.details.name)}"]


def strength(one: Alike, other: Alike) -> Strength | None:
    """None: nothing says that they are the same."""
    mine, theirs = enterprise(one.tax_code), enterprise(other.tax_code)
    one_name = one.name_key == other.name_key
    if mine is not None and mine == theirs:
        return "strong" if one_name or _digits(one) == _digits(other) else "weak"
    if one_name and one.unit_id == other.unit_id:
        return "strong" if mine is None or theirs is None else "weak"
    return None


def _digits(record: Alike) -> str:
    return (record.tax_code or "").replace("-", "")


def strongest(records: Iterable[Alike], register: MergeRegister) -> Strength | None:
    """Of all pairs that nobody declared distinct; None when no pair is left."""
    found = {
        strength(one, other)
        for one, other in combinations(records, 2)
        if not register.are_distinct(one.id, other.id)
    }
    if "strong" in found:
        return "strong"
    return "weak" if "weak" in found else None


def compared(one: Facility, other: Facility) -> dict[str, bool | None]:
    """By field, whether the two say the same; None where one of them says nothing."""
    mine, theirs = _said(one), _said(other)
    return {
        field: None if mine[field] is None or theirs[field] is None else mine[field] == theirs[field]
        for field in mine
    }


def _said(facility: Facility) -> dict[str, object]:
    details = facility.details
    return msgspec.structs.asdict(details) | {
        "name": fold(details.name),
        "tax_code": enterprise(details.tax_code),
        "products": tuple(sorted(fold(product.name) for product in details.products)) or None,
        "unit_id": facility.unit.latest,
        "status": facility.status.latest,
        "registered_on": facility.registered_on,
    }


def warnings(duplicate: Facility, survivor: Facility) -> Iterator[Warning]:
    """What to think of before the first is merged into the second, whose status, unit, kind, industry and
    number of employees are those of both from then on."""
    status = survivor.status.latest
    if status is not Status.OPERATING and duplicate.status.latest is Status.OPERATING:
        yield Warning(
            "survivor-not-operating",
            f"{survivor.id} is {status}: merged, both are. Merge {survivor.id} into {duplicate.id} instead.",
        )
    if survivor.registered_on > duplicate.registered_on:
        yield Warning(
            "survivor-registered-later",
            f"{survivor.id} exists from {survivor.registered_on}, {duplicate.id} from "
            f"{duplicate.registered_on}: merged, the two count from {survivor.registered_on} on.",
        )
