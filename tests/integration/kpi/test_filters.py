"""Any choice of facilities, and 2025: units end and nothing of the province is lost."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.integration.kpi.conftest import Stored
from tests.integration.kpi.test_api import get, officer, province
from tests.unit.kpi.lives import Life

__all__ = ["province"]


def value(client: FlaskClient, code: str, **query: Any) -> Any:
    return get(client, f"/targets/{code}", **query)["target"]["value"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "3/4"),
        ({"unit_id": "nho-quan"}, "2/2"),
        ({"unit_id": "yen-mo", "kind": "household"}, "0/1"),
        ({"section": "C", "kind": "household"}, "1/2"),
        ({"section": "B", "size": "unknown"}, "1/1"),
        ({"size": "large"}, None),
        ({"unit_id": "ha-noi"}, None),
    ],
)
def test_filters_choose_together(
    client: FlaskClient, province: Stored, query: dict[str, str], expected: str | None
) -> None:
    assert value(client, "K2a", **query) == expected
    filters = get(client, "/targets", **query)["filters"]
    assert {name: chosen for name, chosen in filters.items() if chosen} == query


def test_tables_add_up_to_what_was_chosen(client: FlaskClient, province: Stored) -> None:
    province.tell(Life("facility:big").registered(employees=500, unit="yen-mo").adopted())
    province.flush(registry=8)
    body = get(client, "/targets/K2a", after="registry:8", section="C")
    whole = body["target"]["denominator"]
    for table in ("by_district", "by_size", "by_kind"):
        assert sum(row["denominator"] for row in body[table]) == whole, table
    assert {row["size"]: row["value"] for row in body["by_size"]}["large"] == "1/1"
    assert sum(row["denominator"] for row in body["by_industry"]) == whole
    assert body["target"]["enterprises"]["value"] == "2/2"
    assert get(client, "/targets/K2a", kind="household")["target"]["enterprises"] is None


def test_officers_are_not_divided_by_what_facilities_are(client: FlaskClient, province: Stored) -> None:
    assert value(client, "K3", unit_id="nho-quan") == "1/1"
    found = get(client, "/targets/K3", section="C")["target"]
    assert (found["value"], "not divided" in found["reason"]["en"]) == (None, True)


def test_a_series_by_year_is_that_by_month_at_year_ends(client: FlaskClient, province: Stored) -> None:
    months = get(client, "/targets/K2a")["series"]
    years = get(client, "/targets/K2a", period="year")["series"]
    assert years == [month for month in months if month["month"].endswith("-12")]
    assert [year["on"] for year in years] == [f"{year}-12-31" for year in range(2016, 2021)]


@pytest.mark.parametrize("query", ["unit_id=X X", "section=Ü", "kind=firm", "size=huge", "period=week"])
def test_a_filter_that_can_not_be_is_refused(client: FlaskClient, province: Stored, query: str) -> None:
    answer = client.get(f"/api/v1/targets/K1?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.text


def district(id_: str, until: str | None = None, *successors: str, since: str = "2000-01-01") -> Life:
    life = Life(f"unit:{id_}").tell(
        "registry", "unit.registered", since, unit_id=id_, name=id_, level="district"
    )
    if until:
        life.tell("registry", "unit.closed", until, reason="law", successors=list(successors))
    return life


@pytest.fixture
def reorganised(stored: Stored) -> Stored:
    """2025: two units become a city, then the level ends; one facility was moved each time, one never."""
    plan = ("tam-diep", "nho-quan", "gia-vien", "yen-khanh", "kim-son", "yen-mo")
    stored.tell(
        *(district(id_, "2025-07-01") for id_ in plan if id_ != "kim-son"),
        district("kim-son", "2025-07-01", "phat-diem"),
        district("ninh-binh", "2025-01-01", "thanh-pho-hoa-lu"),
        district("hoa-lu", "2025-01-01", "thanh-pho-hoa-lu"),
        district("thanh-pho-hoa-lu", "2025-07-01", "hoa-lu-ward", since="2025-01-01"),
        *(
            Life(f"unit:{id_}").tell(
                "registry", "unit.registered", "2025-07-01", unit_id=id_, name=id_, level="commune"
            )
            for id_ in ("hoa-lu-ward", "phat-diem")
        ),
        officer("kim-son", "o1"),
        Life("facility:city")
        .registered(unit="ninh-binh")
        .adopted()
        .tell("registry", "facility.moved", "2025-01-01", unit_id="thanh-pho-hoa-lu")
        .tell("registry", "facility.moved", "2025-07-01", unit_id="hoa-lu-ward"),
        Life("facility:coast")
        .registered(unit="kim-son")
        .tell("registry", "facility.moved", "2025-07-01", unit_id="phat-diem"),
        Life("facility:waiting").registered(unit="hoa-lu").answered("2019-01-01", ["saves"]),
    ).flush(registry=30)
    return stored


@pytest.mark.parametrize(("before", "after"), [("2024-12-31", "2025-01-01"), ("2025-06-30", "2025-07-01")])
def test_the_provinces_totals_are_the_same_the_day_after(
    client: FlaskClient, reorganised: Stored, before: str, after: str
) -> None:
    def shown(day: str) -> list[Any]:
        targets = get(client, "/targets", on=day)["targets"]
        return [{**target, "reason": None} for target in targets if target["code"] != "K3"]

    assert shown(before) == shown(after)
    assert shown(after)[0]["denominator"] == 3


@pytest.mark.parametrize(
    ("day", "units"), [("2024-12-31", 8), ("2025-01-01", 7), ("2025-06-30", 7), ("2025-07-01", 0)]
)
def test_district_level_units_are_eight_then_seven_then_none(
    client: FlaskClient, reorganised: Stored, day: str, units: int
) -> None:
    found = get(client, "/targets/K3", on=day)["target"]
    assert found["denominator"] == units
    if not units:
        assert (found["value"], found["met"]) == (None, None)
        assert "abolished" in found["reason"]["en"]
        assert "cấp huyện đã kết thúc" in found["reason"]["vi"]


def test_a_facility_keeps_the_unit_of_its_time(client: FlaskClient, reorganised: Stored) -> None:
    def by_unit(day: str) -> dict[str, int]:
        rows = get(client, "/targets/K1", on=day)["by_district"]
        return {row["unit_id"]: row["denominator"] for row in rows if row["denominator"]}

    assert by_unit("2024-12-31") == {"ninh-binh": 1, "hoa-lu": 1, "kim-son": 1}
    assert by_unit("2025-01-01") == {"thanh-pho-hoa-lu": 1, "hoa-lu": 1, "kim-son": 1}
    assert by_unit("2025-07-01") == {"hoa-lu-ward": 1, "hoa-lu": 1, "phat-diem": 1}
    assert get(client, "/facilities/coast/standing", on="2025-08-01")["kpis"][0]["in_denominator"]
