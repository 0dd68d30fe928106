"""What travels through Kafka: CloudEvents 1.0 in structured JSON mode, and the watermark record."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from zlib import crc32

import msgspec

from services.eventkit.commits import NEVER, Commit
from services.eventkit.events import EventRecord

WATERMARK = "sxsh.watermark"

#: What a database can keep.
Sequence = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class CloudEvent(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    gc=False,
    rename={"recorded_at": "time", "occurred_on": "occurredon"},
):
    """One event, or a watermark. `sequence` orders a log's events (position * 1000 + index);
    `prevsequence` is the sequence sent before it to the same partition, 0 at first.

    A watermark's `sequence` is its position W * 1000 + 999: the partition holds all that a log has up to W.
    `partitions` is among how many its relay shares them out: what it says of one is true of no other number.
    """

    id: str
    source: str
    type: str
    sequence: Sequence
    prevsequence: Sequence = 0
    subject: str = ""
    recorded_at: datetime = NEVER
    data: msgspec.Raw = msgspec.Raw(b"null")
    dataschema: str = "1"
    occurred_on: date = date.min
    actor: str = ""
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None
    partitions: int | None = None
    specversion: str = "1.0"
    datacontenttype: str = "application/json"


class _Full(CloudEvent, frozen=True, kw_only=True, gc=False):
    """For writing: CloudEvents demands its required attributes even where they equal our defaults."""

    specversion: str
    prevsequence: Sequence


class _Alone(CloudEvent, frozen=True, kw_only=True, gc=False):
    """For writing events that are in no partition, so have none before them."""

    specversion: str


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(CloudEvent)


def topic_of(source: str) -> str:
    return f"sxsh.{source}.events"


def source_of(topic: str) -> str:
    return topic.split(".")[1]


def partition_of(subject: str, partitions: int) -> int:
    return crc32(subject.encode()) % partitions


def encode_event(
    source: str, commit: Commit, index: int, record: EventRecord, prev: int, partitions: int | None = None
) -> bytes:
    more = {"prevsequence": prev, "partitions": partitions}
    return _encoder.encode(_event(_Full, source, commit, index, record, **more))


def encode_alone(source: str, commit: Commit, index: int) -> bytes:
    """The event as it is told outside of topics: without `prevsequence`."""
    return _encoder.encode(_event(_Alone, source, commit, index, commit.events[index]))


def _event(
    kind: type[_Full] | type[_Alone],
    source: str,
    commit: Commit,
    index: int,
    record: EventRecord,
    **more: Any,
) -> CloudEvent:
    return kind(
        specversion="1.0",
        id=record.id,
        source=f"sxsh.{source}",
        type=f"sxsh.{source}.{record.type}",
        sequence=commit.sequence(index),
        subject=record.subject,
        recorded_at=commit.recorded_at,
        data=record.data,
        dataschema=str(record.schema),
        occurred_on=record.occurred_on,
        actor=commit.actor,
        correlationid=commit.correlation_id,
        causationid=commit.causation_id,
        traceparent=commit.traceparent,
        **more,
    )


def encode_watermark(source: str, position: int, prev: int, partitions: int | None = None) -> bytes:
    return _encoder.encode(
        _Full(
            specversion="1.0",
            id=f"{source}:{position}",
            source=f"sxsh.{source}",
            type=WATERMARK,
            sequence=position * 1000 + 999,
            prevsequence=prev,
            partitions=partitions,
        )
    )


def decode(value: bytes) -> CloudEvent:
    """Raises ValueError for bytes that are no such record: msgspec's, or that of text that is not UTF-8."""
    return _decoder.decode(value)


def of_commit(source: str, commit: Commit, index: int) -> CloudEvent:
    """The same event as read from the feed, where nothing can be missing (`prevsequence` is not used)."""
    record = commit.events[index]
    return CloudEvent(
        id=record.id,
        source=source,
        type=f"sxsh.{source}.{record.type}",
        sequence=commit.sequence(index),
        prevsequence=0,
        subject=record.subject,
        recorded_at=commit.recorded_at,
        data=record.data,
        dataschema=str(record.schema),
        occurred_on=record.occurred_on,
    )
