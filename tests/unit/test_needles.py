"""The search of the erasure test finds what it looks for, in each form and wherever it lies."""

from __future__ import annotations

import base64
import io
import json
import unicodedata
from urllib.parse import quote_plus

import pytest

from tests.e2e.needles import found_in, needles
from tests.integration.bulk.files import xlsx

NAME = "Đặng Thị Thuỷtinhvân"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_it_is_found_in_every_disguise(form: str) -> None:
    name = unicodedata.normalize(form, NAME)
    disguised = [
        name.encode(),
        name.upper().encode(),
        name.encode("utf-16"),
        json.dumps({"name": name}).encode(),
        quote_plus(name).encode(),
        *(base64.b64encode(b"x" * n + f'{{"name":"{name}"}}'.encode()) for n in range(3)),
        *(base64.urlsafe_b64encode(b"x" * n + name.encode() + b"yy") for n in range(3)),
        xlsx({"a": [[name]]}),
    ]
    for data in disguised:
        assert found_in(b"before " + data if data[:2] != b"PK" else data, needles(NAME)), data


def test_it_is_found_nowhere_else() -> None:
    other = "Đặng Thị Thuỷ Tiên, 0912 777 530"
    assert not found_in(other.encode(), needles(NAME))
    assert not found_in(xlsx({"a": [[other]]}), needles("0912 777 5309"))
    assert not found_in(io.BytesIO(base64.b64encode(other.encode())).read(), needles(NAME))
