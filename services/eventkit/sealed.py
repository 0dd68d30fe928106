"""What stands in an event in place of a person's data."""

from __future__ import annotations

import msgspec


class Sealed(msgspec.Struct, frozen=True):
    """`box` is base64url of nonce and AES-256-GCM ciphertext, bound to the person's id."""

    person: str
    box: str
