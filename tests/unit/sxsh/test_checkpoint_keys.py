"""Checkpoints signed years ago are verifiable after their key is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.sxsh.checkpoint_keys import CheckpointKeys
from deploy.sxsh.trouble import Trouble
from services.eventkit.proof.checkpoints import FileSigner, signer_of
from services.eventkit.proof.notes import NotSigned, opened


def test_a_new_key_signs_and_the_old_one_is_destroyed(tmp_path: Path) -> None:
    keys = CheckpointKeys(tmp_path / "keys")
    keys.ensure()
    signer = FileSigner("audits", keys.current)
    first = signer.sign("one\n")
    keys.rotate("2027")
    second = signer.sign("two\n")
    keys.ensure()
    assert [key.name for key in keys.public("audits")] == ["sxsh/audits/local", "sxsh/audits/2027"]
    assert opened(first, keys.public("audits"))[1].name == "sxsh/audits/local"
    assert opened(second, keys.public("audits"))[1].name == "sxsh/audits/2027"
    with pytest.raises(NotSigned):
        opened(second, keys.public("registry"))
    assert [file.name for file in keys.folder.glob("*.pem")] == ["2027.pem"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in keys.folder.iterdir() if not file.is_symlink())


def test_the_key_there_was_before_there_were_several_goes_on(tmp_path: Path) -> None:
    other = CheckpointKeys(tmp_path / "other")
    other.ensure()
    (tmp_path / "local.pem").write_bytes(other.current.read_bytes())
    keys = CheckpointKeys(tmp_path / "keys")
    keys.ensure()
    assert keys.public("audits") == other.public("audits")
    assert not (tmp_path / "local.pem").exists()


@pytest.mark.parametrize("name", ["local", "", "../x", "two words", "a+b", ".hidden"])
def test_a_name_that_was_used_or_would_break_is_refused(tmp_path: Path, name: str) -> None:
    keys = CheckpointKeys(tmp_path / "keys")
    with pytest.raises(Trouble):
        keys.rotate(name)
    keys.ensure()
    before = keys.public("audits")
    with pytest.raises(Trouble):
        keys.rotate(name)
    assert keys.public("audits") == before


def test_the_keys_of_a_restored_backup_stay_beside_the_first_new_one(tmp_path: Path) -> None:
    before = CheckpointKeys(tmp_path / "before")
    before.ensure()
    note = signer_of("audits", before.current).sign("a\n")
    keys = CheckpointKeys(tmp_path / "keys")
    for log in ("audits", "registry"):
        keys.know(before.public(log)[0])
    keys.ensure()
    assert sorted(key.name for key in keys.public("audits")) == ["sxsh/audits/local", "sxsh/audits/local-2"]
    assert opened(note, keys.public("audits"))[1].name == "sxsh/audits/local"
    assert keys.current.resolve().name == "local-2.pem"
