"""What readers of open pages would lose: news, or a place among those who are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import msgspec
import pytest

from services.eventkit.errors import Unavailable
from services.kpi.live import hub as hubs
from services.kpi.live.hub import EACH, Hub, Stream
from services.kpi.live.news import news_of
from services.kpi.views.lag import Lag


class Told:
    """A projection that is told what it is, and counts how often it is looked at."""

    def __init__(self, most: int = 100) -> None:
        self.version, self.looks = "v1", 0
        self.lags = [Lag("registry", 5, 5, 0, 0.0)]
        self.hub = Hub(self._look, lambda: self.lags, news_of, most)

    def _look(self) -> str:
        self.looks += 1
        return self.version


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    monkeypatch.setattr(hubs, "LOOK", 0.005)
    monkeypatch.setattr(hubs, "MEASURE", 0.005)
    monkeypatch.setattr(hubs, "BEAT", 0.05)
    told = Told()
    yield told
    told.hub.stop()


def heard(frames: Iterator[bytes], version: str, events: int | None) -> None:
    """Wait until a frame says so."""
    end = time.monotonic() + 5
    for frame in frames:
        assert time.monotonic() < end, f"{version} with a lag of {events} was never told"
        if frame.startswith(b"event: news"):
            data = msgspec.json.decode(frame.partition(b"data: ")[2])
            if (data["version"], data["events"]) == (version, events):
                return


def test_who_listens_is_told_of_a_new_version_and_of_a_lag(told: Told) -> None:
    frames = iter(told.hub.listen("lan"))
    heard(frames, "v1", 0)
    told.version = "v2"
    heard(frames, "v2", 0)
    told.lags = [Lag("registry", 5, 8, 3, 1.5), Lag("audits", 1, 1, 0, 0.0)]
    heard(frames, "v2", 3)
    told.lags = [Lag("registry", 5, 8, 3, 1.5), Lag("audits", 1, problem="does not answer")]
    heard(frames, "v2", None)


def test_who_knows_all_is_told_again_after_a_while(told: Told) -> None:
    frames = iter(told.hub.listen("lan"))
    heard(frames, "v1", 0)
    heard(frames, "v1", 0)


def test_nobody_listening_means_that_nothing_is_asked(told: Told) -> None:
    stream = told.hub.listen("lan")
    heard(iter(stream), "v1", 0)
    stream.close()
    time.sleep(0.05)
    looks = told.looks
    time.sleep(0.05)
    assert told.looks == looks
    heard(iter(told.hub.listen("lan")), "v1", 0)


def test_there_are_no_more_streams_than_allowed_for_all_and_for_each() -> None:
    hub = Told(most=EACH + 1).hub
    streams = [hub.listen("lan") for _ in range(EACH)]
    with pytest.raises(Unavailable):
        hub.listen("lan")
    hub.listen("minh")
    with pytest.raises(Unavailable):
        hub.listen("tam")
    streams[0].close()
    streams[0].close()  # a second time frees nothing more
    hub.listen("tam")
    with pytest.raises(Unavailable):
        hub.listen("tam")
    hub.stop()


def test_all_streams_end_when_the_process_is_asked_to(told: Told) -> None:
    def listen(stream: Stream) -> None:
        for _ in stream:
            pass

    listeners = [threading.Thread(target=listen, args=(told.hub.listen(f"p{n}"),)) for n in range(5)]
    for each in listeners:
        each.start()
    told.hub.stop()
    for each in listeners:
        each.join(5)
        assert not each.is_alive()
    with pytest.raises(Unavailable):
        told.hub.listen("lan")
