"""What a state auditor would lose: the answer to what was reported, why, and whether anybody touched it, in a
file that is checked without us."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.sxsh.demo.province import FAMILY, GIVEN, MARK
from deploy.sxsh.environment import LOGS
from deploy.sxsh.evidence.verifier import TARGETS
from deploy.sxsh.proof_commands import known_keys
from tests.e2e.fold import World
from tests.e2e.launched import sxsh
from tests.e2e.province import Province

pytestmark = pytest.mark.timeout(600)
DAY, LABEL = "2018-12-31", "Báo cáo năm 2018"
#: The officers of the demonstration, and how their telephone numbers begin.
PERSONS = [*(f"{family} {given} {MARK}" for family, given in zip(FAMILY, GIVEN, strict=False)), "0229 000"]


class Taken:
    """Bundles of the demonstration, of now and of a moment while it was loaded; what the system reads, and
    its logs. The system has been stopped."""

    def __init__(self, province: Province, folder: Path) -> None:
        self.folder = folder
        system, data = province.system, province.data
        done = sxsh("official", "freeze", "--on", DAY, "--label", LABEL, *data)
        assert done.returncode == 0, done.stderr
        self.feeds = {log: sxsh("feed", log, "--json", *data).stdout.encode() for log in LOGS}
        audits = [json.loads(line) for line in self.feeds["audits"].splitlines()]
        self.then = str(audits[len(audits) * 5 // 6]["recorded_at"])
        self.said: dict[str, str] = {}
        for target in TARGETS:
            self.take(target, "now", *data)
            self.take(target, "then", "--known-at", self.then, *data)
        status, self.reading = system.call("GET", "kpi", f"/api/v1/targets?on={DAY}")
        assert status == 200
        self.keys = folder / "keys.txt"
        lines = {str(key) for log in LOGS for key in known_keys(log, None, system.workspace)}
        self.keys.write_text("\n".join(sorted(lines)))

    def take(self, target: str, name: str, *options: str) -> None:
        path = self.path(target, name)
        done = sxsh("evidence", "--target", target, "--on", DAY, "-o", str(path), *options, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        self.said[path.name] = done.stdout

    def path(self, target: str, name: str) -> Path:
        return self.folder / f"{target}-{name}.zip"

    def values(self, target: str, name: str) -> dict[str, tuple[int, int]]:
        with zipfile.ZipFile(self.path(target, name)) as file:
            said = json.loads(file.read("manifest.json"))["values"]
        return {code: (one["numerator"], one["denominator"]) for code, one in said.items()}

    def world(self, known_at: str) -> World:
        def known(line: bytes) -> bool:
            return datetime.fromisoformat(json.loads(line)["recorded_at"]) <= datetime.fromisoformat(known_at)

        lines = {log: filter(known, self.feeds[log].splitlines()) for log in self.feeds}
        return World(*(b"\n".join(lines[log]) for log in ("registry", "audits", "training")))

    def verified(self, path: Path) -> subprocess.CompletedProcess[str]:
        """By the program in the bundle, alone."""
        with zipfile.ZipFile(path) as file:
            program = file.extract("verify.py", self.folder / "program")
        return subprocess.run(
            [sys.executable, "-I", program, path, "--keys", self.keys],
            env={},
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )


@pytest.fixture(scope="module")
def taken(province: Province, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    province.run()
    found = Taken(province, tmp_path_factory.mktemp("bundles"))
    province.system.end()
    return found


@pytest.mark.parametrize("target", TARGETS)
def test_a_value_of_today_is_the_one_that_the_system_reads(taken: Taken, target: str) -> None:
    read: dict[str, Any] = {one["code"]: one for one in taken.reading["targets"]}
    for code, pair in taken.values(target, "now").items():
        assert pair == (read[code]["numerator"], read[code]["denominator"])
        assert pair == taken.world("2100-01-01T00:00:00Z").targets(date.fromisoformat(DAY))[code]


@pytest.mark.parametrize("target", TARGETS)
def test_a_value_of_then_is_what_had_been_recorded(taken: Taken, target: str) -> None:
    found = taken.world(taken.then).targets(date.fromisoformat(DAY))
    for code, pair in taken.values(target, "then").items():
        assert pair == found[code]
    assert taken.values("K2", "then") != taken.values("K2", "now")


@pytest.mark.parametrize("name", ["now", "then"])
@pytest.mark.parametrize("target", TARGETS)
def test_the_program_in_it_accepts_it_while_the_system_is_stopped(
    taken: Taken, target: str, name: str
) -> None:
    done = taken.verified(taken.path(target, name))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("ACCEPTED")
    for code, pair in taken.values(target, name).items():
        assert f"  {code} = {pair[0]}/{pair[1]}" in done.stdout
    if name == "then":
        assert "signature: audits" not in done.stdout, "what follows that moment is shown, and signed"


def test_what_was_reported_is_in_the_report_and_was_not_yet_before(taken: Taken) -> None:
    for target in TARGETS:
        for name, told in (("now", True), ("then", False)):
            with zipfile.ZipFile(taken.path(target, name)) as file:
                assert (LABEL in file.read("report.md").decode()) is told


def test_one_altered_figure_is_found(taken: Taken, tmp_path: Path) -> None:
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(taken.path("K2", "now")) as file, zipfile.ZipFile(forged, "w") as other:
        for name in file.namelist():
            content = file.read(name)
            if name == "events/audits.jsonl":
                content = content.replace(b'"quantity":"', b'"quantity":"9', 1)
            other.writestr(name, content)
    done = taken.verified(forged)
    assert done.returncode == 1
    assert "REJECTED chain-altered: audits: commit" in done.stdout


def test_no_person_is_named(taken: Taken) -> None:
    for target in TARGETS:
        with zipfile.ZipFile(taken.path(target, "now")) as file:
            for name in file.namelist():
                text = file.read(name).decode()
                assert not [person for person in PERSONS if person in text], name
