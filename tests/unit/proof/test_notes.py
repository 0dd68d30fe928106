"""A statement about a log counts only as its keeper signed it, also years after the key was changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.eventkit.proof.notes import Checkpoint, NotSigned, Signer, VerifierKey, opened

MADE = Checkpoint("ninhbinh.example/registry", 1234, bytes(range(32)), datetime(2026, 11, 24, 7, tzinfo=UTC))


def signer(name: str = "ninhbinh.example/registry/2026") -> Signer:
    return Signer(name, Ed25519PrivateKey.generate())


def test_what_was_signed_is_read_back_as_it_was() -> None:
    keeper = signer()
    text, key = opened(keeper.sign(MADE.text()), [signer().verifier, keeper.verifier])
    assert Checkpoint.parse(text) == MADE
    assert key == keeper.verifier


def test_a_key_is_written_and_read() -> None:
    for _ in range(30):
        key = signer().verifier
        assert VerifierKey.parse(f" {key}\n") == key


def test_what_an_earlier_key_signed_stays_verifiable() -> None:
    old, new = signer("registry/2025"), signer("registry/2026")
    keys = [old.verifier, new.verifier]
    assert opened(old.sign(MADE.text()), keys)[1] == old.verifier
    assert opened(new.sign(MADE.text()), keys)[1] == new.verifier


def test_an_altered_text_is_not_what_was_signed() -> None:
    keeper = signer()
    with pytest.raises(NotSigned, match="one of the two was altered"):
        opened(keeper.sign(MADE.text()).replace("1234", "1233"), [keeper.verifier])


def test_another_key_of_the_same_name_has_not_signed_it() -> None:
    with pytest.raises(NotSigned, match="None of the known keys"):
        opened(signer().sign(MADE.text()), [signer().verifier])


@pytest.mark.parametrize("note", ["", "text\n", "text\n\n", "text\n\nno signature\n", "text\n\n— name ???\n"])
def test_what_is_no_note_is_said_to_be_none(note: str) -> None:
    with pytest.raises(NotSigned):
        opened(note, [signer().verifier])


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak"])
def test_a_name_that_would_break_a_note_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="can not name a key"):
        signer(name)


def test_an_altered_key_is_not_taken() -> None:
    text = str(signer().verifier)
    altered = text[:-3] + ("AA=" if not text.endswith("AA=") else "BA=")
    with pytest.raises(ValueError, match=r"altered|A key is written"):
        VerifierKey.parse(altered)


@pytest.mark.parametrize(
    "text", ["", "origin\nmany\nAAAA\nat 2026-01-01\n", "origin\n1\nAAAA\nat 2026-01-01\n"]
)
def test_a_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="A checkpoint"):
        Checkpoint.parse(text)
