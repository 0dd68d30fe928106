"""An assessment as it is answered. Amounts are decimal strings, exactly as recorded; money is whole VND."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from services.audits.api.shown_saving import saving_shown
from services.audits.domain.catalogue import Flag
from services.audits.domain.flags import flags_of, left_out
from services.audits.domain.option_life import due_on, lapses_on, status_on
from services.audits.domain.payback import payback, years
from services.audits.domain.state import Assessment, FollowUp, Option
from services.audits.domain.texts import flag_words


def assessment_shown(state: Assessment, version: int, today: date) -> dict[str, Any]:
    return {
        "id": state.id,
        "version": version,
        "facility_id": state.facility_id,
        "unit_id": state.unit_id,
        "method": state.method,
        "status": state.status,
        "step": state.step,
        "tasks": list(state.tasks),
        "assessor": state.assessor,
        "opened_on": _plain(state.opened_on),
        "submitted_on": _plain(state.submitted_on),
        "decided_on": _plain(state.decided_on),
        "reviewer": state.reviewer,
        "reason": state.reason,
        "baseline": _plain(state.baseline),
        "baseline_history": _plain(state.baseline_history),
        "options": [option_shown(id_, option, today) for id_, option in state.options.items()],
        "follow_ups": [follow_up_shown(state, id_) for id_ in state.follow_ups],
        "pilots": [{"pilot_id": id_, **_plain(pilot)} for id_, pilot in state.pilots.items()],
    }


def option_shown(id_: str, option: Option, today: date) -> dict[str, Any]:
    fields = _plain(option)
    del fields["contributors"]
    back = payback(option.investment_vnd, option.yearly_saving_vnd)
    return {
        "option_id": id_,
        **fields,
        "status": status_on(option, today) or option.status,
        "due_on": _plain(due_on(option)),
        "lapses_on": _plain(lapses_on(option)),
        "payback_years": None if back is None else years(back),
    }


def follow_up_shown(state: Assessment, id_: str) -> dict[str, Any]:
    follow_up = state.follow_ups[id_]
    fields = _plain(follow_up)
    del fields["contributors"], fields["decisions"]
    outlier = follow_up.decisions.get("outlier")
    return {
        "follow_up_id": id_,
        **fields,
        "outlier_decision": outlier.decision if outlier else None,
        "outlier_reviewer": outlier.reviewer if outlier else None,
        "outlier_note": outlier.note if outlier else None,
        "saving": saving_shown(state, id_),
        "flags": [_flag_shown(flag, follow_up) for flag in flags_of(state, id_)],
        "left_out": left_out(state, id_),
    }


def _flag_shown(flag: Flag, follow_up: FollowUp) -> dict[str, Any]:
    words, decision = flag_words(flag), follow_up.decisions.get(flag)
    return {
        "flag": flag,
        "vi": words.vi,
        "en": words.en,
        "decision": decision.decision if decision else None,
        "reviewer": decision.reviewer if decision else None,
        "note": decision.note if decision else None,
        "decided_on": _plain(decision.on) if decision else None,
    }


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
