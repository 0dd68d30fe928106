"""Reasons and flags in the reader's words, Vietnamese and English (data/reasons.yaml, data/flags.yaml)."""

from __future__ import annotations

from functools import cache

import msgspec
import yaml

from services.audits.domain.catalogue import Flag
from services.audits.domain.rules import DATA, Words
from services.audits.domain.saving import Reason


def reason_words(reason: Reason) -> Words:
    words = _words("reasons")[reason.code]
    return Words(vi=words.vi.format(reason.detail), en=words.en.format(reason.detail))


def flag_words(flag: Flag) -> Words:
    return _words("flags")[flag]


@cache
def _words(name: str) -> dict[str, Words]:
    text = (DATA / f"{name}.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, Words])
