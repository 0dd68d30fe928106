"""Personal data never stand in clear in a log: each person's are sealed with a key of their own.

The keys stand in a database beside the log's, wrapped by a master key that is in no database. Dropping a key
erases the person everywhere at once, and no commit changes.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo import ReturnDocument, UpdateOne
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from services.eventkit.errors import Refused
from services.eventkit.sealed import Sealed

NONCE = 12


class KeyStore(Protocol):
    """Wrapped keys by person id. An erased id never gets a key again."""

    def get_or_add(self, person: str, wrapped: bytes) -> bytes | None:
        """The stored key, which is `wrapped` if there was none; None when the person was erased."""
        ...

    def get_or_add_many(self, wrapped: Mapping[str, bytes]) -> dict[str, bytes | None]:
        """The same for many at once, by person."""
        ...

    def get(self, person: str) -> bytes | None: ...

    def drop(self, person: str) -> bool:
        """Forget the key; whether there was one."""
        ...


class MemoryKeys:
    def __init__(self) -> None:
        self._keys: dict[str, bytes | None] = {}

    def get_or_add(self, person: str, wrapped: bytes) -> bytes | None:
        return self._keys.setdefault(person, wrapped)

    def get_or_add_many(self, wrapped: Mapping[str, bytes]) -> dict[str, bytes | None]:
        return {person: self.get_or_add(person, key) for person, key in wrapped.items()}

    def get(self, person: str) -> bytes | None:
        return self._keys.get(person)

    def drop(self, person: str) -> bool:
        had = self._keys.get(person) is not None
        self._keys[person] = None
        return had


class MongoKeys:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        concern = WriteConcern(w="majority", j=True)
        self._keys = database.get_collection("person_keys", write_concern=concern)

    def get_or_add(self, person: str, wrapped: bytes) -> bytes | None:
        found = self._keys.find_one_and_update(
            {"_id": person},
            {"$setOnInsert": {"key": wrapped}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None or found["key"] is None else bytes(found["key"])

    def get_or_add_many(self, wrapped: Mapping[str, bytes]) -> dict[str, bytes | None]:
        if not wrapped:
            return {}
        adds = [UpdateOne({"_id": p}, {"$setOnInsert": {"key": k}}, upsert=True) for p, k in wrapped.items()]
        self._keys.bulk_write(adds, ordered=False)
        found = self._keys.find({"_id": {"$in": list(wrapped)}})
        return {each["_id"]: None if each["key"] is None else bytes(each["key"]) for each in found}

    def get(self, person: str) -> bytes | None:
        found = self._keys.find_one({"_id": person})
        return None if found is None or found["key"] is None else bytes(found["key"])

    def drop(self, person: str) -> bool:
        before = self._keys.find_one_and_update({"_id": person}, {"$set": {"key": None}}, upsert=True)
        return before is not None and before["key"] is not None


class PersonVault:
    """Seals and opens. `master_key` is 32 bytes; without it the stored keys are useless."""

    def __init__(self, keys: KeyStore, master_key: bytes) -> None:
        if len(master_key) != 32:
            raise ValueError("the master key of persons must be 32 bytes")
        self._keys = keys
        self._master = AESGCM(master_key)
        self._blinding = hmac.digest(master_key, b"blind", "sha256")

    def seal(self, person: str, data: dict[str, Any]) -> Sealed:
        """Raises `Refused` for a person who was erased."""
        stored = self._keys.get_or_add(person, self._wrap(person))
        if stored is None:
            raise Refused(f"{person} was erased: no data of theirs can be kept any more.")
        return self._sealed(person, stored, data)

    def seal_many(self, data: Mapping[str, dict[str, Any]]) -> dict[str, Sealed]:
        """By person, at the price of one question; those who were erased are left out."""
        stored = self._keys.get_or_add_many({person: self._wrap(person) for person in data})
        return {
            person: self._sealed(person, key, data[person])
            for person, key in stored.items()
            if key is not None
        }

    def _sealed(self, person: str, stored: bytes, data: dict[str, Any]) -> Sealed:
        nonce = os.urandom(NONCE)
        box = self._cipher(person, stored).encrypt(nonce, msgspec.json.encode(data), person.encode())
        return Sealed(person, base64.urlsafe_b64encode(nonce + box).decode())

    def open(self, sealed: Sealed) -> dict[str, Any] | None:
        """What was sealed; None once the person was erased. Raises `ValueError` for an altered box."""
        stored = self._keys.get(sealed.person)
        if stored is None:
            return None
        raw = base64.urlsafe_b64decode(sealed.box)
        try:
            clear = self._cipher(sealed.person, stored).decrypt(
                raw[:NONCE], raw[NONCE:], sealed.person.encode()
            )
        except InvalidTag:
            raise ValueError(f"the sealed data of {sealed.person} were altered") from None
        opened: dict[str, Any] = msgspec.json.decode(clear)
        return opened

    def erase(self, person: str) -> bool:
        """Drop the person's key, for ever; whether there was one."""
        return self._keys.drop(person)

    def blind(self, digest: str) -> str:
        """The digest of a request that holds personal data, so that no guess at them can be proved by it."""
        return hmac.digest(self._blinding, digest.encode(), "sha256").hex()

    def _wrap(self, person: str) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._master.encrypt(nonce, AESGCM.generate_key(256), person.encode())

    def _cipher(self, person: str, wrapped: bytes) -> AESGCM:
        try:
            return AESGCM(self._master.decrypt(wrapped[:NONCE], wrapped[NONCE:], person.encode()))
        except InvalidTag:
            raise ValueError("the keys of persons were wrapped with another master key") from None
