"""Vietnamese text for searching and sorting: accents, tone marks, đ and the two Unicode forms fold away."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_DASHED_D = str.maketrans({"đ": "d", "Đ": "d"})

#: Prefixes of a word that can be searched; longer ones are cut.
LONGEST = 24


def fold(text: str) -> str:
    """Lower case without marks: ``fold("Đường Mía") == "duong mia"``, in NFC and in NFD alike."""
    bare = unicodedata.normalize("NFD", text.translate(_DASHED_D))
    return "".join(c for c in bare if not unicodedata.combining(c)).casefold().translate(_DASHED_D)


def words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def search_keys(*texts: str | None) -> list[str]:
    """What a query model stores so that any beginning of any word finds it."""
    keys = {word[:n] for text in texts if text for word in words(text) for n in range(1, len(word) + 1)}
    return sorted(key for key in keys if len(key) <= LONGEST)
