"""Whatever a page says is in the catalogue, in both languages: a word that lacks is a page that fails."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from services.kpi.pages.language import FOLDER, Reader, _catalogue

LITERAL = re.compile(r"""\bt\(\s*["']([a-zA-Z0-9_-]+)["']\s*[,)]""")
SOURCES = [*sorted((FOLDER / "templates").rglob("*.html")), *sorted(FOLDER.glob("*.py"))]


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.name)
def test_words_that_are_named_are_there(file: Path) -> None:
    said = set(LITERAL.findall(file.read_text(encoding="utf-8")))  # type: ignore[attr-defined]
    assert said - _catalogue().keys() == set()


def test_both_languages_fill_in_the_same() -> None:
    for key, words in _catalogue().items():
        vi, en = ({name for _, name, _, _ in Formatter().parse(text)} for text in (words.vi, words.en))
        assert vi - {None} == en - {None}, key
        assert words.vi.strip() and words.en.strip(), key


def test_a_word_that_lacks_is_an_error() -> None:
    with pytest.raises(LookupError):
        Reader("vi").t("there-is-no-such-word")
