"""Any plan that was loaded judges the same facts: side by side, with its path and where the year leads."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from deploy.sxsh.evidence import verifier
from deploy.sxsh.evidence.bundle import PLAN_FIELDS
from tests.integration.kpi.conftest import Stored
from tests.integration.kpi.test_api import _conforms, get, province
from tests.unit.kpi.lives import Life

__all__ = ["province"]


def loaded(plan_id: str, start: str, due: str, **targets: Any) -> Life:
    return Life(f"plan:{plan_id}").tell(
        "registry",
        "plan.loaded",
        start,
        plan_id=plan_id,
        name={"vi": f"Kế hoạch {plan_id}", "en": plan_id},
        source="a decision",
        start=start,
        due=due,
        territory=["nho-quan", "yen-mo"],
        targets=[
            {"code": code, "milestones": [{"on": on, "value": value} for on, value in milestones.items()]}
            for code, milestones in targets.items()
        ],
        task_groups=[],
        tasks=[],
        expected={},
        sha256="0" * 64,
    )


@pytest.fixture
def plans(province: Stored) -> Stored:
    province.tell(
        loaded("national", "2016-08-17", "2020-12-31", K1={"2020-12-31": "0.2"}, K2a={"2020-12-31": "0.9"}),
        loaded("qd-889", "2021-01-01", "2030-12-31", K2b={"2025-12-31": "0.05", "2030-12-31": "0.2"}),
    ).flush(registry=20)
    return province


def judged(client: FlaskClient, plan: str, code: str, **query: Any) -> Any:
    return get(client, f"/targets/{code}", plan=plan, **query)["target"]


def test_without_a_loaded_plan_the_built_in_one_judges(client: FlaskClient, province: Stored) -> None:
    (plan,) = get(client, "/plans")["plans"]
    assert (plan["id"], plan["loaded"], plan["default"]) == ("nb-1051-2016", False, True)
    found = {target["code"]: target for target in get(client, "/targets")["targets"]}
    assert {code: one["status"] for code, one in found.items()} == {
        "K1": "missed",
        "K2": "met",
        "K2a": "met",
        "K2b": "met",
        "K2c": "no-target",
        "K2d": "no-target",
        "K3": "missed",
    }
    assert (found["K1"]["target"], found["K1"]["milestone_on"]) == ("0.95", "2020-12-31")
    assert found["K2b"]["band"] == ["0.08", "0.13"]


def test_each_plan_judges_by_its_own_targets_and_day(client: FlaskClient, plans: Stored) -> None:
    assert (judged(client, "national", "K1")["value"], judged(client, "national", "K1")["met"]) == (
        "1/4",
        True,
    )
    assert judged(client, "national", "K2a")["status"] == "missed"
    assert judged(client, "national", "K3")["status"] == "no-target"
    assert judged(client, "national", "K3")["value"] == "1/2"
    assert judged(client, "qd-889", "K2b", on="2024-01-01")["status"] == "on-track"
    assert judged(client, "qd-889", "K2b", on="2024-01-01")["target"] == "0.05"
    assert judged(client, "qd-889", "K2b", on="2030-12-31")["status"] == "missed"
    both = judged(client, "qd-889", "K2", on="2024-01-01")
    assert (both["status"], both["met"]) == ("no-target", None)
    assert "sets no target" in both["reason"]["en"]
    assert get(client, "/targets", plan="qd-889", on="2024-01-01")["plan"]["due"] == "2030-12-31"
    assert "national" in get(client, "/targets", 404, plan="no-such")["detail"]


def test_the_path_and_the_forecast_are_shown_before_the_milestone(client: FlaskClient, plans: Stored) -> None:
    found = judged(client, "nb-1051-2016", "K2a", on="2017-12-31")
    assert found["status"] == "on-track"
    assert Decimal(found["path"]) == (Decimal("0.35") * 501 / 1597).quantize(Decimal("0.000001"))
    assert found["forecast"]["method"] == "linear-12m"
    assert (found["forecast"]["months"], found["forecast"]["on"]) == (12, "2020-12-31")
    assert Decimal(found["forecast"]["decimal"]) == 1
    behind = judged(client, "nb-1051-2016", "K1", on="2019-06-30")
    assert (behind["status"], behind["forecast"]["decimal"]) == ("off-track", "0.250000")


def test_all_plans_side_by_side(client: FlaskClient, plans: Stored) -> None:
    body = get(client, "/targets/comparison")
    assert [plan["id"] for plan in body["plans"]] == ["nb-1051-2016", "national", "qd-889"]
    met = {p["id"]: {t["code"]: t["met"] for t in p["targets"]} for p in body["plans"]}
    assert [met[id_]["K1"] for id_ in met] == [False, True, None]
    assert [met[id_]["K2a"] for id_ in met] == [True, False, None]
    values = {(t["code"], t["value"]) for p in body["plans"] for t in p["targets"] if t["code"] != "K2"}
    assert len(values) == 6, "the same facts under each"
    document = get(client, "/openapi.json")
    _conforms(document, "/targets/comparison", body)
    _conforms(document, "/plans", get(client, "/plans"))
    answer = client.get("/api/v1/targets/comparison/export?format=csv&table=plans.targets")
    assert answer.status_code == 200
    assert answer.text.count("qd-889") == 7


def test_a_revised_plan_judges_anew(client: FlaskClient, plans: Stored) -> None:
    life = loaded("national", "2016-08-17", "2020-12-31", K1={"2020-12-31": "0.3"})
    plans.tell(life).flush(registry=21)
    found = get(client, "/targets/K1", plan="national", after="registry:21")["target"]
    assert (found["target"], found["met"]) == ("0.3", False)


def test_shares_are_also_of_the_official_number(client: FlaskClient, plans: Stored) -> None:
    none = judged(client, "nb-1051-2016", "K1")["over_official"]
    assert (none["value"], "no official number" in none["reason"]["en"]) == (None, True)
    for unit, facilities in (("nho-quan", 6), ("yen-mo", 4)):
        life = Life(f"unit:{unit}").tell(
            "registry", "unit.registered", "2000-01-01", unit_id=unit, name=unit, level="district"
        )
        plans.retell(life, ("registry", "official-count.published", "2018-01-01", {"facilities": facilities}))
    plans.flush(registry=22)
    found = get(client, "/targets/K2a", after="registry:22")["target"]
    assert (found["value"], found["over_official"]["value"]) == ("3/4", "3/10")
    assert judged(client, "national", "K2a", unit_id="yen-mo")["over_official"]["value"] == "1/4"
    divided = judged(client, "national", "K2a", kind="household")["over_official"]
    assert (divided["value"], "not divided" in divided["reason"]["en"]) == (None, True)
    assert judged(client, "national", "K2b")["over_official"] is None


def test_the_rules_and_the_built_in_plan_are_those_that_a_verifier_knows(
    client: FlaskClient, province: Stored
) -> None:
    """Shown without a loaded plan, in the shape in which an evidence bundle holds them."""
    rules = get(client, "/rules")
    assert hashlib.sha256(verifier.canonical(rules["content"])).hexdigest() == rules["sha256"]
    assert verifier.KNOWN[f"rules {rules['id']}@{rules['version']}"] == rules["sha256"]
    (plan,) = [one for one in get(client, "/plans")["plans"] if not one["loaded"]]
    bare = {name: plan[name] for name in PLAN_FIELDS}
    assert verifier.KNOWN[f"plan {plan['id']}"] == hashlib.sha256(verifier.canonical(bare)).hexdigest()
