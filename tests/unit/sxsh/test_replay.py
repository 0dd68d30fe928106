"""Another system is told the history whole, in order, at the pace it asked for, and once when it can be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.sxsh.replay import Memory, Page, Question, Teller, history, merged, told_of
from deploy.sxsh.trouble import Trouble
from services.eventkit.cloudevents import encode_alone, partition_of
from services.eventkit.memory_log import MemoryLog
from tests.integration.log.world import commit, fact, registered

BEGAN = datetime(2019, 1, 1, tzinfo=UTC)


class Feeds:
    """Of logs in memory, `size` commits a page."""

    def __init__(self, size: int = 2) -> None:
        self.logs: dict[str, MemoryLog] = {}
        self.size = size
        self.asked: list[tuple[str, int]] = []

    def tell(self, source: str, subject: str, second: float) -> None:
        log = self.logs.setdefault(source, MemoryLog(source))
        log._clock = lambda: BEGAN + timedelta(seconds=second)
        events = (registered(subject), fact(subject, "facility.suspended", reason="x"))
        log.append(commit(f"{subject}:{second}", 1, *events))

    def page(self, source: str, after: int, question: Question) -> Page:
        self.asked.append((source, after))
        log = self.logs[source]
        found = log.read(after, self.size)
        batch = ",".join(
            encode_alone(source, stored.commit, index).decode() for stored in found for index in range(2)
        )
        return Page(told_of(source, f"[{batch}]".encode()), after + len(found), log.head())


class Topic:
    def __init__(self) -> None:
        self.records: list[tuple[int, bytes]] = []
        self._sent: list[tuple[int, bytes]] = []
        self.fails = False
        self.sent: Callable[[], None] = lambda: None

    def send(self, topic: str, partition: int, key: bytes | None, value: bytes) -> None:
        assert key is not None
        assert partition == partition_of(key.decode(), 4)
        self._sent.append((partition, value))
        self.sent()

    def flush(self) -> None:
        if self.fails:
            self._sent = []
            raise ConnectionError("no broker")
        self.records += self._sent
        self._sent = []


@pytest.fixture
def feeds() -> Feeds:
    made = Feeds()
    for second in range(5):
        made.tell("registry", f"facility:{second}", 2 * second)
        made.tell("audits", f"facility:{second}", 2 * second + 1)
    return made


@pytest.fixture
def tells(tmp_path: Path, feeds: Feeds) -> Callable[..., int]:
    def tell(topic: Topic, speed: float | None = None, stop: threading.Event | None = None) -> int:
        memory = Memory(tmp_path / "kept.json", {"type": []})
        teller = Teller(topic, "t", 4, memory, speed, stop or threading.Event())
        logs = sorted(feeds.logs)
        return teller.tell(merged(history(feeds, log, {}, memory.sequences.get(log, 0)) for log in logs))

    return tell


def ids(topic: Topic) -> list[tuple[str, int]]:
    return [
        (event.source, event.sequence)
        for _, value in topic.records
        for event in told_of("audits" if b"sxsh.audits" in value else "registry", b"[" + value + b"]")
    ]


def test_several_logs_are_told_in_the_order_they_were_recorded(
    feeds: Feeds, tells: Callable[..., int]
) -> None:
    topic = Topic()
    assert tells(topic) == 20
    whole = [
        (log, n * 1000 + index) for n in range(1, 6) for log in ("registry", "audits") for index in (0, 1)
    ]
    assert ids(topic) == whole
    assert tells(topic) == 0
    feeds.tell("registry", "facility:9", 99)
    assert tells(topic) == 2
    assert ids(topic)[20:] == [("registry", 6000), ("registry", 6001)]


def test_it_goes_on_where_the_broker_was_sure_of(tells: Callable[..., int]) -> None:
    topic, stop = Topic(), threading.Event()
    topic.sent = lambda: stop.set() if len(topic._sent) == 8 else None
    assert (told := tells(topic, stop=stop)) == 8
    topic.sent = lambda: None
    assert ids(topic) == ids(topic)[:told]
    topic.fails = True
    with pytest.raises(ConnectionError):
        tells(topic)
    topic.fails = False
    assert tells(topic) == 20 - told
    assert len(set(ids(topic))) == len(ids(topic)) == 20


@pytest.mark.parametrize(("speed", "least"), [(45.0, 0.2), (18.0, 0.5)])
def test_its_pace_is_that_of_the_record_but_faster(
    tells: Callable[..., int], speed: float, least: float
) -> None:
    began = time.monotonic()
    tells(Topic(), speed=speed)
    assert least <= time.monotonic() - began < 9, "as long as it took when it was recorded"


def test_another_history_is_not_told_to_the_same_topic(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "kept.json", {"type": ["facility.moved"], "subject": None})
    memory.sequences["registry"] = 5000
    memory.keep()
    again = Memory(
        tmp_path / "kept.json", {"type": ["facility.moved"], "subject": None, "recorded_from": None}
    )
    assert again.sequences == {"registry": 5000}
    with pytest.raises(Trouble, match="told another history"):
        Memory(tmp_path / "kept.json", {"type": []})
    assert Memory(tmp_path / "kept.json", {"type": []}, anew=True).sequences == {}
