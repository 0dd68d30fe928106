"""A sample that nobody can draw again, or that favours some, is no random sample."""

from __future__ import annotations

import hashlib
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.training.domain.sampling import digest, draw

FRAME = [f"f{number:02}" for number in range(20)]
DRAWN_1051 = ("f00", "f01", "f04", "f06", "f11")
frames = st.sets(st.text("abcdef0123456789-", min_size=1, max_size=8), max_size=40)


def test_a_seed_draws_the_same_for_ever() -> None:
    """Written down: it must not change with a version of Python or of this module."""
    assert draw(FRAME, 5, 1051) == DRAWN_1051
    assert draw(FRAME, 5, 1052) != DRAWN_1051


@given(frames, st.integers(0, 2**53 - 1), st.data())
def test_a_sample_is_of_its_size_and_of_the_frame_in_whatever_order_that_came(
    frame: set[str], seed: int, data: st.DataObject
) -> None:
    size = data.draw(st.integers(0, len(frame)))
    drawn = draw(frame, size, seed)
    assert len(set(drawn)) == len(drawn) == size
    assert set(drawn) <= frame
    assert list(drawn) == sorted(drawn)
    shuffled = data.draw(st.permutations(sorted(frame)))
    assert draw(shuffled, size, seed) == drawn
    assert digest(shuffled) == digest(frame)


def test_a_larger_sample_of_the_same_seed_holds_the_smaller() -> None:
    assert set(draw(FRAME, 5, 1051)) < set(draw(FRAME, 9, 1051))


def test_everybody_is_drawn_about_as_often() -> None:
    """2,000 draws of 5 of 20: each 500 times but for chance; 400 to 600 is five standard deviations."""
    seeds = random.Random(7)
    counts = Counter(id_ for _ in range(2000) for id_ in draw(FRAME, 5, seeds.getrandbits(53)))
    assert set(counts) == set(FRAME)
    assert 400 < min(counts.values()) <= max(counts.values()) < 600


def test_no_more_than_there_are() -> None:
    assert draw(FRAME, 20, 1) == tuple(FRAME)
    with pytest.raises(ValueError, match="21 of 20"):
        draw(FRAME, 21, 1)


def test_the_digest_is_of_one_id_a_line() -> None:
    assert digest(["b", "a"]) == hashlib.sha256(b"a\nb\n").hexdigest()
