"""Single records as they are answered."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from services.training.domain.campaigns import Campaign
from services.training.domain.courses import Course
from services.training.domain.estimate import LEVEL, Answered, estimate, rounded
from services.training.domain.events import Mode
from services.training.domain.participations import Participation
from services.training.domain.surveys import Sample, Survey
from services.training.views.estimates import Census

NO_ANSWERS = {
    "vi": "Chưa ước lượng được vì chưa có phiếu trả lời nào trong phạm vi này.",
    "en": "There is nothing to estimate from: no facility in this scope has answered yet.",
}
COUNTED = {
    "vi": "Đây là điều tra toàn bộ: kết quả được đếm, không phải ước lượng.",
    "en": "This is a census: its answers are counted, not estimated.",
}
WILSON_KISH = {
    "id": "wilson-kish",
    "vi": "Tỷ lệ có trọng số; khoảng tin cậy Wilson 95% (z = 1,959964) trên cỡ mẫu hiệu dụng của Kish; "
    "không tính đến phân tầng.",
    "en": "Weighted share; Wilson score interval at 95% (z = 1.959964) on Kish's effective number of "
    "answers; strata are not taken into account.",
}
WILSON_KISH_FPC = {
    "id": "wilson-kish-fpc",
    "vi": "Tỷ lệ có trọng số; khoảng tin cậy Wilson 95% (z = 1,959964) trên cỡ mẫu hiệu dụng của Kish, "
    "có hiệu chỉnh tổng thể hữu hạn; không tính đến phân tầng.",
    "en": "Weighted share; Wilson score interval at 95% (z = 1.959964) on Kish's effective number of answers "
    "with the finite population correction; strata are not taken into account.",
}


def campaign_shown(campaign: Campaign, version: int, facilities_reached: int) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(campaign),
        "version": version,
        "status": "open" if campaign.closed_on is None else "closed",
        "people": campaign.people,
        "facilities_reached": facilities_reached,
    }


def course_shown(course: Course, version: int) -> dict[str, Any]:
    """Sessions in the order of their days."""
    sessions = sorted(course.sessions.values(), key=lambda session: (session.on, session.id))
    shown = {**msgspec.to_builtins(course), "version": version}
    return {**shown, "sessions": [msgspec.to_builtins(session) for session in sessions]}


def participation_shown(part: Participation, version: int, attendee: dict[str, Any] | None) -> dict[str, Any]:
    """`attendee` is the opened name, or None where it may not or can no longer be shown."""
    return {**msgspec.to_builtins(part), "version": version, "attendee": attendee}


def survey_shown(survey: Survey, version: int) -> dict[str, Any]:
    """How the sample was drawn, but not the drawn: they are a list of their own."""
    sample = survey.sample
    return {
        **msgspec.to_builtins(msgspec.structs.replace(survey, sample=None)),
        "version": version,
        "status": "open" if survey.closed_on is None else "closed",
        "sample_size": None if sample is None else len(sample.facility_ids),
        "sample": None if sample is None else _drawn(sample),
    }


def _drawn(sample: Sample) -> dict[str, Any]:
    return {
        "drawn_on": sample.drawn_on,
        "seed": sample.seed,
        "size": len(sample.facility_ids),
        "frame_size": sample.frame_size,
        "frame_sha256": sample.frame_sha256,
    }


def estimate_shown(
    survey: Survey, answers: Sequence[Answered], population: int | None, census: Census
) -> dict[str, Any]:
    """`population` is None where it is not known of how many facilities these answers speak."""
    found = estimate(answers, population) if survey.mode is Mode.SAMPLE else None
    reason = None if found else NO_ANSWERS if survey.mode is Mode.SAMPLE else COUNTED
    return {
        "survey_id": survey.id,
        "mode": survey.mode,
        "answers": len(answers),
        "naming": sum(answer.names for answer in answers),
        "weight": sum((answer.weight for answer in answers), Decimal(0)),
        "effective_answers": None if found is None else rounded(found.effective, 2),
        "population": population,
        "share": None if found is None else rounded(found.share),
        "low": None if found is None else found.low,
        "high": None if found is None else found.high,
        "level": LEVEL,
        "method": WILSON_KISH if population is None else WILSON_KISH_FPC,
        "reason": reason,
        "census": census._asdict(),
    }
