"""Who reports, to whom, and who signs: data, that a deployment may replace by a file of its own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import yaml

from services.kpi.domain.rules import Words


class Letterhead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`basis` is what a report is made on, by the id of its plan."""

    superior: Words
    issuer: Words
    symbol: str
    place: str
    to: Words
    signs: Words
    recipients: tuple[Words, ...]
    basis: dict[str, Words] = {}


@cache
def letterhead(file: str | None = None) -> Letterhead:
    """Of a YAML file, or the one that comes with the service. Raises OSError, or ValueError for another."""
    path = Path(file) if file else Path(__file__).with_name("letterhead.yaml")
    try:
        return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Letterhead)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ValueError(f"{path} is no letterhead: {error}") from error
