"""The forms in which a feed is answered: lines, a batch of CloudEvents, either of them compressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from services.eventkit.cloudevents import encode_alone
from services.eventkit.search import Found

LINES = "application/jsonl"
BATCH = "application/cloudevents-batch+json"

#: Of zlib: a third of the bytes for little of the time. 31 is gzip's own header and checksum.
_LEVEL, _GZIP = 2, 31


def lines_of(bodies: Iterable[bytes]) -> Iterator[bytes]:
    for body in bodies:
        yield body + b"\n"


def batch(source: str, found: Iterable[Found]) -> Iterator[bytes]:
    """JSON Batch Format of CloudEvents 1.0: one array."""
    before = b"["
    for stored, indexes in found:
        for index in indexes:
            yield before + encode_alone(source, stored.commit, index)
            before = b",\n"
    yield b"[]" if before == b"[" else b"]"


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Compressed while it is sent."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    for piece in pieces:
        if compressed := compressor.compress(piece):
            yield compressed
    yield compressor.flush()
