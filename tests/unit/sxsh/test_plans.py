"""What a department would lose: plans that load as they are, with the figures of the decisions alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.sxsh.plan_commands import comparison, judged, plans, read, shipped
from deploy.sxsh.trouble import Trouble
from services.registry.api.plan_schemas import LoadPlanSchema
from services.registry.domain.plan_content import PlanContent, check

FIGURES = {
    "nb-1051-2016": {"K1": ["0.95"], "K2a": ["0.35"], "K2b": ["0.08"], "K3": ["1"]},
    "national-2020": {"K1": ["0.90"], "K2a": ["0.50"], "K2b": ["0.08"]},
    "qd-889-2021": {"K2b": ["0.05", "0.07"]},
}
BANDS = {
    "nb-1051-2016": [["0.08", "0.13"]],
    "national-2020": [["0.08", "0.13"]],
    "qd-889-2021": [["0.05", "0.08"], ["0.07", "0.10"]],
}


@pytest.mark.parametrize("id_", FIGURES)
def test_a_plan_has_the_figures_of_its_decision(id_: str) -> None:
    targets = shipped()[id_]["targets"]

    assert {one["code"]: [step["value"] for step in one["milestones"]] for one in targets} == FIGURES[id_]
    (saving,) = (one for one in targets if one["code"] == "K2b")
    assert [step["band"] for step in saving["milestones"]] == BANDS[id_]


@pytest.mark.parametrize("id_", FIGURES)
def test_the_registry_takes_a_plan_as_it_is(id_: str) -> None:
    body = LoadPlanSchema().load(shipped()[id_])

    check(msgspec.convert({name: body[name] for name in PlanContent.__struct_fields__}, PlanContent))


def test_the_plan_of_the_province_has_tasks_in_every_group() -> None:
    plan = shipped()["nb-1051-2016"]

    assert [one["group"] for one in plan["task_groups"]] == [1, 2, 3, 4, 5]
    assert {one["group"] for one in plan["tasks"]} == {1, 2, 3, 4, 5}


def test_a_plan_is_named_by_its_id_its_file_or_with_all_others(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("id: own\nstart: 2022-01-01\ndue: 2023-12-31\n")

    assert {one["id"] for one in plans("all")} == set(FIGURES)
    assert [one["id"] for one in plans("national-2020")] == ["national-2020"]
    assert plans(str(own)) == [
        {"id": "own", "start": "2022-01-01", "due": "2023-12-31", "occurred_on": "2022-01-01"}
    ]


@pytest.mark.parametrize(
    ("content", "said"), [("id: [", "YAML"), ("- a\n", "holds no mapping"), ("name: x\n", "holds no plan")]
)
def test_a_file_that_is_no_plan_is_said_plainly(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(content)

    with pytest.raises(Trouble, match=said):
        read(path)
    with pytest.raises(Trouble, match="no plan of that id"):
        plans("nb-1051")


def answered(code: str, target: str | None, status: str, **changes: Any) -> dict[str, Any]:
    """One indicator under one plan, as the service compares them."""
    known = {"decimal": "0.499999", "milestone_on": target and "2020-12-31", "forecast": None}
    return {
        "code": code,
        "name": {"vi": code, "en": code},
        "target": target,
        "status": status,
        **known,
        **changes,
    }


def test_what_the_service_judged_is_shown_and_nothing_is_judged_here() -> None:
    ahead = {"method": "linear-12m", "months": 12, "on": "2020-12-31", "decimal": "0.612345"}
    shown = judged(answered("K1", "0.50", "at-risk", forecast=ahead))

    assert "50.00%" in shown and "2020-12-31" in shown and "at risk" in shown and "61.23%" in shown
    assert "met" in judged(answered("K1", "0.50", "met"))
    assert "no target" in judged(answered("K1", None, "no-target"))
    assert judged(answered("K1", "0.50", "unknown", decimal=None)).startswith("–")


def test_one_row_an_indicator_with_a_target_and_one_column_a_plan() -> None:
    def plan(id_: str, *targets: str | None) -> dict[str, Any]:
        codes = ("K1", "K2a", "K3")
        found = [answered(*pair, "off-track") for pair in zip(codes, targets, strict=True)]
        return {"id": id_, "targets": found}

    rules = {"id": "sxsh-2016", "version": "2"}
    plans_ = [plan("one", "0.95", None, None), plan("two", None, "0.5", None)]
    table = comparison({"as_of": "2020-12-31", "rules": rules, "plans": plans_})

    assert [column.header for column in table.columns][2:] == ["one", "two"]
    cells = [list(column.cells) for column in table.columns]
    assert cells[0] == ["K1", "K2a"]
    assert "95.00%" in str(cells[2][0]) and "no target" in str(cells[3][0])
