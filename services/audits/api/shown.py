"""An assessment as it is answered. Amounts are decimal strings, exactly as recorded; money is whole VND."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import msgspec

from services.audits.domain.state import Assessment, FollowUp, Option


def assessment_shown(state: Assessment, version: int) -> dict[str, Any]:
    return {
        "id": state.id,
        "version": version,
        "facility_id": state.facility_id,
        "unit_id": state.unit_id,
        "method": state.method,
        "status": state.status,
        "assessor": state.assessor,
        "opened_on": _plain(state.opened_on),
        "submitted_on": _plain(state.submitted_on),
        "decided_on": _plain(state.decided_on),
        "reviewer": state.reviewer,
        "reason": state.reason,
        "baseline": _plain(state.baseline),
        "options": [option_shown(id_, option) for id_, option in state.options.items()],
        "follow_ups": [follow_up_shown(id_, report) for id_, report in state.follow_ups.items()],
    }


def option_shown(id_: str, option: Option) -> dict[str, Any]:
    fields = _plain(option)
    del fields["contributors"]
    return {"option_id": id_, **fields, "payback_years": payback_years(option)}


def follow_up_shown(id_: str, follow_up: FollowUp) -> dict[str, Any]:
    return {"follow_up_id": id_, **_plain(follow_up)}


def payback_years(option: Option) -> str | None:
    """investment / yearly net saving; None when either is not known or nothing is saved."""
    if option.investment_vnd is None or not option.yearly_saving_vnd:
        return None
    years = Decimal(option.investment_vnd) / Decimal(option.yearly_saving_vnd)
    return str(years.quantize(Decimal("0.01"), ROUND_HALF_EVEN))


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
