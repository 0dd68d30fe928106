"""Judges a topic by the log it is a cache of, from the bytes alone: it shares nothing with the product."""

from __future__ import annotations

import json
from zlib import crc32

from kafka import KafkaConsumer, TopicPartition

from tests.chaos.world import PARTITIONS, World


def read_topic(bootstrap: str, topic: str) -> dict[int, list[dict[str, object]]]:
    """partition -> what is in it now, in order."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        ends = consumer.end_offsets(partitions)
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        found: dict[int, list[dict[str, object]]] = {number: [] for number in range(PARTITIONS)}
        while any(consumer.position(one) < ends[one] for one in partitions):
            for one, records in consumer.poll(500).items():
                found[one.partition] += [json.loads(record.value) for record in records]
        return found
    finally:
        consumer.close()


def check_topic(world: World, source: str, *, wiped: bool) -> int:
    """Every event of the log is in the partition of its subject, each after the one that it names as the one
    before; what comes again is older. A topic that was wiped may begin later. How many were repeats."""
    expected: dict[int, list[int]] = {number: [] for number in range(PARTITIONS)}
    for commit in world.client[world.databases[source]]["log"].find().sort("_id", 1):
        for index, event in enumerate(json.loads(bytes(commit["body"]))["events"]):
            expected[crc32(event["subject"].encode()) % PARTITIONS].append(commit["_id"] * 1000 + index)
    repeats = 0
    for number, records in read_topic(world.bootstrap, f"sxsh.{source}.events").items():
        seen: list[int] = []
        for record in records:
            sequence, before = record["sequence"], record.get("prevsequence", 0)
            assert isinstance(sequence, int) and isinstance(before, int)
            known = seen[-1] if seen else before
            if record["type"] == "sxsh.watermark":
                assert before <= known, (number, record)
            elif sequence <= known:
                repeats += 1
            else:
                assert before == known, f"partition {number}: {sequence} follows {before}, not {known}"
                seen.append(sequence)
        missing = len(expected[number]) - len(seen)
        assert seen == expected[number][missing:], (number, seen, expected[number])
        assert wiped or missing == 0, f"partition {number} lacks {missing} events"
    return repeats
