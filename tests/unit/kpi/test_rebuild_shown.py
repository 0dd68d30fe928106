"""An operator sees how far a rebuild is, each thing once, and never a rate below nothing."""

from __future__ import annotations

import pytest

from services.kpi.projection import command
from services.kpi.projection.building import Step


def test_a_stage_that_comes_again_counts_from_its_own_beginning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "SAY", 0.0)
    shown = command._Shown()
    read, followed = Step("reading", 90, 90), Step("following", 4000, None)
    for step in (read, read, followed, Step("comparing", 0, 6), Step("following", 0, None)):
        shown.step(step)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["reading", "following", "comparing", "following"]
    assert "-" not in "".join(lines)
