"""What a user would lose: being told which part of a system that seems to run does not."""

from __future__ import annotations

from pathlib import Path

from deploy.sxsh.doctor import examine
from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.workspace import Addresses, Workspace


def test_what_does_not_answer_is_named_with_what_to_do(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    LocalIdentity(workspace.identity).ensure()
    nobody = "127.0.0.1:9"
    services = {"registry": f"http://{nobody}", "kpi": f"http://{nobody}"}
    workspace.remember(Addresses(8000, f"mongodb://{nobody}", nobody, services))
    with workspace.locked():
        bad = {found.what: found for found in examine(workspace) if not found.good}
    assert {"registry", "kpi", "broker", "projection"} <= set(bad)
    assert all("does not answer" in bad[name].found for name in ("registry", "kpi", "broker"))
    assert all(bad[name].mend for name in bad)
