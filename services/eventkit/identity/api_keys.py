"""API keys for machines: only their SHA-256 is kept, compared in constant time.

A key is 256 random bits or so (`sxsh keys`), so a plain hash suffices: there is nothing to guess from it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from services.eventkit.identity.principals import MACHINE_PREFIX, Principal, Role

log = structlog.get_logger(__name__)

#: A changed file is noticed after this many seconds, so that a key is withdrawn without a restart.
RECHECK = 2.0


class ApiKeys:
    """The keys of one JSON file: a list of {name, sha256, roles, districts?}.

    Raises ValueError at construction with a plain sentence when the file is wrong. A later change that is
    wrong is logged and the keys known so far stay in force.
    """

    def __init__(self, path: str | Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = Path(path)
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = self._stamp()
        self._checked_at = clock()
        self._keys = load(self._path)

    def find(self, key: str) -> Principal | None:
        """The principal of a key; None when no such key is known."""
        self._reload_if_changed()
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        found: Principal | None = None
        for known, principal in self._keys:
            if hmac.compare_digest(known, digest):
                found = principal
        return found

    def _reload_if_changed(self) -> None:
        if self._clock() - self._checked_at < RECHECK:
            return
        with self._lock:
            self._checked_at = self._clock()
            try:
                stamp = self._stamp()
                if stamp != self._seen:
                    self._keys, self._seen = load(self._path), stamp
            except ValueError as error:
                log.error("api_keys_unreadable", reason=str(error))

    def _stamp(self) -> tuple[int, int, int]:
        try:
            stat = self._path.stat()
        except OSError as error:
            raise ValueError(f"API_KEYS_FILE {self._path} cannot be read: {error.strerror}.") from None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino


def load(path: Path) -> list[tuple[str, Principal]]:
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"API_KEYS_FILE {path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise ValueError(f"API_KEYS_FILE {path} is not JSON.") from None
    if not isinstance(listed, list):
        raise ValueError(f"API_KEYS_FILE {path} must be a JSON list of {{name, sha256, roles, districts}}.")
    keys = [_entry(path, number, entry) for number, entry in enumerate(listed, start=1)]
    if len({principal.id for _, principal in keys}) != len(keys):
        raise ValueError(f"API_KEYS_FILE {path} names two keys alike. Give each its own name.")
    return keys


def _entry(path: Path, number: int, entry: Any) -> tuple[str, Principal]:
    where = f"API_KEYS_FILE {path}, entry {number}"
    if not isinstance(entry, dict):
        raise ValueError(f"{where} must be an object.")
    name, digest, roles = entry.get("name"), entry.get("sha256"), entry.get("roles")
    districts = entry.get("districts")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name):
        raise ValueError(f"{where}: name must be 1 to 64 letters, digits, dots, dashes or underscores.")
    if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-fA-F]{64}", digest):
        raise ValueError(f"{where}: sha256 must be the 64 hexadecimal digits of the key's SHA-256.")
    known = {role.value for role in Role}
    if not isinstance(roles, list) or not all(role in list(known) for role in roles):
        raise ValueError(f"{where}: roles must be a list of {', '.join(sorted(known))}.")
    if districts is not None and not (
        isinstance(districts, list) and all(isinstance(unit, str) for unit in districts)
    ):
        raise ValueError(f"{where}: districts must be a list of unit ids, or absent for the whole province.")
    return digest.lower(), Principal(
        id=MACHINE_PREFIX + name,
        roles=frozenset(Role(role) for role in roles),
        districts=None if districts is None else frozenset(districts),
        kind="machine",
    )
