"""Vietnamese text: searched without its marks, sorted by its alphabet; the two Unicode forms are one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]+")
_DASHED_D = str.maketrans({"đ": "d", "Đ": "d"})

#: Of a word that can be searched; a longer one is cut.
LONGEST = 24


def fold(text: str) -> str:
    """Lower case without marks: ``fold("Đường Mía") == "duong mia"``, in NFC and in NFD alike."""
    bare = unicodedata.normalize("NFD", text.translate(_DASHED_D))
    return "".join(c for c in bare if not unicodedata.combining(c)).casefold().translate(_DASHED_D)


#: The alphabet, with the four letters that only words of other languages have. The place is the order.
_ALPHABET = {
    letter: chr(ord("A") + place) for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")
}
#: What makes a letter of its own (breve, circumflex, horn), and tones in the order of dictionaries: level,
#: grave, hook, tilde, acute, dot below.
_SHAPES = frozenset("\u0306\u0302\u031b")
_TONES = {tone: str(place) for place, tone in enumerate("\u0300\u0309\u0303\u0301\u0323", 1)}


def order_key(text: str) -> str:
    """What sorts as the text does in Vietnamese: first by letters (a, ă, â, b, c, d, đ …; ``dệt`` before
    ``đá``), then by tones, whatever the case. Compared code point by code point; what is no letter and no
    digit counts as a space, which is before both. The order of CLDR for the language, but for such signs.
    """
    letters, tones = [], []
    for base, marks in _letters(unicodedata.normalize("NFD", text.casefold())):
        shaped = unicodedata.normalize("NFC", base + "".join(mark for mark in marks if mark in _SHAPES))
        letter = _ALPHABET.get(shaped) or _ALPHABET.get(base) or (base if base.isalnum() else " ")
        letters.append(letter)
        tones.append(next((_TONES[mark] for mark in marks if mark in _TONES), "0"))
    return "".join(letters) + "\t" + "".join(tones)


def _letters(decomposed: str) -> Iterator[tuple[str, str]]:
    """Each character with the marks that follow it."""
    base, marks = "", ""
    for character in decomposed:
        if unicodedata.combining(character):
            marks += character
        else:
            if base:
                yield base, marks
            base, marks = character, ""
    if base:
        yield base, marks


def words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def search_keys(*texts: str | None) -> list[str]:
    """The words that a query model stores; `search_clause` finds any beginning of any of them."""
    return sorted({word[:LONGEST] for text in texts if text for word in words(text)})


def search_clause(word: str) -> dict[str, str]:
    """What finds the beginning of a stored word: an anchored expression, so that the index serves it."""
    return {"$regex": f"^{re.escape(word[:LONGEST])}"}
