"""What a newcomer would lose: a first page that does what it says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from deploy.sxsh.environment import PROJECT
from tests.e2e.launched import Launched, environment

README = (PROJECT / "README.md").read_text()


def test_the_five_minutes_with_curl_work_as_written(launched: Launched, tmp_path: Path) -> None:
    unit = {
        "id": "nho-quan",
        "occurred_on": "2016-08-17",
        "code": "372",
        "name": "Nho Quan",
        "level": "district",
        "kind": "district",
    }
    if launched.call("GET", "registry", "/api/v1/units/nho-quan")[0] == 404:
        assert launched.call("POST", "registry", "/api/v1/units", unit)[0] == 201
    blocks = re.findall(r"runs this block -->\n```sh\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 2
    script = "".join(blocks)
    for name, port in (("registry", 8001), ("training", 8003), ("kpi", 8004)):
        script = script.replace(f"http://127.0.0.1:{port}", launched.addresses.services[name])
    ran = subprocess.run(
        ["bash", "-eu", "-c", script],
        cwd=PROJECT,
        env=environment(SXSH_DATA=str(launched.workspace.root)),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert '"errors":[' in ran.stdout
    assert re.search(r'"code":"K1","counted":true', ran.stdout), ran.stdout
    now, then = re.findall(r"^{'code': 'K1'.*$", ran.stdout, re.MULTILINE)
    assert now != then
    assert '"difference":{"numerator":-1,"denominator":-1}' in ran.stdout
    assert '"explained":{"numerator":-1,"denominator":-1}' in ran.stdout
    assert "đã đóng cửa từ 2018-05-20" in ran.stdout, ran.stdout
    assert re.search(r'"targets":\[.*"changed":true', ran.stdout), ran.stdout
    first_hash = re.search(r"^([0-9a-f]{64})  -$", ran.stdout, re.MULTILINE)
    assert first_hash is not None, ran.stdout
    assert f'"prev":"{first_hash.group(1)}"' in ran.stdout


def test_every_file_it_points_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)", README):
        assert (PROJECT / target).exists(), target
    makefile = (PROJECT / "Makefile").read_text()
    for target in re.findall(r"`make ([a-z]+)|^make ([a-z]+)", README, re.MULTILINE):
        assert re.search(rf"^{''.join(target)}:", makefile, re.MULTILINE), target
