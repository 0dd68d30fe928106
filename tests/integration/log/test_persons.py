"""Personal data: sealed for who holds the key, gone for all once it is dropped."""

from __future__ import annotations

import os
from typing import Any

import pytest
from pymongo.database import Database

from services.eventkit.errors import Refused
from services.eventkit.persons import MemoryKeys, MongoKeys, PersonVault
from services.eventkit.sealed import Sealed

MASTER = os.urandom(32)


@pytest.fixture(params=["memory", "mongo"])
def vault(request: pytest.FixtureRequest) -> PersonVault:
    keys = MemoryKeys() if request.param == "memory" else MongoKeys(request.getfixturevalue("database"))
    return PersonVault(keys, MASTER)


def test_what_is_sealed_opens_again_and_does_not_show(vault: PersonVault) -> None:
    sealed = vault.seal("officer:1", {"name": "Nguyễn Thị Hoa"})
    assert "Hoa" not in sealed.box
    assert vault.open(sealed) == {"name": "Nguyễn Thị Hoa"}
    assert vault.seal("officer:1", {"name": "Nguyễn Thị Hoa"}).box != sealed.box


def test_an_erased_person_is_gone_for_ever(vault: PersonVault) -> None:
    sealed = vault.seal("officer:1", {"name": "Hoa"})
    assert vault.erase("officer:1")
    assert vault.open(sealed) is None
    assert not vault.erase("officer:1")
    with pytest.raises(Refused):
        vault.seal("officer:1", {"name": "Hoa"})


def test_a_box_of_another_person_or_altered_does_not_open(vault: PersonVault) -> None:
    first, second = vault.seal("officer:1", {"n": 1}), vault.seal("officer:2", {"n": 2})
    with pytest.raises(ValueError, match="altered"):
        vault.open(Sealed(second.person, first.box))


def test_stored_keys_are_of_no_use_without_the_master_key(database: Database[dict[str, Any]]) -> None:
    sealed = PersonVault(MongoKeys(database), MASTER).seal("officer:1", {"n": 1})
    with pytest.raises(ValueError, match="master key"):
        PersonVault(MongoKeys(database), os.urandom(32)).open(sealed)
