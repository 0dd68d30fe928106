"""What an operator would lose: a plain word on what is missing, a broker out of reach, copies of a topic."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.sxsh.launcher import make_plan
from deploy.sxsh.servers import ApacheKafka, MongoReplicaSet, ServerChoice, java_program
from deploy.sxsh.servers.apache import At
from deploy.sxsh.servers.jars import jars_folder, kafka_jars
from deploy.sxsh.servers.membership import is_newer
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing installed: what a test puts here is there, and no cache is filled."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("SXSH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path / "bin"


def test_what_apache_kafka_lacks_is_said_with_the_mend(path: Path) -> None:
    with pytest.raises(Trouble, match=r"no mvn was found.*apt-get install maven"):
        kafka_jars()
    with pytest.raises(Trouble, match=r"no java was found on PATH.*apt-get install openjdk"):
        java_program()
    program(path, "java", """echo 'java version "1.8.0_292"' >&2""")
    with pytest.raises(Trouble, match=r"is Java 8.*apt-get install openjdk"):
        java_program()
    program(path, "java", "echo no memory; exit 1")
    with pytest.raises(Trouble, match=r"does not say which Java(?s:.*)no memory"):
        java_program()
    program(path, "mvn", "echo '[ERROR] Could not transfer artifact'; exit 1")
    with pytest.raises(Trouble, match=r"Maven Central(?s:.*)Could not transfer"):
        kafka_jars()
    assert not jars_folder().exists(), "half of the jars are not taken for all"


def test_jars_are_fetched_once(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{path}:/usr/bin:/bin")
    program(
        path,
        "mvn",
        f"echo >> {tmp_path}/calls\n"
        'for word in "$@"; do case $word in -DoutputDirectory=*) '
        'mkdir -p "${word#*=}"; : > "${word#*=}/a.jar";; esac; done',
    )
    said: list[str] = []
    assert [file.name for file in kafka_jars(said.append).iterdir()] == ["a.jar"]
    assert kafka_jars(said.append) == jars_folder()
    assert len(said) == len((tmp_path / "calls").read_text().splitlines()) == 1


def test_three_nodes_keep_three_copies_and_listen_on_loopback_alone(path: Path, tmp_path: Path) -> None:
    program(path, "java", "echo 'openjdk version \"17.0.1\"'")
    jars_folder().mkdir(parents=True)
    kafka = ApacheKafka(
        tmp_path / "kafka", lambda name: tmp_path / name, at=[At(n, n + 10, n + 20) for n in (1, 2, 3)]
    )
    kafka.prepare()
    text = kafka.nodes[1].settings.read_text()
    settings = dict(line.split("=", 1) for line in text.splitlines())
    assert settings["listeners"] == "PLAINTEXT://127.0.0.1:2,CONTROLLER://127.0.0.1:12"
    assert settings["advertised.listeners"] == "PLAINTEXT://127.0.0.1:22"
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:11,2@127.0.0.1:12,3@127.0.0.1:13"
    assert settings["default.replication.factor"] == settings["offsets.topic.replication.factor"] == "3"
    assert settings["min.insync.replicas"] == "2"
    assert kafka.bootstrap == "127.0.0.1:21,127.0.0.1:22,127.0.0.1:23"
    identity = (kafka.data / "cluster-id").read_text()
    kafka.prepare()
    assert (kafka.data / "cluster-id").read_text() == identity
    # The first fails when the others are at it, who would go on for a minute: none is left.
    others = [tmp_path / "2", tmp_path / "3"]
    ready = " && ".join(f"[ -s {other} ]" for other in others)
    program(
        path,
        "java",
        f"""case "$*" in
        *-version*) echo 'openjdk version "17.0.1"';;
        *node-1*) until {ready}; do /bin/sleep 0.02; done; echo no space left; exit 1;;
        *node-2*) echo $$ > {others[0]}; exec /bin/sleep 60;;
        *node-3*) echo $$ > {others[1]}; exec /bin/sleep 60;;
        esac""",
    )
    with pytest.raises(Trouble, match="no space left"):
        kafka.prepare()
    assert not any(Path("/proc", other.read_text().strip()).exists() for other in others)


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"BROKER": "rabbit"}, "BROKER=rabbit"),
        ({"KAFKA_NODES": "3"}, "needs BROKER=kafka"),
        ({"BROKER": "kafka", "KAFKA_NODES": "2"}, "KAFKA_NODES=2: it is 1 or 3"),
        ({"MONGO_MEMBERS": "many"}, "MONGO_MEMBERS=many: it is 1 or 3"),
    ],
)
def test_servers_that_cannot_be_are_refused(environ: dict[str, str], why: str) -> None:
    with pytest.raises(Trouble, match=why):
        ServerChoice.of(environ)


def test_every_server_of_a_cluster_has_a_port_and_is_known_to_the_services(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    environ = {"BROKER": "kafka", "KAFKA_NODES": "3", "MONGO_MEMBERS": "3"}
    plan = make_plan(workspace, "auto", environ, False)
    assert len(set(plan.ports.values())) == len(plan.ports) == 5 + 3 + 3 + 3
    base = plan.addresses.port_base
    assert plan.addresses.mongodb_uri == (
        f"mongodb://127.0.0.1:{base + 17},127.0.0.1:{base + 18},127.0.0.1:{base + 19}/?replicaSet=rs0"
    )
    kafka = [f"127.0.0.1:{base + offset}" for offset in (92, 93, 94)]
    assert plan.addresses.kafka_bootstrap_servers.split(",") == kafka
    assert plan.ports_of("kafka-controller") == [base + 95, base + 96, base + 97]
    given = make_plan(workspace, "auto", {**environ, "MONGODB_URI": "mongodb://db"}, False)
    assert given.addresses.mongodb_uri == "mongodb://db"
    assert not given.own_mongo


def test_a_set_of_three_is_not_begun_again_with_one(tmp_path: Path) -> None:
    (tmp_path / "mongo-2").mkdir()
    with pytest.raises(Trouble, match="MONGO_MEMBERS=3 as before"):
        MongoReplicaSet(tmp_path / "mongo", lambda name: tmp_path / name, members=1)


def test_the_config_that_others_follow_is_the_one_of_the_latest_election() -> None:
    elected, older = {"version": 4, "term": 7}, {"version": 9, "term": 6}
    assert is_newer(elected, older) and not is_newer(older, elected)
    assert is_newer({"version": 10}, elected), "a forced one has no term"
    assert is_newer({"version": 5, "term": 7}, elected)
