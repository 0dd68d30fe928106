"""The answers that an estimate is made of, and the count of the censuses that stands beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from services.training.domain.estimate import Answered
from services.training.domain.events import Mode
from services.training.views.answers import AnswerDocument
from services.training.views.common import collection


class Census(NamedTuple):
    """Facilities that answered in any census, and those whose latest answer names a benefit."""

    answers: int
    naming: int


def answers_of(survey_id: str, within: Sequence[str] | None, survivors: Mapping[str, str]) -> list[Answered]:
    """The answers that hold, of these subjects only unless `within` is None; of a facility one.

    `survivors` says of a merged duplicate which facility it is now: so for `census`.
    """
    found = _latest(_scoped({"survey_id": survey_id}, within), survivors)
    return [Answered(Decimal(each["weight"] or 1), bool(each["benefits"])) for each in found]


def census(within: Sequence[str] | None, survivors: Mapping[str, str]) -> Census:
    """Counted in the database, but for facilities that were merged: those are few."""
    match = _scoped({"mode": Mode.CENSUS.value}, within)
    merged = sorted({*survivors, *survivors.values()})
    apart = _latest({**match, "facility_id": {"$in": merged}}, survivors)
    grouped = collection(AnswerDocument).aggregate(
        [
            {"$match": {**match, "facility_id": {"$nin": merged}}},
            {"$sort": {"answered_on": 1, "position": 1}},
            {"$group": {"_id": "$facility_id", "benefits": {"$last": "$benefits"}}},
            {"$group": {"_id": {"$gt": [{"$size": "$benefits"}, 0]}, "facilities": {"$sum": 1}}},
        ],
        allowDiskUse=True,
    )
    counts = {group["_id"]: group["facilities"] for group in grouped}
    return Census(
        answers=sum(counts.values()) + len(apart),
        naming=counts.get(True, 0) + sum(bool(each["benefits"]) for each in apart),
    )


def _latest(match: dict[str, Any], survivors: Mapping[str, str]) -> list[dict[str, Any]]:
    """Of each facility the answer of the latest day, on one day the last recorded."""
    kept = {"facility_id": 1, "weight": 1, "benefits": 1}
    found = collection(AnswerDocument).find(match, kept).sort([("answered_on", 1), ("position", 1)])
    latest = {survivors.get(each["facility_id"], each["facility_id"]): each for each in found}
    return list(latest.values())


def is_answered(survey_id: str) -> bool:
    """Whether any facility has answered, as far as the query model goes."""
    return collection(AnswerDocument).find_one({"survey_id": survey_id}) is not None


def _scoped(match: dict[str, Any], within: Sequence[str] | None) -> dict[str, Any]:
    return match if within is None else {**match, "subject": {"$in": list(within)}}
