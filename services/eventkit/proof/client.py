"""Reads the checkpoints and proofs of a service and believes none of them before it has checked.

It takes nothing from the service but bytes: the keys come from whoever runs it, the roots from what these
keys signed, and what is proved follows from the roots by SHA-256 alone.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from services.eventkit.errors import SxshError, Unavailable
from services.eventkit.proof import merkle
from services.eventkit.proof.notes import Checkpoint, NotSigned, VerifierKey, opened


class ProofFailed(SxshError):
    """What the service answered does not prove what it should: keep the answer, and look at its log."""

    status = 502
    slug = "proof-failed"
    title = "A proof does not hold"


class Signed(msgspec.Struct, frozen=True):
    """A checkpoint whose signature was checked, with the note it stands in."""

    checkpoint: Checkpoint
    note: str
    key: VerifierKey

    @property
    def size(self) -> int:
        return self.checkpoint.size


class _Note(msgspec.Struct):
    note: str


class _Inclusion(msgspec.Struct):
    audit_path: tuple[str, ...]


class _Consistency(msgspec.Struct):
    consistency: tuple[str, ...]


A = TypeVar("A", _Note, _Inclusion, _Consistency)


class ProofClient:
    """`origin` is whose log it must be (``sxsh/registry``); `keys` are all that ever signed its checkpoints.

    Every method raises `Unavailable` when the service does not answer, and `ProofFailed` when what it
    answers does not hold.
    """

    def __init__(
        self, base_url: str, api_key: str, origin: str, keys: Sequence[VerifierKey], timeout: float = 10.0
    ) -> None:
        self._url = f"{base_url.rstrip('/')}/api/v1"
        self._origin = origin
        self._keys = list(keys)
        self._http = urllib3.PoolManager(
            headers={"X-Api-Key": api_key},
            retries=urllib3.Retry(total=1, redirect=0, status=0, other=0),
            timeout=timeout,
        )

    def latest(self) -> Signed:
        return self.believed(self._asked("/checkpoints/latest", _Note).note)

    def believed(self, note: str) -> Signed:
        """A note from anywhere, its signature and origin checked."""
        try:
            text, key = opened(note, self._keys)
            checkpoint = Checkpoint.parse(text)
        except (NotSigned, ValueError) as error:
            raise ProofFailed(f"The checkpoint does not hold: {error}") from error
        if checkpoint.origin != self._origin:
            raise ProofFailed(f"This is a checkpoint of {checkpoint.origin}, not of {self._origin}.")
        return Signed(checkpoint, note, key)

    def included(self, position: int, by: Signed) -> bytes:
        """The canonical bytes of the commit, once it is shown that they are what `by` was signed of."""
        body = self._commit(position)
        answer = self._asked("/proofs/inclusion", _Inclusion, position=position, size=by.size)
        try:
            root = merkle.root_of_inclusion(
                merkle.leaf_hash(body), position - 1, by.size, _hashes(answer.audit_path)
            )
        except ValueError as error:
            raise ProofFailed(f"The proof of commit {position} does not fit: {error}.") from error
        if root != by.checkpoint.root:
            raise ProofFailed(f"Commit {position} is not the one that was there when {by.size} were signed.")
        return body

    def consistent(self, earlier: Signed, later: Signed) -> None:
        """Returns once it is shown that the log of `later` begins with the whole of `earlier`'s."""
        first, second = earlier.size, later.size
        if first == 0:
            return
        answer = self._asked("/proofs/consistency", _Consistency, first=first, second=second)
        try:
            roots = merkle.roots_of_consistency(
                first, second, earlier.checkpoint.root, _hashes(answer.consistency)
            )
        except ValueError as error:
            raise ProofFailed(f"The proof from {first} to {second} does not fit: {error}.") from error
        if roots != (earlier.checkpoint.root, later.checkpoint.root):
            raise ProofFailed(f"The log of {second} commits does not begin with the {first} signed before.")

    def _commit(self, position: int) -> bytes:
        answer = self._get("/events", after=position - 1, limit=1)
        if not answer.endswith(b"\n"):
            raise ProofFailed(f"The log has no commit {position} any more.")
        return answer[:-1]

    def _asked(self, path: str, shape: type[A], **query: int) -> A:
        try:
            return msgspec.json.decode(self._get(path, **query), type=shape)
        except ValueError as error:
            raise Unavailable(f"What answers at {self._url} is not this system: {error}.") from error

    def _get(self, path: str, **query: Any) -> bytes:
        fields = {name: str(value) for name, value in query.items()}
        try:
            answer = self._http.request("GET", self._url + path, fields=fields)
        except HTTPError as error:
            raise Unavailable(f"{self._url} does not answer ({type(error).__name__}).") from error
        if answer.status != 200:
            said = answer.data[:500].decode(errors="replace")
            raise Unavailable(f"{self._url}{path} answered {answer.status}: {said}")
        return answer.data


def _hashes(encoded: Sequence[str]) -> list[bytes]:
    """Raises ValueError for what is no base64."""
    try:
        return [base64.b64decode(each, validate=True) for each in encoded]
    except binascii.Error as error:
        raise ValueError(f"a hash is not base64: {error}") from error
