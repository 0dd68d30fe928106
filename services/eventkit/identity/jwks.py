"""The issuer's public keys: fetched once, kept, and fetched anew when a token names a key not seen before."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jwt
import structlog
import urllib3

from services.eventkit.errors import Unauthenticated, Unavailable
from services.eventkit.telemetry import metrics

log = structlog.get_logger(__name__)

#: Signature algorithms believed, with the key type each needs. Nothing symmetric, never "none".
ALGORITHMS = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}

#: A key set is read again after this many seconds, so that a withdrawn key stops working.
MAX_AGE = 300.0

#: At most one fetch in this many seconds, however many unknown key ids arrive.
MIN_INTERVAL = 10.0

_MAX_BYTES = 1 << 20


class KeySet:
    """Public keys by key id. Safe for several threads; a fetch that fails keeps the keys known so far."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(3.0), retries=False)
        #: Grows with every change of the keys; what was verified under an older one must be verified anew.
        self.generation = 0

    def key(self, key_id: str | None) -> jwt.PyJWK:
        """The key of that id; without an id, the only key there is.

        Raises `Unauthenticated` (no such key) or `Unavailable` (the issuer's keys could never be read).
        """
        self.refresh_if_old()
        found = self._find(key_id)
        if found is None and self._may_fetch():
            self._fetch()
            found = self._find(key_id)
        if found is not None:
            return found
        if self._fetched_at is None:
            raise Unavailable("The issuer's keys cannot be read. Try again shortly.", retry_after=5)
        raise Unauthenticated("The token is signed with a key that the issuer does not publish.")

    def refresh_if_old(self) -> None:
        """Read the keys anew when they are older than `MAX_AGE` (or were never read)."""
        now = self._clock()
        if (self._fetched_at is None or now - self._fetched_at > MAX_AGE) and self._may_fetch():
            self._fetch()

    def _find(self, key_id: str | None) -> jwt.PyJWK | None:
        keys = self._keys
        if key_id is None:
            return next(iter(keys.values())) if len(keys) == 1 else None
        return keys.get(key_id)

    def _may_fetch(self) -> bool:
        return self._tried_at is None or self._clock() - self._tried_at >= MIN_INTERVAL

    def _fetch(self) -> None:
        with self._lock:
            if not self._may_fetch():
                return
            self._tried_at = self._clock()
            try:
                keys = parse(self._read())
            except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
                metrics.jwks_fetches.labels("failed").inc()
                log.warning("jwks_fetch_failed", url=self._url, error=type(error).__name__, reason=str(error))
                return
            if _fingerprint(keys) != _fingerprint(self._keys):
                self._keys = keys
                self.generation += 1
            metrics.jwks_fetches.labels("read").inc()
            self._fetched_at = self._clock()

    def _read(self) -> bytes:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return Path(unquote(parts.path)).read_bytes()
        answer = self._pool.request("GET", self._url, redirect=False, preload_content=False)
        try:
            if answer.status != 200:
                raise ValueError(f"answered {answer.status}")
            body = answer.read(_MAX_BYTES + 1)
        finally:
            answer.release_conn()
        if len(body) > _MAX_BYTES:
            raise ValueError("is larger than 1 MiB")
        return body


def parse(document: bytes) -> dict[str, jwt.PyJWK]:
    """The usable signing keys of a JWKS document by key id; others (encryption, unknown types) are left out.

    Raises ValueError when the document is not a JWKS.
    """
    loaded = json.loads(document)
    entries = loaded.get("keys") if isinstance(loaded, dict) else None
    if not isinstance(entries, list):
        raise ValueError("is not a JWKS document: it has no list named keys")
    keys: dict[str, jwt.PyJWK] = {}
    for entry in entries:
        if isinstance(entry, dict) and _usable(entry):
            try:
                keys[str(entry.get("kid", ""))] = jwt.PyJWK(entry)
            except (jwt.PyJWTError, ValueError, TypeError):
                continue
    return keys


def _usable(entry: dict[str, Any]) -> bool:
    if entry.get("kty") not in ALGORITHMS.values() or entry.get("use", "sig") != "sig":
        return False
    return entry.get("alg") is None or entry["alg"] in list(ALGORITHMS)


def _fingerprint(keys: dict[str, jwt.PyJWK]) -> dict[str, Any]:
    return {key_id: key._jwk_data for key_id, key in keys.items()}
