"""Whoever types without accents, or on a machine that composes them otherwise, finds the same names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Literal

import pytest

from services.eventkit.text import LONGEST, fold, order_key, search_clause, search_keys, words

ALPHABET = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
BARE = (
    "aaaaaa" * 3
    + "bcdd"
    + "eeeeee" * 2
    + "gh"
    + "iiiiii"
    + "klmn"
    + "oooooo" * 3
    + "pqrst"
    + "uuuuuu" * 2
    + "vx"
)


@pytest.mark.parametrize("cased", [str.lower, str.upper])
def test_every_vietnamese_letter_folds_to_its_base(cased: Callable[[str], str]) -> None:
    text = cased(ALPHABET)
    assert fold(unicodedata.normalize("NFC", text)) == BARE + "yyyyyy"
    assert fold(unicodedata.normalize("NFD", text)) == BARE + "yyyyyy"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đường Mía Đồng Đăng", "duong mia dong dang"),
        ("Xi măng The Vissai", "xi mang the vissai"),
        ("", ""),
        ("Số 5 / A-12", "so 5 / a-12"),
    ],
)
def test_names_fold(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded
    assert fold(folded) == folded


def test_words_are_letters_and_digits_in_any_script() -> None:
    assert words("CTCP Gạch (Đông-Sơn) 2") == ["ctcp", "gach", "dong", "son", "2"]
    assert words("富士 Việt_Nam") == ["富士", "viet", "nam"]
    assert words(" - / ? ") == []


def test_any_beginning_of_any_word_finds_it_in_both_forms() -> None:
    keys = search_keys("Gạch Đỏ", "NB-1", None, "")
    assert keys == ["1", "do", "gach", "nb"]
    assert search_keys(unicodedata.normalize("NFD", "Gạch Đỏ"), "NB-1") == keys
    assert re.match(search_clause("ga")["$regex"], "gach")
    assert not re.match(search_clause("ach")["$regex"], "gach")


def test_a_very_long_word_does_not_bloat_the_index() -> None:
    keys = search_keys("x" * 500)
    assert keys == ["x" * LONGEST]
    assert re.match(search_clause("x" * 500)["$regex"], keys[0])


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_letters_and_tones_are_sorted_as_dictionaries_sort_them(form: Literal["NFC", "NFD"]) -> None:
    shuffled = [unicodedata.normalize(form, letter) for letter in sorted(ALPHABET)]
    found = sorted(shuffled, key=order_key)
    assert [unicodedata.normalize("NFC", letter) for letter in found] == list(ALPHABET)


def test_names_are_sorted_by_letters_before_tones_and_shorter_ones_first() -> None:
    names = [
        "An",
        "án",
        "An-ba",
        "An Bình",
        "An Hòa",
        "An-te",
        "Anh",
        "Ăn",
        "Ấm trà",
        "dệt may",
        "Đá Tam Điệp",
        "Đường Mía",
        "Gạch 10",
        "Gạch 9",
        "Gạch Đồi",
        "Gạch Đông Sơn",
        "Zico",
    ]
    assert sorted(sorted(names), key=order_key) == names
    assert order_key("DỆT MAY") == order_key("dệt may")
