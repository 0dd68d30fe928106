"""Why, and what is lacking, in the reader's words, from `services/kpi/rules/words`."""

from __future__ import annotations

from functools import cache

import msgspec
import yaml

from services.kpi.domain.rules import FOLDER, Words


class Lack(Words, frozen=True):
    """A step that is still to be done, and by whom; `code` is its key in `words/lacks.yaml`."""

    code: str


@cache
def _words(of: str = "reasons") -> dict[str, Words]:
    text = (FOLDER / "words" / f"{of}.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, Words])


@cache
def labels(of: str) -> dict[str, Words]:
    """What the values are called by which answers are divided; ``classes``, ``sources``, …"""
    text = (FOLDER / "words" / "labels.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, dict[str, Words]])[of]


def reason(code: str, detail: str = "") -> Words:
    words = _words()[code]
    return Words(vi=words.vi.format(detail), en=words.en.format(detail))


def lack(code: str, vi: str = "", en: str | None = None) -> Lack:
    """`vi` and `en` are the detail, in each language; without `en` it is the same in both."""
    words = _words("lacks")[code]
    return Lack(code=code, vi=words.vi.format(vi), en=words.en.format(vi if en is None else en))
