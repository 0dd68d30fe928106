"""What an official would lose: plans loaded by a command, judged side by side, and lists to take away."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from deploy.sxsh.demo.province import DISTRICTS
from deploy.sxsh.processes import wait_until
from tests.e2e.launched import Launched, sxsh

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
    compare = ("plan", "compare", "--on", "2020-12-31", *data)
    assert wait_until(lambda: sxsh(*compare).returncode == 0, 60, 1), "the projector applies the plans"
    compared = sxsh(*compare, COLUMNS="200").stdout
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
        meta, *rows, end = map(json.loads, file.read_text().splitlines())
        assert meta["_meta"]["service"] == "registry"
        assert end["_meta"].keys() == {"position_at_end"}
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


def test_the_targets_are_shown_as_they_were_known(data: tuple[str, str]) -> None:
    """Waiting while the moment is built; before anything was recorded, it says so."""
    now = datetime.now(UTC).isoformat()
    shown = sxsh("targets", "--on", "2018-12-31", "--known-at", "2015-12-31", *data, COLUMNS="200")
    assert shown.returncode == 0, shown.stderr
    assert "nothing had been recorded by then" in shown.stdout
    shown = sxsh("targets", "--on", "2018-12-31", "--known-at", now, *data, COLUMNS="200")
    assert shown.returncode == 0, shown.stderr
    assert f"known at {now[:19]}" in shown.stdout
    assert "nothing had been recorded" not in shown.stdout


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


def rows(*changed: dict[str, str]) -> str:
    """A file of facilities as the template has them, by the English names of its columns."""
    usual = {
        "Name": "Gạch Tam Điệp",
        "Kind": "enterprise",
        "VSIC version": "2018",
        "Industry code": "23921",
        "Unit": "tam-diep",
        "Since": "2018-03-01",
    }
    lines = [usual | one for one in changed]
    return "\r\n".join([",".join(lines[0]), *(",".join(line.values()) for line in lines)]) + "\r\n"


def test_a_file_of_facilities_is_looked_through_and_then_brought_in_once(
    data: tuple[str, str], tmp_path: Path
) -> None:
    template = tmp_path / "template.xlsx"
    assert sxsh("template", "facilities", "-o", str(template), "--language", "en", *data).returncode == 0
    head = [cell.value for cell in load_workbook(template).worksheets[0][1]]
    file, rejected = tmp_path / "facilities.csv", tmp_path / "rejected.csv"
    file.write_text(rows({"Code": "CLI-1"}, {"Code": "CLI-2", "Industry code": "x"}, {"Code": "CLI-3"}))
    assert {"Code", "Name", "Industry code"} <= set(head), head
    ask = ("import", str(file), "--kind", "facilities", "--language", "en")

    looked = sxsh(*ask, "--rejected", str(rejected), *data, COLUMNS="200")
    assert looked.returncode == 0, looked.stderr
    assert "3 rows: 2 good, 1 bad" in looked.stdout and "Industry code" in looked.stdout
    assert "Nothing was brought in" in looked.stdout
    assert "CLI-2" in rejected.read_text("utf-8-sig")
    stopped = sxsh(*ask, "--run", *data)
    assert stopped.returncode == 1 and "--valid-only" in stopped.stderr
    ran = sxsh(*ask, "--run", "--valid-only", *data)
    assert "2 brought in, 0 there already" in ran.stdout, ran.stdout + ran.stderr
    again = sxsh(*ask, "--run", "--valid-only", *data)
    assert "0 brought in, 2 there already, 1 left out" in again.stdout, again.stdout + again.stderr


def test_a_reorganisation_from_a_file_is_announced_and_carried_out_once(
    data: tuple[str, str], launched: Launched, tmp_path: Path
) -> None:
    for id_ in ("old-east", "old-west"):
        body = {"id": id_, "code": "990", "name": id_, "level": "district", "kind": "district"}
        assert (
            launched.call("POST", "registry", "/api/v1/units", body | {"occurred_on": "2015-01-01"})[0] == 201
        )
    path = tmp_path / "merged.yaml"
    path.write_text(
        "id: east-and-west\ntitle: Sáp nhập\nsource: thử\noccurred_on: 2019-01-01\ncomplete: true\n"
        "changes:\n- {unit_id: old-east, kind: merge, successors: [whole]}\n"
        "- {unit_id: old-west, kind: merge, successors: [whole]}\n"
        "new_units:\n- {unit_id: whole, code: '990', name: Toàn vùng, level: district, kind: district}\n"
    )
    done = sxsh("reorganisation", "load", str(path), "--apply", *data)
    assert "3 units changed, 0 facilities moved" in done.stdout, done.stdout + done.stderr
    again = sxsh("reorganisation", "load", str(path), *data)
    assert "nothing changed" in again.stdout, again.stdout + again.stderr
