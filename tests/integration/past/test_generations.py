"""Moments of the past as generations: built once, shared, found again after a crash, dropped when unused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.eventkit.errors import Unavailable
from services.eventkit.http.fields import VIETNAM
from services.eventkit.search import Search
from services.kpi.domain.cards import decode
from services.kpi.domain.contributions import contributions
from services.kpi.past import process
from services.kpi.past.build import copy
from services.kpi.past.process import Builder
from services.kpi.past.register import (
    ASKED,
    FORGOTTEN,
    KEPT,
    MOST,
    SILENT,
    Register,
    Snapshot,
    name_of,
)
from services.kpi.projection import building
from services.kpi.projection.generations import PARTS, Generations
from tests.integration.past.conftest import PARTITIONS, RULES, System
from tests.integration.past.history import History

ON = "2018-12-31"


@pytest.fixture
def history() -> History:
    return History(11, steps=120)


@pytest.fixture
def system(system_of: Callable[[History], System], history: History) -> System:
    return system_of(history)


def everything(system: System, name: str) -> dict[str, dict[Any, Any]]:
    """What is stored of a generation: what it adds up to, what each card counts for, how far it is."""
    found: dict[str, dict[Any, Any]] = {part: {} for part in PARTS}
    for part in PARTS:
        for document in system.database[part].find({"generation": name}):
            id_ = document["_id"].partition("|")[2]
            match part:
                case "cells":
                    for cell in document["cells"]:
                        if days := msgspec.msgpack.decode(cell["days"], strict=False):
                            found[part][id_, *cell["cohort"]] = days
                case "cards":
                    card = decode(document["card"])
                    found[part][id_] = (card.seen, contributions(card, RULES))
                case "partitions":
                    found[part][id_] = (document["complete"], document["sequences"])
                case _:
                    found[part][id_] = document
    return found


def registered(system: System, generation: str) -> dict[str, Any]:
    found = system.database["snapshots"].find_one({"attempt": generation.rpartition("-")[2]})
    assert found is not None
    return found


def dropped(system: System, generation: str) -> None:
    """As a builder does it that has too many."""
    found = system.register.find(registered(system, generation)["_id"])
    assert found is not None
    system.register.drop(found)


def stored(system: System) -> set[str]:
    """The past generations of which anything is stored."""
    found = {name for part in PARTS for name in system.database[part].distinct("generation")}
    spools = system.database.list_collection_names(filter={"name": {"$regex": "^spool_"}})
    return {name for name in found if name.startswith("past-")} | set(spools)


def test_a_moment_to_come_and_today_are_the_present(system: System) -> None:
    today = datetime.now(VIETNAM).date().isoformat()
    for known_at in ("2999-01-01", today, ""):
        assert system.get("/targets", on=ON, known_at=known_at)["generation"] == "1"
    assert system.database["snapshots"].count_documents({}) == 0


def test_before_the_first_record_nothing_has_a_value_and_it_says_why(system: System) -> None:
    for path in ("/targets", "/targets/K1", "/targets/K3", "/targets/S2", "/options", "/quality"):
        answer = system.get(path, on=ON, known_at="2015-12-31")
        assert answer["position"] == {"registry": 0, "audits": 0, "training": 0}
    answer = system.get("/targets", on=ON, known_at="2015-12-31")
    for target in answer["targets"]:
        assert target["value"] is None
        assert target["reason"]["en"] == "nothing had been recorded by then"
    facility = next(iter(system.history.facilities))
    system.get(f"/facilities/{facility}/standing", 404, known_at="2015-12-31")


@pytest.mark.parametrize(
    ("known_at", "instant"),
    [
        ("2017-03-01", "2017-03-01T23:59:59.999999+07:00"),
        ("2017-03-01T10:00:00 07:00", "2017-03-01T03:00:00+00:00"),
        ("2017-03-01T10:00Z", "2017-03-01T10:00:00+00:00"),
    ],
)
def test_a_day_is_its_end_in_vietnam_and_an_instant_has_an_offset(
    system: System, known_at: str, instant: str
) -> None:
    answer = system.get("/targets", known_at=known_at)
    assert datetime.fromisoformat(answer["known_at"]) == datetime.fromisoformat(instant)
    assert answer["as_of"] == "2017-03-01", "what was true is asked for the day on which it was known"


@pytest.mark.parametrize(
    "known_at",
    [
        "2017-02-30",
        "2017-03-01T10:00:00",
        "yesterday",
        "2017-03-01T25:00Z",
        "0001-01-01T00:00+14:00",
        "0001-01-01",
        "9999-12-31T23:00:00Z",
    ],
)
def test_no_moment_is_told_so(system: System, known_at: str) -> None:
    answer = system.get("/targets", 422, known_at=known_at)
    assert "known_at" in answer["errors"][0]["field"]


def test_every_read_takes_both_clocks(system: System) -> None:
    facility = next(iter(system.history.facilities))
    both = {"on": ON, "known_at": "2018-06-30"}
    paths = ["/targets", "/targets/comparison", "/targets/K2b", "/options", "/funding", "/tasks", "/quality"]
    paths += [*(f"/targets/S{n}" for n in range(1, 7)), f"/facilities/{facility}/standing"]
    answers = [system.get(path, **both) for path in paths]
    assert {answer["generation"] for answer in answers} == {answers[0]["generation"]}
    assert {str(answer["position"]) for answer in answers} == {str(answers[0]["position"])}
    assert all(answer["known_at"].startswith("2018-06-30T23:59:59") for answer in answers)
    assert system.get("/plans", known_at="2018-06-30")["position"] == answers[0]["position"]
    file = system.client.get("/api/v1/targets/export", query_string={**both, "format": "csv"}).text
    assert "2018-06-30T23:59:59" in file and answers[0]["generation"] in file


def test_what_is_answered_again_is_the_same_bytes_without_a_look_at_the_logs(system: System) -> None:
    query = {"on": ON, "known_at": "2018-06-30"}
    first = system.client.get("/api/v1/targets", query_string=query)
    for feed in system.history.feeds.values():
        feed.log = None  # type: ignore[assignment]
    again = system.client.get(
        "/api/v1/targets", query_string=query, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304
    other = system.get("/targets/K1", **query)
    assert other["generation"] == first.json["generation"]  # type: ignore[index]


def test_while_it_is_built_a_reader_is_told_how_far_it_is(system: System) -> None:
    system.pause()
    system.past._wait = 0.2
    answer = system.client.get("/api/v1/targets", query_string={"known_at": "2017-06-30"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "services.kpi snapshots" in answer.json["detail"]  # type: ignore[index]
    system.database["snapshots"].update_one(
        {}, {"$set": {"state": "building", "owner": "another", "at": datetime.now(UTC), "done.registry": 7}}
    )
    answer = system.client.get("/api/v1/targets", query_string={"known_at": "2017-06-30"})
    assert answer.status_code == 503
    assert "registry 7 of" in answer.json["detail"]  # type: ignore[index]
    # Its builder died: once it has been silent for long, another begins anew.
    long_ago = datetime.now(UTC) - timedelta(seconds=SILENT + 1)
    system.database["snapshots"].update_one({}, {"$set": {"at": long_ago}})
    system.builds.set()
    system.past._wait = 60
    assert system.get("/targets", known_at="2017-06-30")["position"]["registry"] > 7


def test_a_build_that_was_cut_off_anywhere_is_made_whole(system: System) -> None:
    """What it left half copied, half folded, is not built upon, and goes."""
    early = system.get("/targets", known_at="2017-01-31")
    late = system.get("/targets", known_at="2018-12-31")
    whole, name = everything(system, late["generation"]), registered(system, late["generation"])["_id"]
    system.pause()
    dropped(system, late["generation"])
    system.register.want(late["position"], RULES.key)
    cut_off = system.register.claim("killed", RULES.key)
    assert cut_off is not None
    copy(system.database, early["generation"], cut_off.generation)
    system.database["cells"].delete_one({"generation": cut_off.generation})
    system.database["snapshots"].update_one({"_id": name}, {"$set": {"at": datetime(2000, 1, 1)}})
    system.builder.step()
    now = system.register.find(name)
    assert now is not None and now.base == early["generation"]
    assert everything(system, now.generation) == whole
    assert stored(system) == {early["generation"], now.generation}


@pytest.mark.parametrize("asleep", ["before copying", "before folding", "before it says so"])
@pytest.mark.parametrize("meanwhile", ["taken over", "dropped and built again"])
def test_a_builder_that_slept_and_wakes_up_changes_nothing(
    system: System, monkeypatch: pytest.MonkeyPatch, asleep: str, meanwhile: str
) -> None:
    base = system.get("/targets", known_at="2017-01-31")["generation"]
    system.pause()
    wanted = system.past.positions(datetime(2018, 12, 31, tzinfo=UTC))
    name = system.register.want(wanted, RULES.key).name
    other = Builder(system.register, RULES, system.history.feeds, PARTITIONS)
    left: list[dict[str, Any]] = []

    def sleeping(original: Callable[..., Any], when: Callable[..., bool] = lambda *_: True) -> Any:
        def sleep(*given: Any, **more: Any) -> Any:
            if not left and when(more):
                left.append({})
                silent = {"at": datetime.now(UTC) - timedelta(seconds=SILENT + 1)}
                system.database["snapshots"].update_one({"_id": name}, {"$set": silent})
                assert other.step()
                if meanwhile != "taken over":
                    dropped(system, generation_of())
                    system.register.want(wanted, RULES.key)
                    assert other.step()
                left[0] = {"data": everything(system, generation_of()), "said": entry()}
            return original(*given, **more)

        return sleep

    def entry() -> Any:
        return system.database["snapshots"].find_one({"_id": name})

    def generation_of() -> str:
        return f"{name}-{entry()['attempt']}"

    with monkeypatch.context() as patched:
        match asleep:
            case "before copying":
                patched.setattr("services.kpi.past.build.copy", sleeping(copy))
            case "before folding":
                patched.setattr(building, "build", sleeping(building.build))
            case _:
                ready = sleeping(Register.tell, lambda told: told.get("state") == "ready")
                patched.setattr(Register, "tell", ready)
        assert system.builder.step()
    assert left[0]["data"]["cards"] and left[0]["said"]["state"] == "ready"
    assert (everything(system, generation_of()), entry()) == (left[0]["data"], left[0]["said"])
    assert stored(system) == {base, generation_of()}, "what it had made itself is gone"


def test_what_is_folded_on_is_what_is_built_from_nothing(system: System) -> None:
    for known_at in ("2016-06-30", "2016-12-31", "2017-06-30"):
        last = system.get("/targets", known_at=known_at)["generation"]
    folded_on = everything(system, last)
    assert registered(system, last)["base"]
    for snapshot in system.register.all():
        system.register.drop(snapshot)
    assert stored(system) == set()
    system.past._cubes.clear()
    anew = system.get("/targets", known_at="2017-06-30")["generation"]
    assert registered(system, anew)["base"] == ""
    assert everything(system, anew) == folded_on


def test_of_two_builders_one_builds(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    system.pause()
    built = []
    real = process.build

    def slow(*args: Any) -> str:
        built.append(args[1].name)
        time.sleep(0.3)
        return real(*args)

    monkeypatch.setattr(process, "build", slow)
    system.register.want({"registry": 5, "audits": 3, "training": 2}, RULES.key)
    builders = [Builder(system.register, RULES, system.history.feeds, PARTITIONS) for _ in range(3)]
    threads = [threading.Thread(target=builder.step) for builder in builders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1


def test_the_longest_unused_is_dropped_and_built_again_when_asked_for(system: System) -> None:
    months = [f"201{6 + n // 12}-{n % 12 + 1:02}-28" for n in range(2, 2 + KEPT + 3)]
    names = {month: system.get("/targets", known_at=month)["generation"] for month in months}
    system.builder.tidy()
    assert len(stored(system)) == KEPT and names[months[-1]] in stored(system)
    assert names[months[0]] not in stored(system)
    facility = next(iter(system.history.facilities))
    again = system.get(f"/facilities/{facility}/standing", known_at=months[0])["generation"]
    assert registered(system, again)["_id"] == names[months[0]].rpartition("-")[0]


def test_a_reader_whose_moment_is_dropped_under_it_is_told_so(system: System) -> None:
    """And not that the facility does not exist."""
    facility = next(iter(system.history.facilities))
    query = {"known_at": "2018-06-30"}
    name = system.get(f"/facilities/{facility}/standing", **query)["generation"]
    dropped(system, name)
    answer = system.get(f"/facilities/{facility}/standing", 503, **query)
    assert "dropped while it was read" in answer["detail"]
    again = system.get(f"/facilities/{facility}/standing", **query)["generation"]
    # Built again under another name, so it is not what somebody still reads of the one before.
    system.past._cubes.clear()
    dropped(system, again)
    assert system.get(f"/facilities/{facility}/standing", **query)["generation"] not in (name, again)


def test_nobody_is_given_a_moment_before_it_is_known_to_be_whole(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that another reader has loaded while it was being dropped, and not yet looked at again."""
    moment = datetime(2018, 6, 30, tzinfo=UTC)
    name = system.past.at(moment).view().generation
    system.past._cubes.clear()
    loaded, gone = threading.Event(), threading.Event()
    real, given = system.register.ready, []

    def ready(asked: Snapshot) -> bool:
        loaded.set()
        gone.wait(60)
        return real(asked)

    def read() -> None:
        try:
            given.append(system.past.at(moment).view().generation)
        except Unavailable as error:
            given.append(error.detail)

    monkeypatch.setattr(system.register, "ready", ready)
    readers = [threading.Thread(target=read) for _ in range(2)]
    readers[0].start()
    assert loaded.wait(60)
    dropped(system, name)
    readers[1].start()
    readers[1].join(1.5)
    gone.set()
    for reader in readers:
        reader.join()
    assert len(given) == 2 and all("dropped while it was read" in said for said in given)


def test_an_operator_sees_which_moments_are_there(system: System) -> None:
    early = system.get("/targets", known_at="2016-06-30")
    late = system.get("/targets", known_at="2016-12-31")
    past = {one["generation"]: one for one in system.get("/projections")["past"]}
    assert past.keys() == {late["generation"], early["generation"]}
    now = past[late["generation"]]
    assert (now["state"], now["base"]) == ("ready", early["generation"])
    assert now["name"] == registered(system, late["generation"])["_id"]
    assert now["positions"] == late["position"]


def test_what_was_known_a_moment_ago_may_yet_become_more(system: System, history: History) -> None:
    """A write that was stamped before the question, and stood after it."""
    known_at = datetime.now(UTC).isoformat()
    first = system.get("/targets", known_at=known_at)["position"]
    assert system.get("/targets", known_at=known_at)["position"] == first
    history.register()
    second = system.get("/targets", known_at=known_at)["position"]
    assert second["registry"] == first["registry"] + 1


def test_nothing_is_frozen_of_a_moment_that_was_dropped_meanwhile(system: System) -> None:
    """It would be official for ever, and rest on no position."""
    moment = "2018-06-30T00:00:00+07:00"
    dropped(system, system.get("/targets", known_at=moment)["generation"])
    body = {"on": "2017-12-31", "label": "Báo cáo", "known_at": moment}
    refused = system.client.post("/api/v1/official-values", json=body)
    assert refused.status_code == 503, refused.text
    assert system.client.post("/api/v1/official-values", json=body).status_code in (201, 503)
    for _ in range(20):
        done = system.client.post("/api/v1/official-values", json=body)
        if done.status_code != 503:
            break
    frozen = system.get("/official-values/nb-1051-2016.2017-12-31")["official"]["reading"]
    assert all(frozen["position"].values()) and frozen["heads"].keys() == frozen["position"].keys()


def test_a_rebuild_leaves_the_past_alone(system: System) -> None:
    before = system.get("/targets", on=ON, known_at="2018-06-30")
    Generations(system.database).drop_others("1", "2")
    facility = next(iter(system.history.facilities))
    assert system.get(f"/facilities/{facility}/standing", known_at="2018-06-30")
    system.past._cubes.clear()
    assert system.get("/targets", on=ON, known_at="2018-06-30") == before


def test_a_log_that_has_become_shorter_is_not_built_upon(system: System, history: History) -> None:
    system.pause()
    head = history.logs["audits"].head()
    wanted = {"registry": 1, "audits": head + 1, "training": 1}
    system.register.want(wanted, RULES.key)
    system.builder.step()
    found = system.register.find(name_of(wanted, RULES.key))
    assert found is not None and found.state == "failed"
    assert f"ends before {head + 1}" in found.error
    assert stored(system) == set()
    with pytest.raises(Unavailable, match="could not be built"):
        system.past.of(wanted)
    minutes_ago = datetime.now(UTC) - timedelta(seconds=FORGOTTEN + 1)
    system.database["snapshots"].update_one({"_id": found.name}, {"$set": {"used_at": minutes_ago}})
    system.builder.tidy()
    assert system.register.find(found.name) is None


def test_moments_by_the_hundred_wait_only_while_somebody_asks_for_them(system: System) -> None:
    """Whoever asks for ever new ones keeps neither the builder busy nor the others from reading."""
    there = system.get("/targets", known_at="2018-06-30")["generation"]
    system.pause()
    system.past._wait = 0.05
    moments = [moment.isoformat() for moment in system.history.recorded()[: 2 * MOST]]
    asked = [system.client.get("/api/v1/targets", query_string={"known_at": one}) for one in moments]
    assert {answer.status_code for answer in asked} == {503}
    refused = [answer for answer in asked if "as many as may" in answer.json["detail"]]  # type: ignore[index]
    assert 0 < len(refused) == len(asked) - MOST
    assert {answer.headers["Retry-After"] for answer in refused} == {"10"}
    assert system.get("/targets", known_at="2018-06-30")["generation"] == there
    system.get("/targets")
    # One of them is asked for again a minute later: it is the only one that is built.
    minute_ago = datetime.now(UTC) - timedelta(seconds=ASKED + 1)
    wanted = {"state": "wanted"}
    system.database["snapshots"].update_many(wanted, {"$set": {"used_at": minute_ago, "since": minute_ago}})
    system.client.get("/api/v1/targets", query_string={"known_at": moments[MOST - 1]})
    assert system.builder.step() and not system.builder.step()
    assert {one.state for one in system.register.all()} == {"ready"}, "the others are forgotten"
    assert len(system.register.all()) == 2
    system.get("/targets", known_at=moments[MOST - 1])


def test_few_readers_wait_and_the_others_are_told_at_once(system: System) -> None:
    """Each that waits keeps a thread of the service from answering anybody else."""
    system.pause()
    system.past._waiting = threading.BoundedSemaphore(1)
    system.past._wait = 60
    answers = []

    def read() -> None:
        started = time.monotonic()
        try:
            system.past.at(datetime(2018, 6, 30, tzinfo=UTC))
        except Unavailable as error:
            answers.append((time.monotonic() - started, error.retry_after))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(2000):
        if len(answers) == 3:
            break
        time.sleep(0.01)
    assert len(answers) == 3, "and one waits"
    assert all(seconds < 30 and again == 2 for seconds, again in answers)
    system.builds.set()
    for reader in readers:
        reader.join()
    assert len(answers) == 3, "it was given what was built meanwhile"


def test_what_a_release_with_other_rules_has_left_goes(system: System) -> None:
    there = system.get("/targets", known_at="2018-06-30")
    system.pause()
    begun = []
    for number, state in enumerate(("building", "failed", "ready")):
        positions = {**there["position"], "audits": number + 1}
        system.register.want(positions, "sxsh-2016@1")
        attempt = system.register.claim(f"old release {number}", "sxsh-2016@1")
        assert attempt is not None
        copy(system.database, there["generation"], attempt.generation)
        system.register.tell(attempt, state=state)
        begun.append(attempt)
    system.builder.tidy()
    assert stored(system) == {there["generation"], *(one.generation for one in begun)}, "it may be at work"
    minutes_ago = {"at": datetime.now(UTC) - timedelta(seconds=FORGOTTEN + 1)}
    minutes_ago |= {"used_at": minutes_ago["at"]}
    system.database["snapshots"].update_many({"rules": "sxsh-2016@1"}, {"$set": minutes_ago})
    system.builder.tidy()
    assert stored(system) == {there["generation"]}
    assert [one.generation for one in system.register.all()] == [there["generation"]]


def test_each_moment_has_one_position_though_many_were_recorded_at_once(history: History) -> None:
    for source, log in history.logs.items():
        search = Search(log)
        times = [stored.commit.recorded_at for stored in log.read(0, 10_000)]
        for moment in times:
            assert search.reached_at(moment) == sum(t <= moment for t in times), source
        assert search.reached_at(times[0] - timedelta(seconds=1)) == 0
