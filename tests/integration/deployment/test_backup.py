"""What a province would lose: all of it. A backup that is not whole must be seen before it is needed."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from kafka.admin import KafkaAdminClient  # type: ignore[attr-defined]
from pymongo import MongoClient

from deploy.setup.mongo import USERS
from deploy.sxsh.backup.contents import MANIFEST, PUBLIC_KEYS
from deploy.sxsh.cli import main
from deploy.sxsh.servers import KafkaBroker
from services.eventkit.mongo_log import MongoLog
from services.eventkit.persons import MongoKeys, PersonVault
from services.eventkit.proof.checkpoints import Checkpointer, FileSigner, file_sink
from services.eventkit.proof.notes import Signer
from services.eventkit.relay.kafka import ensure_topic
from services.eventkit.sealed import Sealed
from services.eventkit.settings import mongodb_uri
from tests.integration.deployment.conftest import Guarded
from tests.integration.log.world import commit, registered

MASTER = bytes(range(32))
DATABASES = sorted(name for names in USERS.values() for name in names)

Client = MongoClient[dict[str, Any]]


def all_of(client: Client) -> dict[str, list[dict[str, Any]]]:
    kept = ("log", "person_keys", "signed_checkpoints", "reports", "boundaries", "revocations")
    return {
        f"{database}.{name}": list(client[database][name].find().sort("_id", 1))
        for database in DATABASES
        for name in kept
    }


class World:
    """Three logs with commits, one of them empty; a person, and one who was erased."""

    def __init__(self, guarded: Guarded, folder: Path) -> None:
        self.guarded, self.folder, self.client = guarded, folder, guarded.client("root")
        self.drop()
        self.keys = folder / "keys.txt"
        key, lines = Ed25519PrivateKey.generate(), ""
        self.key = folder / "2026.pem"
        self.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        for log in ("registry", "audits", "kpi"):
            stored = MongoLog(self.client[f"sxsh_{log}"], log)
            stored.prepare()
            for number in range(7):
                stored.append(commit(f"facility/{number}", 1, registered(f"facility:{number}")))
            signer = Signer(f"sxsh/{log}/2026", key)
            sink = file_sink(folder / "checkpoints" / f"{log}.notes")
            noting = FileSigner(log, self.key, folder / "checkpoints" / f"{log}.keys")
            Checkpointer(stored, self.client[f"sxsh_{log}"], noting, [sink]).make()
            stored.append(commit("facility/7", 1, registered("facility:7")))
            lines += f"{signer.verifier}\n"
        self.keys.write_text(lines)
        self.vault = PersonVault(MongoKeys(self.client["sxsh_registry_keys"]), MASTER)
        self.sealed = self.vault.seal("person:1", {"name": "Lan"})
        self.vault.seal("person:0", {"name": "Hoa"})
        self.vault.erase("person:0")
        self.client["sxsh_kpi"]["boundaries"].insert_one({"_id": "current", "file": "huyen.geojson"})
        self.client["sxsh_kpi"]["cards"].insert_one({"_id": "made of the log"})
        (folder / "api-keys.json").write_text("[]")
        self.before = all_of(self.client)

    def drop(self) -> None:
        for database in DATABASES:
            self.client.drop_database(database)

    def run(
        self, *arguments: str, user: str, master: bytes | None = MASTER, kafka: str | None = None
    ) -> Result:
        environ: dict[str, str | None] = {
            "MONGODB_URI": self.guarded.uri(user),
            "MONGODB_PASSWORD_FILE": str(self.guarded.secrets / f"mongo_{user}"),
            "PERSON_MASTER_KEY": base64.b64encode(master).decode() if master else None,
            "KAFKA_BOOTSTRAP_SERVERS": kafka,
            "SXSH_DATA": str(self.folder / "none"),
        }
        return CliRunner().invoke(main, list(arguments), env=environ)

    def backup(self) -> Path:
        target = self.folder / "backup.zip"
        if not target.exists():
            files = (
                "--api-keys",
                f"{self.folder}/api-keys.json",
                "--checkpoints",
                f"{self.folder}/checkpoints",
            )
            done = self.run("backup", "-o", str(target), *files, user="backup")
            assert done.exit_code == 0, done.output
            assert "kpi 8, registry 8, training 0 commits" in done.output
            assert "The master key of persons is not in it" in done.output
        return target


@pytest.fixture(scope="module")
def world(guarded: Guarded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(guarded, tmp_path_factory.mktemp("backup"))
    yield made
    made.drop()
    made.client.close()


def test_what_is_in_use_is_not_restored_over(world: World) -> None:
    done = world.run("restore", str(world.backup()), user="root")
    assert done.exit_code == 1
    assert "The database is not empty: sxsh_kpi.log has 8 documents." in done.output
    assert all_of(world.client) == world.before
    again = world.run("backup", "-o", str(world.backup()), user="backup")
    assert again.exit_code == 1 and "is there already" in again.output


def test_a_backup_is_its_owners_alone_and_holds_no_key_in_clear(world: World) -> None:
    backup = world.backup()
    assert backup.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(backup) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert MASTER not in content and b"Lan" not in content and b"Hoa" not in content
    assert world.before["sxsh_registry.log"][3]["body"] in content


def altered(source: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target


def _rehashed(source: Path, target: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """By somebody who writes the manifest anew, too."""
    with zipfile.ZipFile(source) as archive:
        content = change(archive.read(name))
        manifest = json.loads(archive.read(MANIFEST))
    manifest["members"][name] |= {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
    new = {name: content, MANIFEST: json.dumps(manifest).encode()}
    return altered(source, target, lambda member, old: new.get(member, old))


def test_one_that_does_not_hold_is_refused_before_anything_is_written(world: World, tmp_path: Path) -> None:
    backup, log = world.backup(), "registry/log.bson"
    whole = backup.read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.zip").write_bytes(b"")
    bad = {
        "can not be read as a backup": (tmp_path / "cut.zip", tmp_path / "empty.zip"),
        f"{log} in this backup is not what was written": (
            altered(backup, tmp_path / "a.zip", lambda n, c: c[:-1] + b"!" if n == log else c),
            altered(backup, tmp_path / "b.zip", lambda n, c: None if n == log else c),
        ),
        "it has no manifest": (
            altered(backup, tmp_path / "c.zip", lambda n, c: None if n == MANIFEST else c),
        ),
        "registry does not hold: changed at commit 1": (
            _rehashed(backup, tmp_path / "d.zip", log, lambda c: c.replace(b"nho-quan", b"kim-son ", 1)),
        ),
    }
    world.drop()
    for said, files in bad.items():
        for file in files:
            done = world.run("restore", str(file), user="root")
            assert (done.exit_code, said in " ".join(done.output.split())) == (1, True), (file, done.output)
    done = world.run("restore", str(backup), user="root", master=bytes(32))
    assert "is not the one that wraps the keys of persons" in done.output
    done = world.run("restore", str(backup), user="root", master=None)
    assert "The master key of persons is not here, and is in no backup" in done.output
    other = Signer("sxsh/registry/2026", Ed25519PrivateKey.generate()).verifier
    (tmp_path / "other.txt").write_text(f"{other}\n")
    done = world.run("restore", str(backup), "--keys", str(tmp_path / "other.txt"), user="root")
    assert "The checkpoints of registry do not hold" in done.output
    assert not any(all_of(world.client).values())


def test_what_was_destroyed_comes_back_as_it_was(world: World, tmp_path: Path) -> None:
    backup = world.backup()
    world.drop()
    places = ("--api-keys", str(tmp_path / "keys.json"), "--checkpoints", str(tmp_path / "notes"))
    done = world.run("restore", str(backup), *places, user="root")
    assert done.exit_code == 0, done.output
    assert "registry: a checkpoint was signed of 7 of 8" in done.output
    assert "training: a checkpoint was signed of 0 of 0" in done.output
    assert all_of(world.client) == world.before
    assert "cards" not in world.client["sxsh_kpi"].list_collection_names()
    assert (tmp_path / "keys.json").read_text() == "[]"
    for name in ("registry.notes", "registry.keys"):
        assert (tmp_path / "notes" / name).read_bytes() == (world.folder / "checkpoints" / name).read_bytes()
    with zipfile.ZipFile(backup) as archive:
        keys = archive.read(PUBLIC_KEYS).decode().splitlines()
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert sorted(keys) == sorted(world.keys.read_text().splitlines())
    assert b"PRIVATE KEY" not in content
    vault = PersonVault(MongoKeys(world.client["sxsh_registry_keys"]), MASTER)
    assert vault.open(world.sealed) == {"name": "Lan"}
    assert vault.open(Sealed("person:0", world.sealed.box)) is None
    added = MongoLog(world.client["sxsh_registry"], "registry").append(
        commit("facility/8", 1, registered("facility:8"))
    )
    assert added.commit.position == 9
    uri = str(mongodb_uri({"MONGODB_URI": world.guarded.uri("root"), "MONGODB_PASSWORD": "p@ss/root"}))
    kept = ("--keys", str(world.keys), "--checkpoints", str(tmp_path / "notes"), "--mongodb-uri", uri)
    verified = world.run("verify", "registry", *kept, user="root")
    assert verified.exit_code == 0, verified.output
    assert "registry: whole, 9 commits." in verified.output


def test_topics_that_may_hold_what_the_backup_does_not_are_dropped(
    world: World, own_kafka_broker: KafkaBroker
) -> None:
    """A reader would take what came after the backup for what the logs hold, and drop what follows."""
    bootstrap = own_kafka_broker.bootstrap
    ensure_topic(bootstrap, "sxsh.registry.events", 2)
    ensure_topic(bootstrap, "sxsh.registry.checkpoints", 1)
    world.drop()
    done = world.run("restore", str(world.backup()), user="root", kafka=bootstrap)
    assert done.exit_code == 0, done.output
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        assert [topic for topic in admin.list_topics() if topic.startswith("sxsh.")] == [
            "sxsh.registry.checkpoints"
        ]
    finally:
        admin.close()
    world.drop()
    own_kafka_broker.stop()
    done = world.run("restore", str(world.backup()), user="root", kafka=bootstrap)
    assert done.exit_code == 1 and "The logs are restored, but the topics of" in done.output
    assert all_of(world.client) == world.before
