"""The list of the facilities drawn for a survey, and which of them have answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.eventkit.errors import InvalidInput
from services.training.domain.surveys import Sample
from services.training.views.answers import AnswerDocument
from services.training.views.common import collection


def list_sample(
    query: dict[str, Any], survey_id: str, sample: Sample, within: Sequence[str] | None
) -> dict[str, Any]:
    """One page, by facility id; the cursor is the last of the page before. Raises `InvalidInput`."""
    sort, cursor, asked = query["sort"] or "facility_id", query["cursor"], query.get("answered")
    if sort.removeprefix("-") != "facility_id":
        raise InvalidInput.at("/sort", "must be facility_id, with or without a `-`")
    descending = sort.startswith("-")
    answered = _answered(survey_id)
    own = None if within is None else set(within)
    found = [
        id_
        for id_ in sorted(sample.facility_ids, reverse=descending)
        if (own is None or f"facility:{id_}" in own)
        and (asked is None or (id_ in answered) == asked)
        and (cursor is None or (id_ < cursor if descending else id_ > cursor))
    ]
    shown = found[: query["limit"]]
    items = [{"facility_id": id_, "answered_on": answered.get(id_)} for id_ in shown]
    return {"items": items, "next": shown[-1] if len(found) > len(shown) else None}


def _answered(survey_id: str) -> dict[str, str]:
    """Facility to the day of the answer that holds; a sample has at most 5,000."""
    found = collection(AnswerDocument).find({"survey_id": survey_id}, {"facility_id": 1, "answered_on": 1})
    return {each["facility_id"]: each["answered_on"] for each in found}
