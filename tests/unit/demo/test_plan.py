"""What a user would lose: a demonstration that loads, the same one each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.sxsh.demo.audits import TWISTS
from deploy.sxsh.demo.plan import plan
from deploy.sxsh.demo.province import MARK, plants
from deploy.sxsh.demo.steps import Step
from deploy.sxsh.trouble import Trouble


def steps(facilities: int) -> list[Step]:
    return [step for phase in plan(facilities) for track in phase.tracks for step in track]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in strings(item))
    elif isinstance(value, list):
        yield from (text for item in value for text in strings(item))


def test_the_same_requests_every_time() -> None:
    assert plan(150) == plan(150)


def test_more_facilities_leave_the_requests_of_the_others_as_they_are() -> None:
    more = {step.key: step for step in steps(200)}
    for step in steps(60):
        assert more[step.key] == step


def test_no_two_requests_share_a_key() -> None:
    keys = [step.key for step in steps(420)]
    assert len(keys) == len(set(keys))
    assert all(len(key) <= 100 for key in keys)


def test_what_a_request_refers_to_was_made_before_it() -> None:
    made: set[str] = set()
    for phase in plan(420):
        new: set[str] = set()
        for track in phase.tracks:
            known = set(made)
            for step in track:
                for text in (step.path, *strings(step.body)):
                    assert set(re.findall(r"\{([^}]*)\}", text)) <= known, step
                known.add(step.key)
            new |= known
        made |= new


def test_nothing_happens_after_the_demonstration_ends() -> None:
    days = [
        step.body["occurred_on"]
        for step in steps(420)
        if "occurred_on" in step.body and not step.key.startswith("plan-")
    ]
    assert min(days) == "2015-01-01"
    assert max(days) <= "2020-12-31"


def test_nobody_judges_what_they_brought_in() -> None:
    judged = ("/approval", "/rejection", "/verification", "/acceptance", "/outlier-review")
    judged += ("/flag-review", "/finish")
    for step in steps(420):
        assert (step.who == "reviewer") == (
            step.path.endswith(judged) or ("/follow-ups/" in step.path and step.path.endswith("/refusal"))
        )


def test_every_story_is_told_and_every_name_says_that_it_is_simulated() -> None:
    told = steps(420)
    keys = {step.key for step in told}
    for number in TWISTS:
        assert f"assessment-{number:04d}" in keys
    for step in told:
        named = step.body.get("name") or step.body.get("person", {}).get("name")
        if named and not step.key.startswith(("unit-", "plan-", "reorganisation-")):
            assert named.endswith(MARK)


def test_more_facilities_than_there_are_plants_is_said_plainly() -> None:
    with pytest.raises(Trouble, match="Ask for fewer"):
        plan(len(plants()) + 1)
