"""Judges what is stored by the bytes of the logs alone: it shares no code with what wrote it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zlib import crc32

from kafka import KafkaConsumer, TopicPartition

from tests.chaos.world import PARTITIONS, SOURCES, World, check_chain

Body = dict[str, Any]
#: Seconds that a record may need to be seen.
LATE = 10.0


def check_all(world: World, *, since: Mapping[str, int], parked: Mapping[str, list[str]]) -> int:
    """The logs, the sums over them and the topics. How many records in the topics were repeats.

    `since`: source -> the last position when its topic was wiped, 0 for never. `parked`: subject -> the
    types of its events that wait, in order.
    """
    logs = {source: check_log(world, source) for source in SOURCES}
    registered = {event["subject"] for event in events_of(logs["registry"], "facility.registered")}
    answers = events_of(logs["training"], "survey.answered")
    aware = {event["subject"] for event in answers if event["data"]["benefits"]}
    world.check(len(registered), len(aware & registered))
    waiting = {found["subject"]: _types(found) for found in world.kpi["parked"].find()}
    assert waiting == dict(parked), f"parked: {waiting}"
    return sum(check_topic(world, source, logs[source], since=since[source]) for source in SOURCES)


def check_log(world: World, source: str) -> list[Body]:
    """One chain, whole, its time never going back, with each acknowledged command where its writer was
    told, and no other; what it holds."""
    documents = list(world.client[world.databases[source]]["log"].find().sort("_id", 1))
    bodies: list[Body] = [json.loads(bytes(document["body"])) for document in documents]
    stored = {body["command_id"]: body["position"] for body in bodies}
    lost = world.acknowledged[source].items() - stored.items()
    assert not lost, f"acknowledged, but not in the {source} log: {sorted(lost)}"
    check_chain(documents)
    moments = [datetime.fromisoformat(body["recorded_at"]) for body in bodies]
    assert moments == sorted(moments), f"the time of the {source} log goes back"
    assert stored.keys() == world.acknowledged[source].keys()
    return bodies


def events_of(log: list[Body], type_: str) -> list[Body]:
    return [event for body in log for event in body["events"] if event["type"] == type_]


def _types(parked: dict[str, Any]) -> list[str]:
    events = [json.loads(bytes(entry["event"])) for entry in parked["events"]]
    return [event["type"].split(".", 2)[2] for event in events]


def read_topic(bootstrap: str, topic: str, due: Mapping[int, set[int]]) -> dict[int, list[dict[str, Any]]]:
    """partition -> what is in it, in order: to its end, waiting a moment for the sequences that are due."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        partitions = [TopicPartition(topic, number) for number in due]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        found: dict[int, list[dict[str, Any]]] = {number: [] for number in due}

        def is_read(one: TopicPartition) -> bool:
            end = consumer.highwater(one)
            seen = {record["sequence"] for record in found[one.partition]}
            return end is not None and consumer.position(one) >= end and due[one.partition] <= seen

        end = time.monotonic() + LATE
        while not all(map(is_read, partitions)) and time.monotonic() < end:
            for one, records in consumer.poll(300).items():
                found[one.partition] += [json.loads(record.value) for record in records]
        return found
    finally:
        consumer.close()


def check_topic(world: World, source: str, log: list[Body], *, since: int = 0) -> int:
    """Every event of the log is in the partition of its subject, each after the one that it names as the one
    before. How many records came again.

    What a reader has is older or comes next; a record that names one before it that is not there was sent
    past one that the broker refused, so both have to come once more. `since`: the last position when the
    topic was wiped. It may begin later then, but not after that.
    """
    expected: dict[int, list[int]] = {number: [] for number in range(PARTITIONS)}
    for body in log:
        for index, event in enumerate(body["events"]):
            expected[crc32(event["subject"].encode()) % PARTITIONS].append(body["position"] * 1000 + index)
    due = {number: {one for one in all_ if one // 1000 > since} for number, all_ in expected.items()}
    again = 0
    for number, records in read_topic(world.bootstrap, f"sxsh.{source}.events", due).items():
        seen: list[int] = []
        for record in records:
            sequence, before = record["sequence"], record["prevsequence"]
            if record["type"] == "sxsh.watermark":
                continue
            known = seen[-1] if seen else before if before // 1000 <= since else 0
            if sequence <= known or before > known:
                again += 1
                continue
            assert before == known, f"partition {number}: {sequence} follows {before}, not {known}"
            seen.append(sequence)
        lacks = due[number] - set(seen)
        assert not lacks, f"partition {number} lacks {len(lacks)} events"
        assert seen == expected[number][len(expected[number]) - len(seen) :], (number, seen, expected[number])
    return again
