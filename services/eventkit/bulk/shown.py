"""Jobs and problems as they are answered, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from flask import request

from services.eventkit.bulk.jobs import Job
from services.eventkit.bulk.kinds import Column, ImportKind, Sheet
from services.eventkit.bulk.problems import Language, Problem

_FIELDS = (
    "id", "kind", "format", "by", "state", "bytes", "sha256", "rows", "good", "bad", "done", "written",
    "same", "refused", "rate", "position", "made_at", "started_at", "ended_at", "dropped",
)  # fmt: skip


def language() -> Language:
    """What Accept-Language prefers of the two; Vietnamese when it says nothing."""
    return cast(Language, request.accept_languages.best_match(("vi", "en"), "vi"))


def job_of(item: dict[str, Any]) -> Job:
    return msgspec.convert(item, Job)


def problem_of(item: dict[str, Any]) -> Problem:
    return msgspec.convert(item, Problem)


def job_shown(job: Job, kinds: Mapping[str, ImportKind]) -> dict[str, Any]:
    failure = None if job.failure is None else problem_shown(job.failure, kinds[job.kind])
    return {**{name: getattr(job, name) for name in _FIELDS}, "failure": failure}


def problem_shown(problem: Problem, kind: ImportKind) -> dict[str, Any]:
    spoken = language()
    sheet, column = place(problem, kind)
    return {
        "sheet": problem.sheet if sheet is None else label(sheet, spoken),
        "row": problem.row,
        "column": problem.column if column is None else label(column, spoken),
        "column_key": problem.column,
        "value": problem.value,
        "code": problem.code,
        "reason": problem.reason(spoken),
    }


def place(problem: Problem, kind: ImportKind) -> tuple[Sheet | None, Column | None]:
    sheet = next((each for each in kind.sheets if each.key == problem.sheet), None)
    columns = () if sheet is None else sheet.columns
    return sheet, next((each for each in columns if each.key == problem.column), None)


def label(named: Sheet | Column | ImportKind, spoken: Language) -> str:
    return named.vi if spoken == "vi" else named.en
