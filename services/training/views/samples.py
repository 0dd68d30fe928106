"""The list of the facilities drawn for a survey, and which of them have answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.eventkit.errors import InvalidInput
from services.training.domain.surveys import Sample
from services.training.views.answers import AnswerDocument
from services.training.views.common import collection


def list_sample(
    query: dict[str, Any],
    survey_id: str,
    sample: Sample,
    within: Sequence[str] | None,
    survivors: Mapping[str, str],
) -> dict[str, Any]:
    """One page, by facility id; the cursor is the last of the page before.

    `survivors` says of a merged duplicate which facility it is now. Raises `InvalidInput`.
    """
    sort, cursor, asked = query["sort"] or "facility_id", query["cursor"], query.get("answered")
    if sort.removeprefix("-") != "facility_id":
        raise InvalidInput.at("/sort", "must be facility_id, with or without a `-`")
    descending = sort.startswith("-")
    answered = _answered(survey_id, survivors)
    own = None if within is None else set(within)
    lines = [
        {"facility_id": id_, "ask": ask, "answered_on": answered.get(ask)}
        for id_ in sorted(sample.facility_ids, reverse=descending)
        for ask in (survivors.get(id_, id_),)
        if (own is None or f"facility:{ask}" in own)
        and (asked is None or (ask in answered) == asked)
        and (cursor is None or (id_ < cursor if descending else id_ > cursor))
    ]
    items = lines[: query["limit"]]
    return {"items": items, "next": items[-1]["facility_id"] if len(lines) > len(items) else None}


def _answered(survey_id: str, survivors: Mapping[str, str]) -> dict[str, str]:
    """Facility to the day of the last answer it gave; a sample has at most 5,000."""
    found = collection(AnswerDocument).find({"survey_id": survey_id}, {"facility_id": 1, "answered_on": 1})
    days: dict[str, str] = {}
    for each in found:
        facility = survivors.get(each["facility_id"], each["facility_id"])
        days[facility] = max(each["answered_on"], days.get(facility, ""))
    return days
