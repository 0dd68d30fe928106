"""What a user would be told wrongly: that the system was killed, or that it is not running."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace


def test_only_a_launcher_that_was_killed_is_said_to_have_been(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "data")
    with pytest.raises(Trouble, match="taken"), workspace.locked():
        assert workspace.running()
        raise Trouble("A port is taken.")
    assert not workspace.running()
    with workspace.locked() as unclean:
        assert not unclean
    workspace.lock_file.write_text("4711\n")
    with workspace.locked() as unclean:
        assert unclean
