"""What the province would lose: a fact, or the count of it.

Appends, conflicts, repeats, crashes, lost and repeated records, wiped topics and rebuilds in any order:
in the end the numbers are those of the log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pymongo.database import Database

from services.eventkit.commits import GENESIS, NewCommit, hash_of
from services.eventkit.errors import CommandReused, VersionConflict
from services.kpi.projection.rebuild import rebuild
from tests.examples import examples
from tests.integration.log.world import PARTITIONS, RULES, World, commit, fact, registered

FACILITIES = ("facility:a", "facility:b", "facility:c", "facility:d")
DAYS = ("2016-05-01", "2017-05-01", "2018-05-01")
#: What can happen to a facility once it is registered.
KNOWN: dict[str, dict[str, Any]] = {
    "facility.moved": {"unit_id": "kim-son"},
    "facility.closed": {},
    "facility.reopened": {},
    "facility.corrected": {"kind": "household"},
}

two = st.integers(0, 1)


def machine(new_world: Callable[[], World]) -> type[RuleBasedStateMachine]:
    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.world = new_world()
            self.versions = dict.fromkeys(FACILITIES, 0)
            self.acknowledged: list[NewCommit] = []

        @rule(
            who=two,
            facilities=st.lists(st.sampled_from(FACILITIES), min_size=2, max_size=5),
            day=st.sampled_from(DAYS),
            changes=st.lists(st.sampled_from(sorted(KNOWN)), min_size=1, max_size=3),
        )
        def append(self, who: int, facilities: list[str], day: str, changes: list[str]) -> None:
            for facility in facilities:
                version = self.versions[facility]
                events = [fact(facility, change, day, **KNOWN[change]) for change in changes]
                if version == 0:
                    events.insert(0, registered(facility))
                self.write(who, commit(facility, version + 1, *events))

        @rule(who=two)
        @precondition(lambda self: len(self.acknowledged) > 5)
        def append_what_no_release_knows(self, who: int) -> None:
            self.write(
                who,
                commit(
                    "facility:d", self.versions["facility:d"] + 1, fact("facility:d", "facility.teleported")
                ),
            )

        def write(self, who: int, new: NewCommit) -> None:
            stored = self.world.writers[who].append(new)
            self.acknowledged.append(new)
            assert stored.commit.position == len(self.acknowledged)
            self.versions[new.stream] += len(new.events)

        @rule(who=two, facility=st.sampled_from(FACILITIES))
        def append_from_a_stale_version(self, who: int, facility: str) -> None:
            if self.versions[facility]:
                with pytest.raises(VersionConflict):
                    self.world.writers[who].append(commit(facility, 1, registered(facility)))

        @rule(who=two, which=st.integers(0, 1000), other=st.booleans())
        @precondition(lambda self: self.acknowledged)
        def repeat_a_command(self, who: int, which: int, other: bool) -> None:
            place = which % len(self.acknowledged)
            new = self.acknowledged[place]
            writer = self.world.writers[who]
            if not other:
                assert writer.append(new).commit.position == place + 1
                return
            with pytest.raises(CommandReused):
                writer.append(
                    NewCommit(
                        stream=new.stream,
                        version=new.version,
                        events=new.events,
                        actor="b",
                        command_id=new.command_id,
                        fingerprint="another request",
                    )
                )

        @rule(which=two, past_lease=st.booleans())
        def relay_steps(self, which: int, past_lease: bool) -> None:
            """Past its lease the other one, held up, may still believe that it holds it."""
            if past_lease:
                self.world.lease_ends()
            self.world.relays[which].step()

        @rule(which=two, kept=st.integers(0, 1000))
        def relay_dies_while_publishing(self, which: int, kept: int) -> None:
            self.world.topic.keeps = lambda sent: kept % (sent + 1)
            self.world.relays[which].step()
            self.world.topic.keeps = None

        @rule(which=two, repeated=st.integers(0, 20), data=st.data())
        def deliver(self, which: int, repeated: int, data: st.DataObject) -> None:
            """From a place already passed, some of it out of order or never."""
            worker = self.world.workers[which]
            records = self.world.topic.records[max(0, worker.offset - repeated) :]
            shown = data.draw(st.permutations(range(min(len(records), 8))))
            order = [*shown[: data.draw(st.integers(0, len(shown)))], *range(len(shown), len(records))]
            worker.does(lambda projector: projector.handle([records[n] for n in order]))
            worker.offset = len(self.world.topic.records)

        @rule(which=two)
        def projector_dies_between_taking_and_flushing(self, which: int) -> None:
            worker = self.world.workers[which]
            worker.does(lambda projector: projector.take(self.world.topic.records[worker.offset :]))
            worker.crash()

        @rule()
        def topic_is_wiped(self) -> None:
            self.world.topic.records.clear()
            for worker in self.world.workers:
                worker.offset = 0

        @rule(which=two, begin=st.integers(0, 5))
        def broker_loses_acknowledged_records(self, which: int, begin: int) -> None:
            self.world.relays[which].step()
            worker = self.world.workers[which]
            del self.world.topic.records[worker.offset + begin :: 2]

        @rule()
        def rebuild(self) -> None:
            database = self.world.database
            rebuild(database, RULES, self.world.feeds, PARTITIONS)
            for worker in self.world.workers:
                worker.does(lambda projector: projector.housekeeping())

        @rule(by=two)
        def everything_taken_is_what_the_log_says(self, by: int) -> None:
            self.world.drain(by)
            stored, folded = self.world.stored(), self.world.folded()
            assert stored["cells"] == folded["cells"]
            assert stored["parked"] == folded["parked"]

        @invariant()
        def the_log_is_one_chain_with_every_acknowledged_event_once(self) -> None:
            prev, ids = GENESIS, []
            for position, stored in enumerate(self.world.log.read(0, 10_000), start=1):
                assert (stored.commit.position, stored.commit.prev) == (position, prev)
                prev = hash_of(stored.body)
                ids += [event.id for event in stored.commit.events]
            assert ids == [event.id for new in self.acknowledged for event in new.events]

        def teardown(self) -> None:
            self.everything_taken_is_what_the_log_says(0)

    return Machine


def test_whatever_happens_the_numbers_are_those_of_the_log(
    new_database: Callable[[], Database[dict[str, Any]]],
) -> None:
    run_state_machine_as_test(
        machine(lambda: World(new_database())),
        settings=settings(
            max_examples=examples(20),
            stateful_step_count=40,
            derandomize=True,
            database=None,
            deadline=None,
            # Without shrinking a failure is told within the same bounded time.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
