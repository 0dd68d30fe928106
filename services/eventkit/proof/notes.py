"""Signed notes and checkpoints, as transparency logs write them (C2SP signed-note and tlog-checkpoint).

A checkpoint says that the log `origin` has `size` commits and that their Merkle tree has this root. As text::

    ninhbinh.example/registry
    1234
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    at 2026-11-24T07:00:00Z

    — ninhbinh.example/registry+2026 Az3grl…
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

#: Marks an Ed25519 key in the hash that names it.
_ED25519 = b"\x01"
_DASH = "\N{EM DASH} "
_HASH_BYTES = 4


class NotSigned(ValueError):
    """None of the known keys has signed this text, or it is not a signed note at all."""


class VerifierKey(NamedTuple):
    """Written as ``<name>+<hash>+<key>``; keep those of earlier years, so that what they signed stays
    verifiable."""

    name: str
    key: bytes

    @property
    def hash(self) -> bytes:
        return sha256(f"{self.name}\n".encode() + _ED25519 + self.key).digest()[:_HASH_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(_ED25519 + self.key).decode()}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Raises ValueError for anything else than what `str` gives."""
        parts = text.strip().split("+", 2)
        raw = _base64(parts[-1]) if len(parts) == 3 else b""
        if len(raw) != 33 or raw[:1] != _ED25519:
            raise ValueError("A key is written <name>+<8 hex digits>+<base64 of an Ed25519 key>.")
        found = cls(parts[0], raw[1:])
        if found.hash.hex() != parts[1]:
            raise ValueError(f"The key of {found.name} does not have the hash {parts[1]}: it was altered.")
        return found


class Signer:
    """`name` has neither spaces nor plus signs; each key has a name of its own, for example with its year."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        if not name or "+" in name or name.split() != [name]:
            raise ValueError(f"{name!r} can not name a key: no spaces, no plus signs.")
        self._key = key
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.verifier = VerifierKey(name, public)

    def sign(self, text: str) -> str:
        """The note: `text`, which ends with a newline, with its signature."""
        if not text.endswith("\n"):
            raise ValueError("A note's text ends with a newline.")
        signature = base64.b64encode(self.verifier.hash + self._key.sign(text.encode())).decode()
        return f"{text}\n{_DASH}{self.verifier.name} {signature}\n"


def opened(note: str, keys: Iterable[VerifierKey]) -> tuple[str, VerifierKey]:
    """The text and the first key found to have signed it. Raises `NotSigned`."""
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise NotSigned("This is not a signed note: text, an empty line, signatures.")
    text += "\n"
    known = {(key.name, key.hash): key for key in keys}
    for line in lines.splitlines():
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        signature = _base64(encoded)
        key = known.get((name, signature[:_HASH_BYTES]))
        if not line.startswith(_DASH) or key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.key).verify(signature[_HASH_BYTES:], text.encode())
        except InvalidSignature:
            raise NotSigned(
                f"The signature of {name} does not fit the text: one of the two was altered."
            ) from None
        return text, key
    raise NotSigned("None of the known keys has signed this note.")


class Checkpoint(NamedTuple):
    """`at` is when it was made, with time zone."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def text(self) -> str:
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\nat {self.at.isoformat()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Raises ValueError for what `text` does not give."""
        lines = text.splitlines()
        if len(lines) < 4 or not lines[1].isdecimal() or not lines[3].startswith("at "):
            raise ValueError("A checkpoint is an origin, a size, a root and the time it was made.")
        root = _base64(lines[2])
        if len(root) != sha256().digest_size:
            raise ValueError("A checkpoint's root is the base64 of 32 bytes.")
        return cls(lines[0], int(lines[1]), root, datetime.fromisoformat(lines[3].removeprefix("at ")))


def _base64(text: str) -> bytes:
    """Empty for what is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
