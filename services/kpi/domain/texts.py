"""Why, in the reader's words, from `services/kpi/rules/words/reasons.yaml`."""

from __future__ import annotations

from functools import cache

import msgspec
import yaml

from services.kpi.domain.rules import FOLDER, Words


@cache
def _words() -> dict[str, Words]:
    text = (FOLDER / "words" / "reasons.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, Words])


@cache
def labels(of: str) -> dict[str, Words]:
    """What the values are called by which answers are divided; ``classes``, ``sources``, …"""
    text = (FOLDER / "words" / "labels.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, dict[str, Words]])[of]


def reason(code: str, detail: str = "") -> Words:
    words = _words()[code]
    return Words(vi=words.vi.format(detail), en=words.en.format(detail))
