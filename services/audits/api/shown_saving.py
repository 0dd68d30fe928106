"""A saving as it is answered, rounded half-even here and nowhere before; or why there is none."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.audits.domain.factors import factors
from services.audits.domain.saving import Pair, Quantity, Saving, saving_of
from services.audits.domain.state import Assessment
from services.audits.domain.texts import reason_words

#: Name in the answer -> the quantity, how many there are of one of its own units, decimal places.
SHOWN: dict[str, tuple[Quantity, str, int]] = {
    "energy_toe": ("energy", "1", 6),
    "energy_gj": ("energy", factors().gj_per_toe, 3),
    "fuel_toe": ("fuel", "1", 6),
    "water_m3": ("water", "1", 3),
    "material_vnd": ("material", "1", 0),
    "co2_t": ("co2", "1", 6),
    "cost_vnd": ("cost", "1", 0),
}


def saving_shown(state: Assessment, follow_up_id: str) -> dict[str, Any]:
    later = state.follow_ups[follow_up_id].measurement
    saving = saving_of(state.baseline, later)
    names = {product.code: product.name for product in (state.baseline or later).products}
    return {
        "factors": factors().version,
        "grid_year": factors().grid_year(later.period.end.year),
        **{
            name: _figure(saving, quantity, Fraction(scale), places)
            for name, (quantity, scale, places) in SHOWN.items()
        },
        "by_product": [
            {"code": code, "name": names[code], **_pair(pair, Fraction(1), 6)}
            for code, pair in saving.by_product.items()
        ],
        "new_products": list(saving.new_products),
    }


def _figure(saving: Saving, quantity: Quantity, scale: Fraction, places: int) -> dict[str, Any]:
    pair = saving.pairs.get(quantity)
    if pair is None:
        why = saving.reasons[quantity]
        words = reason_words(why)
        reason = {"code": why.code, "vi": words.vi, "en": words.en}
        return {"expected": None, "actual": None, "saved": None, "percent": None, "reason": reason}
    return {**_pair(pair, scale, places), "reason": None}


def _pair(pair: Pair, scale: Fraction, places: int) -> dict[str, str | None]:
    """`percent` is null where nothing is expected."""
    return {
        "expected": _text(pair.expected * scale, places),
        "actual": _text(pair.actual * scale, places),
        "saved": _text(pair.saved * scale, places),
        "percent": _text(pair.saved * 100 / pair.expected, 2) if pair.expected else None,
    }


def _text(value: Fraction, places: int) -> str:
    return format(Decimal(round(value * 10**places)).scaleb(-places), "f")
