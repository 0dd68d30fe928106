"""What somebody who tries the system would lose: a part of the programme that is never shown."""

from __future__ import annotations

from typing import Any, get_args

from deploy.sxsh.demo import extras, programme
from deploy.sxsh.demo.plan import plan
from deploy.sxsh.demo.steps import Step
from deploy.sxsh.plan_commands import shipped
from services.audits.domain.catalogue import OPTION_CLASSES
from services.registry.domain.events import FundingSource, TaskStatus
from services.training.domain.events import Channel

STEPS = [step for phase in plan(140) for track in phase.tracks for step in track]


def sent(path: str) -> list[dict[str, Any]]:
    return [step.body for step in STEPS if step.path.endswith(path)]


def test_three_plans_and_tasks_in_all_five_groups_whatever_their_status() -> None:
    assert [body["id"] for body in sent("/plans")] == list(shipped())
    groups = {task["task_id"]: task["group"] for task in shipped()[programme.PLAN]["tasks"]}
    reported = [step.path.split("/")[-2] for step in STEPS if step.path.endswith("/progress-reports")]
    assert {groups[task] for task in reported} == {1, 2, 3, 4, 5}
    assert {body["status"] for body in sent("/status")} | {"planned"} == set(get_args(TaskStatus))
    assert set(groups) - set(reported) == {"policies"}, "one task that stays planned"


def test_money_of_every_source_planned_committed_disbursed_and_corrected() -> None:
    assert {body["source"] for body in sent("/funding")} == set(get_args(FundingSource))
    assert {body["group"] for body in sent("/funding")} == {1, 2, 3, 4, 5}
    assert {body.get("abroad", False) for body in sent("/funding")} == {True, False}
    assert sent("/commitments") and sent("/disbursements")
    assert any(committed > planned for _, _, planned, committed, _, _ in programme.MONEY)
    assert any("delta_vnd" in body for body in sent("/corrections"))


def test_documents_early_late_dropped_and_open() -> None:
    issued = [(due, then[1]) for _, _, due, then in programme.DOCUMENTS if then and then[0] == "issue"]
    assert any(day < due for due, day in issued) and any(day > due for due, day in issued)
    assert sent("/drop")
    assert any(then is None for *_, then in programme.DOCUMENTS)


def test_a_campaign_by_every_channel() -> None:
    assert {body["channel"] for body in sent("/campaigns")} == {channel.value for channel in Channel}
    assert sent("/reach-reports") and sent("/closure")
    assert any(step.path.startswith("/api/v1/campaigns") and "facility_id" in step.body for step in STEPS)


def test_an_option_of_every_class_and_every_fate() -> None:
    own = [body for body in sent("/options") if body.get("estimated")]
    assert {body["option_class"] for body in own} == set(OPTION_CLASSES)
    fates = {fate for _, _, fate in extras.EVERY_OPTION}
    assert fates == {
        *("proposed", "pending", "lapsed", "excluded", "refused"),
        *("implemented-late", "verified", "discontinued"),
    }
    assert {body["answer"] for body in sent("/answers") if "answer" in body} == {
        "still-pending",
        "implemented",
    }


def test_the_same_figures_two_years_running_one_waiting_and_one_kept() -> None:
    (kept,) = sent("/flag-review")
    assert (kept["flag"], kept["decision"]) == ("same-figure", "keep")
    told: dict[str, list[Any]] = {}
    for step in STEPS:
        if step.path.endswith("/follow-ups"):
            told.setdefault(step.path, []).append(step.body["flows"])
    same = [path for path, (first, *more) in told.items() if more and more[0] == first]
    assert len(same) == 2


def test_a_merged_duplicate_and_a_pair_that_waits() -> None:
    (merged,) = sent("/merges")
    assert merged["survivor_id"] == f"{{facility-{extras.SURVIVOR:04d}}}"
    codes = [body["tax_code"] for body in sent("/facilities") if body.get("tax_code")]
    assert len(codes) - len(set(codes)) == len(extras.REPEATS) == 2


def test_the_reorganisation_of_2025_comes_last() -> None:
    last: list[Step] = plan(140)[-1].tracks[0]
    assert [step.body.get("name") for step in last] == ["ninh-binh-2025-01", None, "ninh-binh-2025-07", None]


def test_a_plant_is_told_once_however_many_are_asked_for() -> None:
    keys = [step.key for phase in plan(480) for track in phase.tracks for step in track]
    assert len(keys) == len(set(keys))
