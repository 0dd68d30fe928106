"""The key that each upload is encrypted with: dropped with the upload, so that no copy of it can be read."""

from __future__ import annotations

import base64
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.eventkit.persons import PersonVault
from services.eventkit.sealed import Sealed


class UploadKeys(Protocol):
    def make(self, upload: str) -> tuple[bytes, str]:
        """(a new key of 32 bytes, what to keep beside the upload to find it again)."""
        ...

    def find(self, upload: str, kept: str) -> bytes | None:
        """None once it was dropped."""
        ...

    def drop(self, upload: str) -> None: ...


class VaultKeys:
    """Sealed by the vault of persons, under a key of the upload's own that stands beside no data."""

    def __init__(self, vault: PersonVault) -> None:
        self._vault = vault

    def make(self, upload: str) -> tuple[bytes, str]:
        key = AESGCM.generate_key(256)
        return key, self._vault.seal(f"import:{upload}", {"key": base64.b64encode(key).decode()}).box

    def find(self, upload: str, kept: str) -> bytes | None:
        opened = self._vault.open(Sealed(f"import:{upload}", kept))
        return None if opened is None else base64.b64decode(opened["key"])

    def drop(self, upload: str) -> None:
        self._vault.erase(f"import:{upload}")


class PlainKeys:
    """Kept in the job itself: for services that hold no persons, where dropping the file is enough."""

    def make(self, upload: str) -> tuple[bytes, str]:
        key = AESGCM.generate_key(256)
        return key, base64.b64encode(key).decode()

    def find(self, upload: str, kept: str) -> bytes | None:
        return base64.b64decode(kept)

    def drop(self, upload: str) -> None:
        return None
