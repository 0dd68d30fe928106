"""What a department would lose: plans that load as they are, with the figures of the decisions alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.sxsh.plan_commands import comparison, judged, milestone, plans, read, shipped
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


@pytest.mark.parametrize(
    ("on", "value"),
    [("2016-01-01", "0.05"), ("2025-12-31", "0.05"), ("2026-01-01", "0.07"), ("2031-01-01", "0.07")],
)
def test_the_next_milestone_counts_and_after_the_last_the_last(on: str, value: str) -> None:
    found = milestone(shipped()["qd-889-2021"], "K2b", date.fromisoformat(on))

    assert found is not None and found["value"] == value


def answered(code: str, value: str | None) -> dict[str, Any]:
    return {"code": code, "value": value, "decimal": value and "0.499999", "name": {"vi": code, "en": code}}


@pytest.mark.parametrize(("value", "said"), [("1/2", "yes"), ("499999999/1000000000", "no"), (None, "–")])
def test_exact_values_are_compared(value: str | None, said: str) -> None:
    shown = judged(answered("K2a", value), shipped()["national-2020"], date(2020, 12, 31))

    assert said in shown
    assert "50.00%" in shown and "2020-12-31" in shown


def test_one_row_an_indicator_and_one_column_a_plan() -> None:
    answer = {
        "as_of": "2020-12-31",
        "rules": {"id": "sxsh-2016", "version": "2"},
        "targets": [answered(code, "1/2") for code in ("K1", "K2", "K2a", "K2b", "K2c", "K2d", "K3")],
    }
    table = comparison(answer, [shipped()[id_] for id_ in FIGURES])

    assert [column.header for column in table.columns][3:] == list(FIGURES)
    cells = [list(column.cells) for column in table.columns]
    assert cells[0] == ["K1", "K2a", "K2b", "K3"]
    assert "no target" in str(cells[5][0]) and "no target" in str(cells[4][3])
