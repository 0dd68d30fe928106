"""Identifiers: UUIDv7, so that ids sort by time of creation."""

from __future__ import annotations

import uuid_utils


def new_id() -> str:
    return str(uuid_utils.uuid7())
