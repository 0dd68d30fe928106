"""What an operator would lose: a figure that was reported, kept by one command, in a log that is proven like
any other."""

from __future__ import annotations

import json

import pytest

from deploy.sxsh.processes import wait_until
from tests.e2e.launched import Launched, sxsh
from tests.e2e.test_launcher import register, visible


@pytest.fixture(scope="module")
def data(launched: Launched) -> tuple[str, str]:
    status, receipt = register(launched, "reported")
    assert status == 201, receipt
    assert wait_until(lambda: visible(launched, receipt["position"]), 60)
    return ("--data", str(launched.workspace.root))


def test_a_period_is_frozen_listed_and_proven(launched: Launched, data: tuple[str, str]) -> None:
    done = sxsh("official", "freeze", "--on", "2017-12-31", "--label", "Báo cáo năm 2017", *data)
    assert done.returncode == 0, done.stderr
    assert "nb-1051-2016.2017-12-31: official as" in done.stdout
    again = sxsh("official", "freeze", "--on", "2017-12-31", "--label", "Lần nữa", *data)
    assert again.returncode == 1 and "official since" in again.stderr
    listed = sxsh("official", "list", *data, COLUMNS="200")
    assert "Báo cáo năm 2017" in listed.stdout and "same" in listed.stdout, listed.stderr
    (commit,) = map(json.loads, sxsh("feed", "kpi", "--json", *data).stdout.splitlines())
    heads = commit["events"][0]["data"]["reading"]["heads"]
    for log, position in commit["events"][0]["data"]["reading"]["position"].items():
        lines = sxsh("feed", log, "--json", "--after", str(position), *data).stdout.splitlines()
        following = json.loads(lines[0])["prev"] if lines else heads[log]
        assert heads[log] == following
    assert wait_until(
        lambda: launched.call("GET", "kpi", "/api/v1/checkpoints/latest", roles=("inspector",))[0] == 200, 60
    )
    verified = sxsh("verify", "kpi", *data)
    assert "kpi: whole, 1 commits. It was signed at" in verified.stdout, verified.stdout + verified.stderr


def test_a_value_that_is_still_the_same_is_not_corrected(data: tuple[str, str]) -> None:
    sxsh("official", "freeze", "--on", "2016-12-31", "--label", "Báo cáo năm 2016", *data)
    ask = ("--label", "Đính chính", "--reason", "Nộp muộn")
    done = sxsh("official", "correct", "nb-1051-2016.2016-12-31", *ask, *data)
    assert done.returncode == 1 and "nothing to correct" in done.stderr
