"""Another system that is given the history of the programme gets all of it, whatever stops the telling."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import uuid
from typing import Any

import pytest
from kafka import KafkaConsumer

from deploy.sxsh.environment import PROJECT
from deploy.sxsh.processes import wait_until
from tests.e2e.launched import Launched, environment, sxsh
from tests.e2e.test_launcher import register


@pytest.fixture(scope="module")
def registered(launched: Launched) -> Launched:
    for number in range(6):
        status, receipt = register(launched, f"replayed-{number}")
        assert status == 201, receipt
    return launched


@pytest.fixture
def topic() -> str:
    return f"other-{uuid.uuid4().hex[:8]}"


def arguments(system: Launched, topic: str, *more: str) -> tuple[str, ...]:
    data = ("--data", str(system.workspace.root))
    return ("replay", "--topic", topic, "--source", "registry", *more, *data)


def told(system: Launched, topic: str, least: int) -> list[dict[str, Any]]:
    """What the topic holds, of which at least so much is waited for."""
    consumer = KafkaConsumer(
        topic, bootstrap_servers=system.addresses.kafka_bootstrap_servers, auto_offset_reset="earliest"
    )
    records: list[dict[str, Any]] = []

    def polled() -> int:
        new = [json.loads(r.value) for found in consumer.poll(500).values() for r in found]
        records.extend(new)
        return len(new)

    assert wait_until(lambda: not polled() and len(records) >= least, 90)
    consumer.close()
    return sorted(records, key=lambda event: int(event["sequence"]))


def of_feed(system: Launched, query: str = "") -> list[str]:
    url = f"{system.addresses.services['registry']}/api/v1/events?limit=10000{query}"
    headers = {
        "Authorization": f"Bearer {system.token('inspector')}",
        "Accept": "application/cloudevents-batch+json",
    }
    return [event["id"] for event in json.loads(system.http.request("GET", url, headers=headers).data)]


def assert_told_whole(system: Launched, topic: str) -> None:
    whole = of_feed(system)
    assert [event["id"] for event in told(system, topic, len(whole))] == whole


def test_a_topic_is_told_all_once_and_then_what_is_new(registered: Launched, topic: str) -> None:
    done = sxsh(*arguments(registered, topic))
    assert done.returncode == 0, done.stderr
    assert_told_whole(registered, topic)
    assert "0 events told" in sxsh(*arguments(registered, topic)).stdout
    register(registered, f"later-{topic}")
    assert "1 events told" in sxsh(*arguments(registered, topic)).stdout
    assert_told_whole(registered, topic)


def test_stopped_by_ctrl_c_it_goes_on(registered: Launched, topic: str) -> None:
    slow = subprocess.Popen(
        [sys.executable, "-m", "deploy.sxsh.cli", *arguments(registered, topic, "--speed", "0.02")],
        env=environment(),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    kept = registered.workspace.root / "replays"
    assert wait_until(lambda: any(topic in file.name for file in kept.glob("*.json")), 90, 0.1)
    slow.send_signal(signal.SIGINT)
    said, error = slow.communicate(timeout=90)
    assert (slow.returncode, "Traceback" in error) == (130, False)
    assert "the same command goes on" in said
    assert 0 < len(told(registered, topic, 1)) < len(of_feed(registered))
    done = sxsh(*arguments(registered, topic))
    assert done.returncode == 0, done.stderr
    assert "Going on after registry" in done.stderr
    assert_told_whole(registered, topic)


def test_only_what_was_asked_for(registered: Launched, topic: str) -> None:
    some = ("--type", "unit.registered", "--subject", "unit:replayed-3", "--from", "2019-01-01")
    assert sxsh(*arguments(registered, topic, *some)).returncode == 0
    [event] = told(registered, topic, 1)
    assert [event["id"]] == of_feed(registered, "&subject=unit:replayed-3")
    other = sxsh(*arguments(registered, topic))
    assert (other.returncode, "told another history" in other.stderr) == (1, True)
    before = sxsh(*arguments(registered, f"{topic}-b", "--until", "2019-01-01"))
    assert "0 events told" in before.stdout


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--from", "yesterday"), "no day"),
        (("--speed", "0"), "--speed"),
        (("--bootstrap", "127.0.0.1:9"), "answer"),
    ],
)
def test_what_can_not_be_done_is_said(
    registered: Launched, topic: str, more: tuple[str, ...], said: str
) -> None:
    done = sxsh(*arguments(registered, topic, *more))
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_systems_own_topics_are_left_alone(registered: Launched) -> None:
    done = sxsh(*arguments(registered, "sxsh.registry.events"))
    assert (done.returncode, "the system's own" in done.stderr) == (1, True)
