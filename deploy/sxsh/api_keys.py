"""The file of API keys (API_KEYS_FILE): names, roles and SHA-256 of each key, never the key."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import write_private

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class ApiKeyFile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> list[dict[str, Any]]:
        """Entries of {name, sha256, roles, districts?}."""
        try:
            listed = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        except ValueError:
            raise Trouble(f"{self.path} is not JSON. Mend it, or delete it to begin anew.") from None
        if not isinstance(listed, list):
            raise Trouble(f"{self.path} must be a JSON list. Mend it, or delete it to begin anew.")
        return listed

    def add(self, name: str, roles: Sequence[str], districts: Sequence[str] | None = None) -> str:
        """A new key, to be shown once. Raises `Trouble` when the name is taken or cannot be used."""
        key = secrets.token_urlsafe(32)
        with self._changing() as entries:
            if any(entry["name"] == name for entry in entries):
                raise Trouble(
                    f"There is a key named {name} already. Revoke it first, or choose another name."
                )
            entries.append(_entry(name, key, roles, districts))
        return key

    def put(self, name: str, key: str, roles: Sequence[str]) -> None:
        """Make `key` known under `name`, in place of another one of that name."""
        wanted = _entry(name, key, roles, None)
        if wanted in self.entries():
            return
        with self._changing() as entries:
            entries[:] = [entry for entry in entries if entry["name"] != name]
            entries.append(wanted)

    def revoke(self, name: str) -> None:
        with self._changing() as entries:
            kept = [entry for entry in entries if entry["name"] != name]
            if len(kept) == len(entries):
                raise Trouble(f"There is no key named {name}. `sxsh keys list` shows those there are.")
            entries[:] = kept

    @contextmanager
    def _changing(self) -> Iterator[list[dict[str, Any]]]:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.path.parent / ".api-keys.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            entries = self.entries()
            yield entries
            write_private(self.path, json.dumps(entries, indent=2) + "\n")


def _entry(name: str, key: str, roles: Sequence[str], districts: Sequence[str] | None) -> dict[str, Any]:
    if not _NAME.fullmatch(name):
        raise Trouble("A key's name is 1 to 64 letters, digits, dots, dashes or underscores.")
    entry: dict[str, Any] = {
        "name": name,
        "sha256": hashlib.sha256(key.encode()).hexdigest(),
        "roles": list(roles),
    }
    if districts is not None:
        entry["districts"] = list(districts)
    return entry
