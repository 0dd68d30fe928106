"""What was frozen stays: another reading takes its place only as a correction that says why."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.kpi.domain.official import (
    OFFICIAL,
    Correct,
    Freeze,
    Lacking,
    OfficialCorrected,
    OfficialFrozen,
    OfficialReading,
    Source,
    TargetValue,
    catalogue,
)
from tests.unit.given import given

ON = date(2018, 12, 31)


def reading(numerator: int = 38, hour: int = 8) -> OfficialReading:
    return OfficialReading(
        on=ON,
        read_at=datetime(2019, 1, 15, hour, tzinfo=UTC),
        plan=Source(id="nb-1051-2016", sha256="aa"),
        rules=Source(id="sxsh-2016", version="2", sha256="bb"),
        position={"registry": 7, "audits": 9, "training": 4},
        heads={"registry": "cc"},
        targets=(
            TargetValue(
                code="K1",
                value=f"{numerator}/40",
                decimal="0.950000",
                numerator=numerator,
                denominator=40,
                target="0.95",
                met=True,
                reason=None,
            ),
        ),
        supporting=(),
    )


def freeze(**changed: Any) -> Freeze:
    usual: dict[str, Any] = {"official_id": "v1", "label": "Báo cáo 2018", "by": "lan", "reading": reading()}
    return Freeze(**{**usual, **changed})


def correct(**changed: Any) -> Correct:
    usual: dict[str, Any] = {
        "official_id": "v2",
        "corrects": "v1",
        "reason": "nộp muộn",
        "label": "Đính chính",
        "by": "minh",
        "reading": reading(36),
    }
    return Correct(**{**usual, **changed})


def frozen() -> OfficialFrozen:
    (event,) = given(OFFICIAL).when(freeze()).events()
    assert isinstance(event, OfficialFrozen)
    return event


def test_a_period_is_frozen_with_who_read_what() -> None:
    lacking = (Lacking(what="parked", detail="facility:a"),)
    (event,) = given(OFFICIAL).when(freeze(lacking=lacking)).events()
    assert isinstance(event, OfficialFrozen)
    assert (event.occurred_on, event.plan_id, event.by, event.lacking) == (ON, "nb-1051-2016", "lan", lacking)
    assert event.subject == "official:nb-1051-2016.2018-12-31"


def test_the_hash_is_that_of_the_bytes_in_the_log() -> None:
    """So that whoever has the event, a JSON parser and SHA-256 can check it."""
    stored = json.loads(bytes(catalogue.encode(frozen(), "e1").data))
    canonical = json.dumps(stored["reading"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(canonical.encode()).hexdigest() == stored["sha256"] == reading().sha256()


def test_the_same_plan_and_day_is_not_frozen_twice() -> None:
    given(OFFICIAL, [frozen()]).when(freeze(official_id="v2")).refused("by lan", Refused)


def test_a_correction_names_what_it_corrects_and_what_was_frozen_stays() -> None:
    done = given(OFFICIAL, [frozen()]).when(correct())
    (event,) = done.events()
    assert isinstance(event, OfficialCorrected)
    assert (event.corrects, event.reason, event.reading) == ("v1", "nộp muộn", reading(36))
    period = done.then([event]).state
    assert [entry.official_id for entry in period.entries] == ["v1", "v2"]
    assert period.entries[0].reading == reading()
    assert (period.official.corrects, period.official.reason) == ("v1", "nộp muộn")


def test_a_correction_is_of_what_holds() -> None:
    given(OFFICIAL).when(correct()).refused("no value is official", NotFound)
    given(OFFICIAL, [frozen()]).when(correct(corrects="v9")).refused("none of this period", InvalidInput)
    once = given(OFFICIAL, [frozen()]).when(correct()).events()
    given(OFFICIAL, [frozen(), *once]).when(correct(official_id="v3", reading=reading(35))).refused(
        "v1 was corrected already: v2 holds now", Refused
    )


def test_a_correction_that_corrects_nothing_is_refused() -> None:
    given(OFFICIAL, [frozen()]).when(correct(reading=reading(hour=9))).refused("nothing to correct", Refused)


def test_an_event_reads_back_as_it_was_written() -> None:
    event = frozen()
    assert catalogue.decode(catalogue.encode(event, "e1")) == event
    assert msgspec.json.decode(msgspec.json.encode(reading()), type=OfficialReading) == reading()
