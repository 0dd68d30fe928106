"""What an official would lose: plans loaded by a command, judged side by side, and lists to take away."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from deploy.sxsh.demo.province import DISTRICTS
from deploy.sxsh.processes import wait_until
from tests.e2e.launched import Launched, sxsh

pytestmark = pytest.mark.timeout(300)
PLANS = ("nb-1051-2016", "national-2020", "qd-889-2021")


@pytest.fixture(scope="module")
def data(launched: Launched) -> tuple[str, str]:
    """The option that names the running system; all districts of the plans are registered in it."""
    for one in DISTRICTS:
        body: dict[str, Any] = {
            "id": one.id,
            "code": one.code,
            "name": one.name,
            "level": "district",
            "kind": one.kind,
            "occurred_on": "2015-01-01",
        }
        if launched.call("GET", "registry", f"/api/v1/units/{one.id}")[0] == 404:
            assert launched.call("POST", "registry", "/api/v1/units", body)[0] == 201
    return ("--data", str(launched.workspace.root))


def test_the_three_plans_load_once_and_are_judged_side_by_side(data: tuple[str, str]) -> None:
    first = sxsh("plan", "load", "all", *data)
    assert first.returncode == 0, first.stderr
    assert first.stdout.count("loaded, registry:") == 3
    again = sxsh("plan", "load", "all", *data)
    assert again.stdout.count("nothing changed") == 3

    listed = sxsh("plan", "list", *data, COLUMNS="200").stdout
    compared = sxsh("plan", "compare", "--on", "2020-12-31", *data, COLUMNS="200").stdout
    for id_ in PLANS:
        assert id_ in listed
        assert id_ in compared
    assert "50.00%" in compared and "35.00%" in compared and "no target" in compared


def test_a_plan_that_does_not_stand_to_reason_is_refused_field_by_field(
    data: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "id: wrong\nname: {vi: Sai, en: Wrong}\nsource: none\nstart: 2022-01-01\ndue: 2023-12-31\n"
        "territory: [nho-quan]\ntargets: [{code: K1, milestones: [{on: 2023-12-31, value: '95'}]}]\n"
    )
    refused = sxsh("plan", "load", str(path), *data)
    assert refused.returncode == 1
    assert "write 0.95 for 95%" in refused.stderr


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
def test_a_list_is_written_to_a_file(data: tuple[str, str], tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"units.{suffix}"
    ran = sxsh("export", "registry/units?level=district&sort=code&q=nho quan", "-o", str(file), *data)
    assert ran.returncode == 0, ran.stderr
    if suffix == "csv":
        lines = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
        assert ["# filters: level=district&sort=code&q=nho quan"] in lines
        assert any("nho-quan" in line for line in lines)
    elif suffix == "xlsx":
        book = load_workbook(file)
        assert book.sheetnames == ["units", "Nguồn"]
    else:
        meta, *rows = map(json.loads, file.read_text().splitlines())
        assert meta["_meta"]["service"] == "registry"
        assert [row["id"] for row in rows] == ["nho-quan"]
    assert list(tmp_path.iterdir()) == [file]


def test_a_table_of_the_indicators_is_written_with_its_rules(
    data: tuple[str, str], launched: Launched, tmp_path: Path
) -> None:
    file = tmp_path / "k1.csv"
    path = "kpi/targets/K1?table=by_industry&on=2020-12-31"
    assert wait_until(lambda: sxsh("export", path, "-o", str(file), *data).returncode == 0, 60, 1)
    text = file.read_text("utf-8-sig")
    assert "# rules: sxsh-2016@" in text and "# as_of: 2020-12-31" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("registry/units", "-o", "units.pdf"), "must end with"),
        (("units", "-o", "units.csv"), "PATH begins with one of"),
        (("registry/units?level=city", "-o", "units.csv"), "registry answered 422"),
    ],
)
def test_what_can_not_be_exported_is_said_plainly(
    data: tuple[str, str], arguments: tuple[str, ...], said: str
) -> None:
    ran = sxsh("export", *arguments, *data)
    assert ran.returncode == 1
    assert said in ran.stderr
    assert not Path("units.csv").exists()
