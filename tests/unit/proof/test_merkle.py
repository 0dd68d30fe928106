"""What a state auditor relies on: a proof that holds says what it seems to say, and no other proof holds."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.eventkit.proof import merkle
from services.eventkit.proof.merkle import Nodes, leaf_hash, node_hash

#: The reference data of Certificate Transparency: leaves, and the roots of the first 1, 2 … of them.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def over(leaves: list[bytes]) -> Nodes:
    def nodes(level: int, index: int) -> bytes:
        if level == 0:
            return leaf_hash(leaves[index])
        return node_hash(nodes(level - 1, 2 * index), nodes(level - 1, 2 * index + 1))

    return nodes


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(plain_root(leaves[:k]), plain_root(leaves[k:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_reference(size: int) -> None:
    assert merkle.root(over(LEAVES), size).hex() == ROOTS[size - 1]


def test_an_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert merkle.root(over([]), 0) == sha256(b"").digest()


@pytest.mark.parametrize("size", range(70))
def test_a_growing_tree_has_the_same_roots(size: int) -> None:
    growing = merkle.Accumulator()
    for leaf in made(size):
        growing.append(leaf)
    assert growing.root() == plain_root(made(size))


def made(size: int) -> list[bytes]:
    return [str(n).encode() for n in range(size)]


@given(st.integers(1, 300), st.data())
def test_every_leaf_is_shown_to_be_in_the_tree(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = made(size)
    path = merkle.inclusion(over(leaves), index, size)
    assert len(path) <= (size - 1).bit_length()
    assert merkle.root_of_inclusion(leaf_hash(leaves[index]), index, size, path) == plain_root(leaves)


@given(st.integers(2, 200), st.data())
def test_no_altered_proof_of_inclusion_holds(size: int, data: st.DataObject) -> None:
    leaves, index = made(size), data.draw(st.integers(0, size - 1))
    path = merkle.inclusion(over(leaves), index, size)
    root = plain_root(leaves)
    place = data.draw(st.integers(0, len(path) - 1))
    altered = [*path[:place], sha256(path[place]).digest(), *path[place + 1 :]]
    leaf = leaf_hash(leaves[index])
    assert merkle.root_of_inclusion(leaf, index, size, altered) != root
    assert merkle.root_of_inclusion(leaf_hash(b"another"), index, size, path) != root
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index))
    try:
        assert merkle.root_of_inclusion(leaf, other, size, path) != root
    except ValueError:
        assert len(merkle.inclusion(over(leaves), other, size)) != len(path)
    with pytest.raises(ValueError, match="too short"):
        merkle.root_of_inclusion(leaf, index, size, path[:-1])
    with pytest.raises(ValueError, match="too long"):
        merkle.root_of_inclusion(leaf, index, size, [*path, root])


@given(st.integers(1, 300), st.data())
def test_a_tree_is_shown_to_begin_with_an_earlier_one(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    leaves = made(second)
    old, new = plain_root(leaves[:first]), plain_root(leaves)
    path = merkle.consistency(over(leaves), first, second)
    assert len(path) <= (second - 1).bit_length() + 1
    assert merkle.roots_of_consistency(first, second, old, path) == (old, new)


@given(st.integers(2, 200), st.data())
def test_a_tree_with_another_past_is_not_shown_to_begin_with_it(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second - 1))
    changed = data.draw(st.integers(0, first - 1))
    leaves = made(second)
    old = plain_root(leaves[:first])
    leaves[changed] = b"rewritten"
    path = merkle.consistency(over(leaves), first, second)
    assert merkle.roots_of_consistency(first, second, old, path) != (old, plain_root(leaves))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 3)])
def test_a_leaf_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        merkle.inclusion(over(made(8)), index, size)
    with pytest.raises(ValueError, match="not in a tree"):
        merkle.root_of_inclusion(b"", index, size, [])


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3)])
def test_sizes_that_do_not_follow_have_no_proof(first: int, second: int) -> None:
    with pytest.raises(ValueError, match="no tree"):
        merkle.consistency(over(made(8)), first, second)
    with pytest.raises(ValueError, match="no tree"):
        merkle.roots_of_consistency(first, second, b"", [])
