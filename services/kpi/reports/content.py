"""What a report tells, from the cube: the same as the API answers for the last day of its period."""

from __future__ import annotations

from typing import Any

from services.kpi.api.judged import reading
from services.kpi.api.official_shown import Frozen, measures_beside, targets_beside
from services.kpi.api.shown import Shown, plan_shown
from services.kpi.api.supporting_shown import Reader
from services.kpi.api.tables import funding_shown, options_shown, quality_shown, tasks_shown
from services.kpi.domain.official import sha256_of
from services.kpi.domain.targets import CODES
from services.kpi.reports.periods import Period

#: Of a target, beside what /targets says of it.
DIVISIONS = ("by_district", "by_industry", "by_size", "by_kind")


def content(shown: Shown, frozen: Frozen, period: Period) -> dict[str, Any]:
    """Depends on period, positions, plan and rules, and on what is official of that day: on nothing else."""
    return {
        "report": {
            "id": f"{shown.plan.id}.{period.id}",
            "year": period.year,
            "quarter": period.quarter,
            "start": max(period.start, shown.plan.start),
            "end": period.end,
            "before": period.before if period.before >= shown.plan.start else None,
        },
        "plan": {**plan_shown(shown.plan), "sha256": sha256_of(shown.plan)},
        "rules": {
            "id": shown.rules.id,
            "version": shown.rules.version,
            "sha256": sha256_of(shown.rules.data),
        },
        "targets": _targets(shown, frozen, period),
        "supporting": [
            {**one, "measures": measures_beside(frozen, shown, one["code"], one["measures"])}
            for one in Reader(shown).all()
        ],
        "options": options_shown(shown),
        "funding": funding_shown(shown),
        "tasks": tasks_shown(shown),
        "quality": quality_shown(shown),
        "official": _official(shown, frozen),
    }


def _targets(shown: Shown, frozen: Frozen, period: Period) -> list[dict[str, Any]]:
    details = {code: shown.detail(code, "year") for code in CODES}
    targets = targets_beside(frozen, shown, [details[code]["target"] for code in CODES])
    found = []
    for target in targets:
        code = target["code"]
        detail = details[code]
        before = None
        if period.before >= shown.plan.start:
            (then,) = shown.readings(code, [period.before])
            before = reading(then)
        found.append(
            {
                **target,
                "rule": detail["rule"],
                "before": before,
                **{division: detail[division] for division in DIVISIONS},
            }
        )
    return found


def _official(shown: Shown, frozen: Frozen) -> dict[str, Any] | None:
    """What is frozen of the day, and why it was corrected; who can read the past adds `differences`."""
    period = frozen.of(shown)
    if period is None:
        return None
    held = period.official
    return {
        "official_id": held.official_id,
        "label": held.label,
        "by": held.by,
        "read_at": held.reading.read_at,
        "position": held.reading.position,
        "rules": f"{held.reading.rules.id}@{held.reading.rules.version}",
        "sha256": held.sha256,
        "lacking": [one.detail for one in held.lacking],
        "corrections": [
            {"label": one.label, "by": one.by, "read_at": one.reading.read_at, "reason": one.reason}
            for one in period.entries[1:]
        ],
        "differences": [],
    }


def restated(found: dict[str, Any]) -> bool:
    """Whether any target is another now than what is official."""
    return any(target["official"] and target["official"]["restated"] for target in found["targets"])
