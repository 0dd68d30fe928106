"""Passwords of a deployment: a file each."""

from __future__ import annotations

from pathlib import Path


def secret(file: Path) -> str:
    """Without the space around it. Raises OSError, also for an empty one."""
    password = file.read_text(encoding="utf-8").strip()
    if not password:
        raise OSError(f"{file} is empty: a password is needed")
    return password
