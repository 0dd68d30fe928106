"""The Merkle tree of a log, kept in MongoDB as tiles, so that a proof reads a few documents.

A tile holds up to 256 hashes: those of commits at level 0; above, each is the root of a full tile below. The
tree only follows the log: it can be dropped and made again. A leaf is a commit's canonical bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bson.binary import Binary
from pymongo.database import Database

from services.eventkit.log import EventLog
from services.eventkit.proof import merkle
from services.eventkit.replacing import replace_older

#: Levels of the tree in a tile, and hashes.
HEIGHT = 8
WIDTH = 1 << HEIGHT
#: Commits read at once; tiles kept in memory (8 kB each).
PAGE, KEPT = 5000, 1000
_BYTES = 32


class LogTree:
    """Safe for several processes: what two of them write is the same. Several threads may read from one."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._tiles = database["tree"]
        #: Also of tiles that have grown since: what they began with does not change.
        self._known: dict[tuple[int, int], bytes] = {}

    def size(self) -> int:
        """Commits in the tree."""
        return self._count(0)

    def extend(self, log: EventLog, progress: Callable[[int], None] = lambda size: None) -> int:
        """Take in what the log has beyond; the size reached."""
        size = self._repaired()
        while bodies := log.bodies(size, PAGE):
            self._append(size, [merkle.leaf_hash(body) for body in bodies])
            size += len(bodies)
            progress(size)
        return size

    def root(self, size: int) -> bytes:
        return merkle.root(self.nodes, size)

    def nodes(self, level: int, index: int) -> bytes:
        """Raises LookupError for a subtree that the tree does not have yet."""
        tile_level, within = divmod(level, HEIGHT)
        number, start = divmod(index << within, WIDTH)
        end = start + (1 << within)
        hashes = self._tile(tile_level, number, end)[start:end]
        if len(hashes) < end - start:
            raise LookupError(f"the tree does not hold subtree {index} of level {level} yet")
        return _root(hashes)

    def _append(self, size: int, hashes: list[bytes], level: int = 0) -> None:
        """Lower tiles are written first: what is missing above is found by `_repaired`."""
        number, filled = divmod(size, WIDTH)
        hashes = self._tile(level, number, filled)[:filled] + hashes
        tiles = [hashes[start : start + WIDTH] for start in range(0, len(hashes), WIDTH)]
        documents = [
            {"_id": _id(level, number + n), "count": len(tile), "hashes": Binary(b"".join(tile))}
            for n, tile in enumerate(tiles)
        ]
        replace_older(self._tiles, documents, "count")
        roots = [_root(tile) for tile in tiles if len(tile) == WIDTH]
        if roots:
            self._append(number, roots, level + 1)

    def _repaired(self) -> int:
        """The size, after completing what a crash left out above level 0."""
        size = below = self._count(0)
        level = 1
        while full := below // WIDTH:
            known = min(self._count(level), full)
            if known < full:
                roots = [_root(self._tile(level - 1, n, WIDTH)) for n in range(known, full)]
                self._append(known, roots, level)
            below, level = full, level + 1
        return size

    def _count(self, level: int) -> int:
        last = self._tiles.find_one(
            {"_id": {"$gte": _id(level, 0), "$lt": _id(level + 1, 0)}}, sort=[("_id", -1)]
        )
        return 0 if last is None else int(last["_id"][3:], 16) * WIDTH + int(last["count"])

    def _tile(self, level: int, number: int, wanted: int) -> list[bytes]:
        """At least `wanted` hashes of it, if it has so many."""
        data = self._known.get((level, number), b"")
        if len(data) < wanted * _BYTES:
            found = self._tiles.find_one({"_id": _id(level, number)})
            data = bytes(found["hashes"]) if found else b""
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[level, number] = data
        return [data[start : start + _BYTES] for start in range(0, len(data), _BYTES)]


def _id(level: int, number: int) -> str:
    """In the order of their numbers within a level."""
    return f"{level:02d}/{number:010x}"


def _root(tile: list[bytes]) -> bytes:
    while len(tile) > 1:
        tile = [merkle.node_hash(*pair) for pair in zip(tile[::2], tile[1::2], strict=True)]
    return tile[0]
