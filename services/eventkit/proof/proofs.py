"""What can be proved of a log, cut from its tree: a few documents read, whatever the log's size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pymongo.database import Database

from services.eventkit.errors import InvalidInput, NotFound, Unavailable
from services.eventkit.proof import merkle
from services.eventkit.proof.checkpoints import Notes
from services.eventkit.proof.tree import LogTree


class Inclusion(NamedTuple):
    """RFC 6962, 2.1.1: that the commit at `position` (leaf `position - 1`) is one of the first `size`."""

    position: int
    size: int
    leaf: bytes
    path: list[bytes]
    root: bytes


class Consistency(NamedTuple):
    """RFC 6962, 2.1.2: that the log of `second` commits begins with the `first` it had before."""

    first: int
    second: int
    path: list[bytes]
    first_root: bytes
    second_root: bytes


class Proofs:
    """Of the log in `database`, by what was signed of it. Safe for several threads."""

    def __init__(self, source: str, database: Database[dict[str, Any]]) -> None:
        self.origin = f"sxsh/{source}"
        self.notes = Notes(database)
        self._tree = LogTree(database)

    def inclusion(self, position: int, size: int | None = None) -> Inclusion:
        """`size` None: by the last checkpoint. Raises `NotFound` when the tree does not reach so far yet,
        `InvalidInput` for a position outside `size`."""
        size = self._signed() if size is None else size
        if position > size:
            raise InvalidInput.at("/position", f"{position} is not one of the first {size} commits")
        self._reach(size)
        with _whole_tree():
            return Inclusion(
                position,
                size,
                self._tree.nodes(0, position - 1),
                merkle.inclusion(self._tree.nodes, position - 1, size),
                self._tree.root(size),
            )

    def consistency(self, first: int, second: int | None = None) -> Consistency:
        """`second` None: by the last checkpoint. Raises as `inclusion` does."""
        second = self._signed() if second is None else second
        if first > second:
            raise InvalidInput.at("/first", f"a log of {second} commits can not begin with {first}")
        self._reach(second)
        with _whole_tree():
            path = merkle.consistency(self._tree.nodes, first, second)
            return Consistency(first, second, path, self._tree.root(first), self._tree.root(second))

    def last(self) -> str:
        """The last checkpoint. Raises `NotFound` before the first."""
        note = self.notes.last()
        if note is None:
            raise NotFound(
                "No checkpoint of this log was signed yet. Its relay signs them; see CHECKPOINT_KEY_FILE."
            )
        return note

    def _signed(self) -> int:
        self.last()
        return self.notes.size()

    def _reach(self, size: int) -> None:
        reached = self._tree.size()
        if size > reached:
            raise NotFound(
                f"The tree holds {reached} commits, not {size}. It grows when the next checkpoint is signed."
            )


@contextmanager
def _whole_tree() -> Iterator[None]:
    """The lowest level is written first: above it something may be missing while the tree grows."""
    try:
        yield
    except LookupError:
        raise Unavailable(
            "The tree of the log is being written to. Ask again; when that lasts, see that the relay runs.",
            retry_after=2,
        ) from None
