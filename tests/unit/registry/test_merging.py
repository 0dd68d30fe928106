"""One facility counted twice, or one that vanishes: what a wrong register of merges would cost."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given as anyhow
from hypothesis import strategies as st

from services.eventkit.errors import InvalidInput, Refused, SxshError
from services.registry.domain.events import (
    DeclaredDistinct,
    FacilityAbsorbed,
    FacilityMerged,
    FacilityReleased,
    FacilityUnmerged,
)
from services.registry.domain.merging import (
    MERGES,
    Command,
    DeclareDistinct,
    Merge,
    MergeRegister,
    Unmerge,
    ensure_not_merged,
)
from tests.unit.given import given

DAY = date(2019, 5, 20)
WHY = "one tax code"


def merged(duplicate: str, survivor: str) -> FacilityMerged:
    return FacilityMerged(facility_id=duplicate, survivor_id=survivor, reason=WHY, occurred_on=DAY)


def unmerged(duplicate: str, survivor: str) -> FacilityUnmerged:
    return FacilityUnmerged(facility_id=duplicate, survivor_id=survivor, reason=WHY, occurred_on=DAY)


def merge(duplicate: str, survivor: str) -> Merge:
    return Merge(duplicate_id=duplicate, survivor_id=survivor, reason=WHY, occurred_on=DAY)


def unmerge(duplicate: str) -> Unmerge:
    return Unmerge(duplicate_id=duplicate, reason=WHY, occurred_on=DAY)


def declare(one: str, other: str) -> DeclareDistinct:
    return DeclareDistinct(facility_id=one, other_id=other, reason=WHY, occurred_on=DAY)


def test_a_merge_is_told_in_the_history_of_both() -> None:
    then = (
        given(MERGES)
        .when(merge("d", "s"))
        .then([merged("d", "s"), FacilityAbsorbed(facility_id="s", duplicate_id="d", occurred_on=DAY)])
    )
    assert (then.state.survivor_of("d"), then.state.duplicates_of("s")) == ("s", ["d"])
    after = (
        given(MERGES, [merged("d", "s")])
        .when(unmerge("d"))
        .then([unmerged("d", "s"), FacilityReleased(facility_id="s", duplicate_id="d", occurred_on=DAY)])
    )
    assert after.state == MergeRegister()


def test_what_stands_is_not_recorded_twice() -> None:
    given(MERGES, [merged("d", "s")]).when(merge("d", "s")).unchanged()
    distinct = DeclaredDistinct(facility_id="a", other_id="b", reason=WHY, occurred_on=DAY)
    for repeat in (declare("a", "b"), declare("b", "a")):
        given(MERGES, [distinct]).when(repeat).unchanged()


@pytest.mark.parametrize(
    ("command", "says", "error"),
    [
        (merge("x", "x"), "another facility", InvalidInput),
        (merge("d", "x"), "merged into s already. Unmerge it first", Refused),
        (merge("x", "d"), "Merge into s", Refused),
        (merge("s", "x"), "duplicates of its own (d)", Refused),
        (merge("s", "d"), "Merge into s", Refused),
        (unmerge("s"), "not merged", Refused),
        (unmerge("x"), "not merged", Refused),
        (declare("x", "x"), "another facility", InvalidInput),
        (declare("s", "d"), "Unmerge them first", Refused),
        (declare("d", "s"), "Unmerge them first", Refused),
    ],
)
def test_a_register_that_would_contradict_itself_is_refused(
    command: Command, says: str, error: type[SxshError]
) -> None:
    given(MERGES, [merged("d", "s")]).when(command).refused(says, error)


def test_a_distinction_outlives_a_merge() -> None:
    then = given(MERGES, [DeclaredDistinct(facility_id="b", other_id="a", reason=WHY, occurred_on=DAY)])
    register = MERGES.fold([merged("b", "a"), unmerged("b", "a")], then.state)
    assert register == then.state
    assert register.are_distinct("a", "b")


def test_who_writes_to_a_duplicate_is_told_the_survivor() -> None:
    register = MERGES.fold([merged("d", "s")])
    ensure_not_merged(register, "s")
    with pytest.raises(Refused, match="write to s"):
        ensure_not_merged(register, "d")


_IDS = st.sampled_from("abcde")
_COMMANDS = st.one_of(st.builds(merge, _IDS, _IDS), st.builds(unmerge, _IDS), st.builds(declare, _IDS, _IDS))


def accepted(register: MergeRegister, command: Command) -> MergeRegister:
    """The register after a command, the same when it was refused."""
    try:
        return MERGES.fold(MERGES.decide(command, register), register)
    except SxshError:
        return register


@anyhow(st.lists(_COMMANDS, max_size=40))
def test_whatever_is_merged_and_unmerged_every_facility_counts_once(commands: list[Command]) -> None:
    register = MergeRegister()
    for command in commands:
        register = accepted(register, command)
        survivors = {merged.survivor_id for merged in register.merged.values()}
        assert not survivors & register.merged.keys()
        counted = set("abcde") - register.merged.keys()
        groups = [{id_, *register.duplicates_of(id_)} for id_ in counted]
        assert sorted(member for group in groups for member in group) == list("abcde")


@anyhow(st.lists(_COMMANDS, max_size=20), _IDS, _IDS)
def test_a_merge_that_is_taken_back_leaves_nothing(commands: list[Command], one: str, other: str) -> None:
    register = MergeRegister()
    for command in commands:
        register = accepted(register, command)
    if register.survivor_of(one) is None:
        between = accepted(register, merge(one, other))
        if between != register:
            assert accepted(between, unmerge(one)) == register
