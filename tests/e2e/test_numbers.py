"""What a user would lose: targets that are right. Each is worked out again, from the feeds alone."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
import urllib3

from tests.e2e.fold import DISTRICTS, Found, World
from tests.e2e.province import Province

pytestmark = pytest.mark.timeout(600)

#: Before, within and after the plan; around the end of suspensions and of a certificate.
DAYS = (
    "2015-06-30",
    "2016-12-31",
    "2017-09-30",
    "2018-03-31",
    "2018-12-31",
    "2019-08-31",
    "2019-09-01",
    "2019-10-12",
    "2019-10-13",
    "2019-12-31",
    "2020-12-31",
    "2021-05-16",
    "2021-05-17",
    "2024-12-31",
    "2025-01-01",
    "2025-06-30",
    "2025-07-01",
)
#: What facilities may be chosen by, as the service and as the fold call it.
CHOICES: tuple[dict[str, str], ...] = (
    {"size": "small"},
    {"size": "unknown"},
    {"kind": "household", "section": "C"},
    {"unit_id": "nho-quan", "size": "micro"},
    {"unit_id": "kim-son", "kind": "enterprise", "section": "C"},
    {"section": "B"},
)
CODES = ("K1", "K2a", "K2b", "K2c", "K2d", "K3")


class Loaded:
    def __init__(self, province: Province) -> None:
        self.province = province
        self.system = province.system
        assert province.told is not None
        self.told: list[dict[str, Any]] = province.told["targets"]
        self.world = World(*(self.feed(log) for log in ("registry", "audits", "training")))

    def feed(self, log: str) -> bytes:
        headers = {"Authorization": f"Bearer {self.system.token('inspector')}"}
        url = f"{self.system.addresses.services[log]}/api/v1/events?limit=10000"
        answer = urllib3.request("GET", url, headers=headers)
        assert answer.status == 200, answer.data
        return answer.data

    def heads(self) -> dict[str, int]:
        return {log: len(self.feed(log).splitlines()) for log in ("registry", "audits", "training")}

    def get(self, path: str) -> Any:
        status, found = self.system.call("GET", "kpi", path, roles=("inspector",))
        assert status == 200, found
        return found


@pytest.fixture(scope="module")
def loaded(province: Province) -> Loaded:
    province.run()
    return Loaded(province)


def shown(targets: list[dict[str, Any]], part: str | None = None) -> Found:
    found = {target["code"]: target if part is None else target[part] for target in targets}
    return {
        code: (one["numerator"], one["denominator"]) for code in CODES if (one := found[code]) is not None
    }


@pytest.mark.parametrize("day", DAYS)
def test_targets_are_what_the_feeds_say(loaded: Loaded, day: str) -> None:
    targets = loaded.get(f"/api/v1/targets?on={day}")["targets"]
    on = date.fromisoformat(day)
    assert shown(targets) == loaded.world.targets(on)
    enterprises = loaded.world.targets(on, kind="enterprise")
    del enterprises["K3"]
    assert shown(targets, "enterprises") == enterprises


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(choice.values()))
def test_any_choice_is_what_the_feeds_say(loaded: Loaded, choice: dict[str, str]) -> None:
    query = "&".join(f"{name}={value}" for name, value in choice.items())
    found = shown(loaded.get(f"/api/v1/targets?on=2019-12-31&{query}")["targets"])
    chosen = {"district" if name == "unit_id" else name: value for name, value in choice.items()}
    expected = loaded.world.targets(date(2019, 12, 31), **chosen)
    del found["K3"], expected["K3"]
    assert found == expected


@pytest.mark.parametrize("day", ["2018-12-31", "2020-12-31", "2024-12-31"])
def test_every_plan_judges_what_the_feeds_say(loaded: Loaded, day: str) -> None:
    """By its own figures, exactly; by the path of the plan before, and by nothing but them after."""
    plans = {plan["id"]: plan for plan in loaded.get("/api/v1/plans")["plans"]}
    compared = loaded.get(f"/api/v1/targets/comparison?on={day}")["plans"]
    assert {plan["id"] for plan in compared} == {"nb-1051-2016", "national-2020", "qd-889-2021"}
    values = loaded.world.targets(date.fromisoformat(day))
    for plan in compared:
        targets = {target["code"]: target for target in plans[plan["id"]]["targets"]}
        for one in plan["targets"]:
            if one["code"] == "K2":
                continue
            numerator, denominator = values[one["code"]]
            assert (one["numerator"], one["denominator"]) == (numerator, denominator)
            milestones = targets.get(one["code"], {"milestones": []})["milestones"]
            due = next((m for m in milestones if m["on"] >= day), milestones[-1] if milestones else None)
            if due is None:
                assert (one["met"], one["status"]) == (None, "no-target")
                continue
            met = Fraction(numerator, denominator) >= Fraction(due["value"])
            assert one["met"] == met
            if day >= due["on"]:
                assert one["status"] == ("met" if met else "missed")
            else:
                assert one["status"] in ("on-track", "at-risk", "off-track")


@pytest.mark.parametrize(("before", "after"), [("2024-12-31", "2025-01-01"), ("2025-06-30", "2025-07-01")])
def test_the_reorganisations_of_2025_move_no_total(loaded: Loaded, before: str, after: str) -> None:
    def totals(day: str) -> Found:
        return {
            c: v for c, v in shown(loaded.get(f"/api/v1/targets?on={day}")["targets"]).items() if c != "K3"
        }

    assert totals(before) == totals(after)


@pytest.mark.parametrize(("day", "units"), [("2024-12-31", 8), ("2025-01-01", 7), ("2025-07-01", 0)])
def test_district_level_units_are_eight_then_seven_then_none(loaded: Loaded, day: str, units: int) -> None:
    found = {target["code"]: target for target in loaded.get(f"/api/v1/targets?on={day}")["targets"]}["K3"]
    assert found["denominator"] == units
    assert (found["reason"] is None) == bool(units)


@pytest.mark.parametrize("code", CODES)
def test_districts_are_what_the_feeds_say_and_add_up(loaded: Loaded, code: str) -> None:
    detail = loaded.get(f"/api/v1/targets/{code}?on=2020-06-30")
    by_district = {one["unit_id"]: (one["numerator"], one["denominator"]) for one in detail["by_district"]}
    on = date(2020, 6, 30)
    expected = {
        unit: loaded.world.targets(on, district=unit)[code] for unit in DISTRICTS - {"thanh-pho-hoa-lu"}
    }
    assert by_district == expected
    whole = detail["target"]
    assert sum(numerator for numerator, _ in by_district.values()) == whole["numerator"]
    assert sum(denominator for _, denominator in by_district.values()) == whole["denominator"]


def test_the_demonstration_tells_every_story(loaded: Loaded) -> None:
    """Otherwise the comparison above would prove little."""
    found = shown(loaded.told)
    assert all(0 < numerator < denominator for numerator, denominator in found.values()), found
    (saving,) = [target for target in loaded.told if target["code"] == "K2b"]
    assert all(saving["excluded"].values()), saving["excluded"]
    assert found["K3"] == (6, 8)


def test_the_same_figure_two_years_running_leaves_a_facility_out_until_it_is_kept(loaded: Loaded) -> None:
    """One waits, one was looked at; until the copied year ends, both count."""
    query = "/api/v1/flags?flag=same-figure"
    status, found = loaded.system.call("GET", "audits", query, roles=("inspector",))
    assert status == 200, found
    flags = {flag["decision"]: flag["facility_id"] for flag in found["items"]}
    assert flags.keys() == {None, "keep"}
    kpi: dict[str | None, list[bool]] = {}
    for decision, facility in flags.items():
        kpi[decision] = []
        for day in ("2019-12-30", "2019-12-31"):
            standing = loaded.get(f"/api/v1/facilities/{facility}/standing?on={day}")
            kpi[decision].append(next(one["counted"] for one in standing["kpis"] if one["code"] == "K2d"))
    assert kpi == {None: [True, False], "keep": [True, True]}


def test_loading_again_changes_nothing(loaded: Loaded) -> None:
    before = loaded.heads()
    assert loaded.province.tell()["targets"] == loaded.told
    assert loaded.heads() == before
