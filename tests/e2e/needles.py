"""A text in every form in which it could lie about: to be looked for in raw bytes."""

from __future__ import annotations

import base64
import json
import unicodedata
import zipfile
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import quote

from services.eventkit.text import fold


def needles(text: str) -> dict[str, bytes]:
    """By what it is: composed and decomposed, in cases, folded; each in the encodings that are about."""
    spelt = {
        f"{form} {case}": change(unicodedata.normalize(form, text))
        for form in ("NFC", "NFD")
        for case, change in (("as it is", str), ("upper", str.upper), ("lower", str.lower))
    }
    spelt["folded"] = fold(text)
    spelt["without blanks"] = "".join(text.split())
    return {f"{text}, {name}, {how}": data for name, form in spelt.items() for how, data in _encoded(form)}


def _encoded(text: str) -> Iterator[tuple[str, bytes]]:
    utf8 = text.encode()
    yield "UTF-8", utf8
    yield "UTF-16 LE", text.encode("utf-16-le")
    yield "UTF-16 BE", text.encode("utf-16-be")
    escaped = json.dumps(text)[1:-1]
    yield "JSON escapes", escaped.encode()
    yield "percent-encoded", quote(text).encode()
    yield "percent-encoded, small", quote(text).lower().encode()
    yield "form-encoded", quote(text).replace("%20", "+").encode()
    yield "hexadecimal", utf8.hex().encode()
    for shift in range(3):
        # What surrounds it decides about the first and last characters, so these are left out.
        inner = base64.b64encode(b"\0" * shift + utf8)[4 if shift else 0 :].rstrip(b"=")[:-2]
        yield f"base64 after {shift}", inner
        yield f"base64url after {shift}", inner.translate(bytes.maketrans(b"+/", b"-_"))


def found_in(data: bytes, wanted: dict[str, bytes]) -> list[str]:
    """Which of them are there; of archives, in their members too."""
    hits = [name for name, needle in wanted.items() if needle in data]
    if data[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for member in archive.namelist():
                hits += [f"{member}: {hit}" for hit in found_in(archive.read(member), wanted)]
    return hits
