"""Vietnamese text for searching and sorting: accents, tone marks, đ and the two Unicode forms fold away."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_DASHED_D = str.maketrans({"đ": "d", "Đ": "d"})

#: Of a word that can be searched; a longer one is cut.
LONGEST = 24


def fold(text: str) -> str:
    """Lower case without marks: ``fold("Đường Mía") == "duong mia"``, in NFC and in NFD alike."""
    bare = unicodedata.normalize("NFD", text.translate(_DASHED_D))
    return "".join(c for c in bare if not unicodedata.combining(c)).casefold().translate(_DASHED_D)


def words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def search_keys(*texts: str | None) -> list[str]:
    """The words that a query model stores; `search_clause` finds any beginning of any of them."""
    return sorted({word[:LONGEST] for text in texts if text for word in words(text)})


def search_clause(word: str) -> dict[str, str]:
    """What finds the beginning of a stored word: an anchored expression, so that the index serves it."""
    return {"$regex": f"^{re.escape(word[:LONGEST])}"}
