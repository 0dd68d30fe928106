"""What a state auditor would lose: being told that the log was touched, by whoever holds the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kafka import KafkaConsumer
from pymongo import MongoClient

from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.processes import wait_until
from services.eventkit.commits import hash_of
from services.eventkit.proof.checkpoints import notes_in
from services.eventkit.proof.notes import Checkpoint, Signer, opened
from tests.e2e.launched import Launched, sxsh
from tests.e2e.test_launcher import register


@pytest.fixture(scope="module")
def signed(launched: Launched) -> str:
    """The text of the file of checkpoints, once one of them covers a commit that is there."""
    status, receipt = register(launched, "audited")
    assert status == 201, receipt
    position = int(str(receipt["position"]).rpartition(":")[2])
    file = launched.workspace.root / "checkpoints" / "registry.notes"

    def covered() -> bool:
        notes = list(notes_in(file.read_text("utf-8"))) if file.exists() else []
        return bool(notes) and Checkpoint.parse(notes[-1]).size >= position

    assert wait_until(covered, 60, 0.2)
    return file.read_text("utf-8")


def test_checkpoints_are_signed_and_published(launched: Launched, signed: str) -> None:
    last = list(notes_in(signed))[-1]
    opened(last, LocalIdentity(launched.workspace.identity).checkpoint_keys.public("registry"))
    consumer = KafkaConsumer(
        "sxsh.registry.checkpoints",
        bootstrap_servers=launched.addresses.kafka_bootstrap_servers,
        auto_offset_reset="earliest",
        consumer_timeout_ms=60_000,
    )
    assert any(record.value.decode() == last for record in consumer)
    consumer.close()


def test_an_untouched_log_is_whole(launched: Launched, signed: str) -> None:
    done = sxsh("verify", "--data", str(launched.workspace.root))
    assert done.returncode == 0, done.stderr
    assert "registry: whole" in done.stdout
    assert "was signed at" in done.stdout
    status, told = launched.call("GET", "kpi", "/api/v1/verifications/latest", roles=("operator",))
    assert (status, told["whole"]) == (200, True)


def test_what_was_done_to_the_database_is_named(launched: Launched, signed: str) -> None:
    client: MongoClient[dict[str, Any]] = MongoClient(launched.addresses.mongodb_uri)
    log = client["sxsh_registry"]["log"]
    commit = log.find_one({}, sort=[("_id", 1)])
    assert commit is not None
    altered = bytes(commit["body"]).replace(b"tester", b"forger")
    assert altered != commit["body"]
    try:
        log.update_one({"_id": commit["_id"]}, {"$set": {"body": altered}})
        done = sxsh("verify", "registry", "--data", str(launched.workspace.root))
    finally:
        log.replace_one({"_id": commit["_id"]}, commit)
        client.close()
    assert done.returncode == 1
    assert "registry: changed at commit 1" in done.stdout


def test_a_new_key_signs_and_what_the_old_one_signed_stays_verifiable(
    launched: Launched, signed: str, tmp_path: Path
) -> None:
    data = ("--data", str(launched.workspace.root))
    assert sxsh("keys", "rotate", "next", *data).returncode == 0
    register(launched, "after-rotation")
    file = launched.workspace.root / "checkpoints" / "registry.notes"

    def by_new_key() -> bool:
        return "sxsh/registry/next " in list(notes_in(file.read_text("utf-8")))[-1]

    assert wait_until(by_new_key, 60, 0.2)
    assert file.read_text("utf-8").startswith(signed)
    assert "sxsh/registry/local " in signed
    public = sxsh("keys", "public", *data).stdout
    assert [line.partition("+")[0] for line in public.splitlines() if "/registry/" in line] == [
        "sxsh/registry/local",
        "sxsh/registry/next",
    ]
    keys = tmp_path / "keys"
    keys.write_text(public)
    done = sxsh("verify", "registry", "--keys", str(keys), *data)
    assert (done.returncode, "registry: whole" in done.stdout) == (0, True), done.stderr
    keys.write_text("".join(line + "\n" for line in public.splitlines() if "/local+" not in line))
    done = sxsh("verify", "registry", "--keys", str(keys), *data)
    assert done.returncode != 0
    assert "None of the known keys has signed this note" in done.stderr
    used = sxsh("keys", "rotate", "local", *data)
    assert (used.returncode, "has been named local before" in used.stderr) == (1, True)


def test_one_event_is_proved_without_a_look_into_the_database(
    launched: Launched, signed: str, tmp_path: Path
) -> None:
    data = ("--data", str(launched.workspace.root))
    line = sxsh("feed", "registry", "--json", *data).stdout.splitlines()[0]
    event = json.loads(line)["events"][0]["id"]
    kept = tmp_path / "registry.notes"
    kept.write_text(signed)
    done = sxsh("prove", "registry", event, "--kept", str(kept), *data)
    assert done.returncode == 0, done.stderr
    assert f"sha256 {hash_of(line.encode())}" in done.stdout
    assert "by tester" in done.stdout
    assert f"all that {len(list(notes_in(signed)))} earlier checkpoints" in done.stdout
    # Of another log, and of keys that signed none of it, nothing is proved.
    other = sxsh("prove", "audits", event, *data)
    assert (other.returncode, "no event" in other.stderr) == (1, True)
    keys = tmp_path / "keys"
    keys.write_text(str(Signer("sxsh/registry/local", Ed25519PrivateKey.generate()).verifier))
    stranger = sxsh("prove", "registry", event, "--keys", str(keys), *data)
    assert (stranger.returncode, "does not hold" in stranger.stderr) == (1, True)


def test_without_the_database_it_says_so(tmp_path: Any) -> None:
    uri = "mongodb://user:secret@127.0.0.1:9/?serverSelectionTimeoutMS=300"
    done = sxsh("verify", "registry", "--mongodb-uri", uri, "--data", str(tmp_path))
    assert done.returncode != 0
    assert "does not answer" in done.stderr + done.stdout
    assert "secret" not in done.stderr + done.stdout
