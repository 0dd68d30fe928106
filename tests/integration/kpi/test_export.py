"""The tables of the indicators as files, just as they are answered, and with the rules they were made by."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from tests.integration.kpi.conftest import Stored
from tests.integration.kpi.test_api import get, province

__all__ = ["province"]


def exported(client: FlaskClient, path: str, **query: Any) -> tuple[dict[str, str], list[dict[str, str]]]:
    answer = client.get(f"/api/v1{path}/export", query_string=query)
    assert answer.status_code == 200, answer.text
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), strict=True))
    source = dict(line[0].removeprefix("# ").split(": ", 1) for line in lines if line[0].startswith("# "))
    head, *rest = [line for line in lines if not line[0].startswith("# ")]
    return source, [dict(zip(head, line, strict=True)) for line in rest]


def test_the_targets_are_a_table_with_its_provenance(client: FlaskClient, province: Stored) -> None:
    source, rows = exported(client, "/targets", on="2020-12-31")

    body = get(client, "/targets", on="2020-12-31")
    assert [(row["code"], row["value"], row["name.vi"]) for row in rows] == [
        (target["code"], target["value"] or "", target["name"]["vi"]) for target in body["targets"]
    ]
    assert source["position"] == "registry:7,audits:9,training:4"
    assert source["rules"] == f"{body['rules']['id']}@{body['rules']['version']}"
    assert source["as_of"] == "2020-12-31"
    assert source["generation"] == body["generation"]
    assert source["plan"].startswith(body["plan"]["id"])
    assert source["filters"] == "on=2020-12-31"


@pytest.mark.parametrize(
    ("table", "key"), [("by_district", "unit_id"), ("by_industry", "section"), ("series", "month")]
)
def test_each_table_of_a_target_is_a_file(
    client: FlaskClient, province: Stored, table: str, key: str
) -> None:
    _, rows = exported(client, "/targets/K1", table=table)

    shown = get(client, "/targets/K1")[table]
    assert shown
    assert [(row[key], row["numerator"], row["denominator"]) for row in rows] == [
        (one[key], *("" if one[name] is None else str(one[name]) for name in ("numerator", "denominator")))
        for one in shown
    ]


def test_the_resource_groups_of_k2b_are_a_table_of_their_own(client: FlaskClient, province: Stored) -> None:
    _, rows = exported(client, "/targets", table="targets.groups")

    assert rows[0]["owner"] == "K2b"
    assert (rows[0]["group"], rows[0]["unit"]) == ("energy", "goe")


def test_ratios_are_numbers_in_a_workbook(client: FlaskClient, province: Stored) -> None:
    answer = client.get("/api/v1/targets/export?format=xlsx")
    head, k1, *_ = load_workbook(io.BytesIO(answer.data))["targets"].iter_rows(values_only=True)

    shown = dict(zip(head, k1, strict=True))
    assert (shown["code"], shown["decimal"], shown["target"], shown["numerator"]) == ("K1", 0.25, 0.95, 1)


def test_json_lines_are_the_answer_itself(client: FlaskClient, province: Stored) -> None:
    answer = client.get("/api/v1/targets/K2a/export?format=jsonl&table=by_district")
    _, *rows = map(json.loads, answer.data.splitlines())

    assert rows == get(client, "/targets/K2a")["by_district"]


@pytest.mark.parametrize("path", ["/targets/K9/export", "/targets/export?table=cells"])
def test_what_does_not_exist_is_no_file(client: FlaskClient, province: Stored, path: str) -> None:
    assert client.get(f"/api/v1{path}").status_code in (404, 422)
