"""What a user would lose: being told which part of a system that seems to run does not."""

from __future__ import annotations

from pathlib import Path

import pytest

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


def test_ports_and_programs_are_those_of_the_servers_that_were_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MONGODB_URI", "KAFKA_BOOTSTRAP_SERVERS", "BROKER", "KAFKA_NODES", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SXSH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    usual = {found.what for found in examine(Workspace(tmp_path / "data"))}
    assert not any("java" in what or "controller" in what for what in usual)
    monkeypatch.setenv("BROKER", "kafka")
    asked = {found.what: found for found in examine(Workspace(tmp_path / "data"))}
    assert {"port 8092 (kafka)", "port 8095 (kafka-controller)"} <= asked.keys()
    for what, mend in (("java, for Apache Kafka", "openjdk"), ("jars of Apache Kafka", "maven")):
        assert not asked[what].good and f"apt-get install {mend}" in asked[what].mend
