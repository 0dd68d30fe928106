"""Merkle trees as RFC 6962 shapes them: roots, inclusion and consistency proofs, and their verification.

A tree is given by its perfect subtrees: `nodes(level, index)` is the hash over the 2**level leaves from
index * 2**level on. A proof takes as many hashes as the tree is high.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

Nodes = Callable[[int, int], bytes]

EMPTY = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root(nodes: Nodes, size: int) -> bytes:
    """Of the first `size` leaves."""
    return _over(nodes, 0, size) if size else EMPTY


def inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """What shows that leaf `index`, from 0, is in the tree of `size` leaves. Raises ValueError outside it."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_over(nodes, middle, end))
            end = middle
        else:
            path.append(_over(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency(nodes: Nodes, first: int, second: int) -> list[bytes]:
    """What shows that the tree of `second` leaves begins with that of `first`. Raises ValueError unless
    0 < first <= second."""
    if not 0 < first <= second:
        raise ValueError(f"no tree of {second} leaves begins with {first}")
    path, start, end, whole = [], 0, second, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_over(nodes, middle, end))
            end = middle
        else:
            path.append(_over(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_over(nodes, start, end))
    return path[::-1]


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that the tree must have if the path is right. Raises ValueError for one of another length."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    found, last = leaf, size - 1
    for sibling in path:
        if last == 0:
            raise ValueError("the path is too long")
        if index & 1 or index == last:
            found = node_hash(sibling, found)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        index, last = index >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return found


def roots_of_consistency(
    first: int, second: int, first_root: bytes, path: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """(the root of the first tree, that of the second) by the path. Raises ValueError for a path that does
    not fit the sizes."""
    if not 0 < first <= second:
        raise ValueError(f"no tree of {second} leaves begins with {first}")
    if first == second:
        if path:
            raise ValueError("the path is too long")
        return first_root, first_root
    steps = list(path) if first & (first - 1) else [first_root, *path]
    if not steps:
        raise ValueError("the path is too short")
    index, last = first - 1, second - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            raise ValueError("the path is too long")
        if index & 1 or index == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        index, last = index >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return old, new


class Accumulator:
    """The root of a growing tree, from the leaves in order, in as many hashes of memory as it is high."""

    def __init__(self) -> None:
        self._count = 0
        #: The roots of the perfect subtrees that make up the tree, the largest first.
        self._subtrees: list[bytes] = []

    def append(self, data: bytes) -> None:
        found, count = leaf_hash(data), self._count
        while count & 1:
            found, count = node_hash(self._subtrees.pop(), found), count >> 1
        self._subtrees.append(found)
        self._count += 1

    def root(self) -> bytes:
        if not self._subtrees:
            return EMPTY
        found = self._subtrees[-1]
        for left in self._subtrees[-2::-1]:
            found = node_hash(left, found)
        return found


def _split(count: int) -> int:
    """The largest power of two below `count`, which is at least 2."""
    return 1 << (count - 1).bit_length() - 1


def _over(nodes: Nodes, start: int, end: int) -> bytes:
    """The hash over leaves start … end - 1, which are a subtree: `start` is a multiple of its width."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(count)
    return node_hash(_over(nodes, start, middle), _over(nodes, middle, end))
