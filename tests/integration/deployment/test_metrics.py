"""What an operator would lose: the alarm that nothing is published, or nothing is signed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy.sxsh.ports import free_port
from deploy.sxsh.processes import wait_until
from deploy.sxsh.servers import KafkaBroker
from tests.integration.deployment.conftest import Guarded

ROOT = Path(__file__).resolve().parents[3]


def test_a_relay_says_what_it_publishes_and_signs(
    guarded: Guarded, own_kafka_broker: KafkaBroker, tmp_path: Path
) -> None:
    """As a container runs it: its password from a file, no server but for what is measured."""
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "2026.pem").write_bytes(key)
    bind = f"127.0.0.1:{free_port()}"
    environ = {
        "MONGODB_URI": guarded.uri("audits"),
        "MONGODB_PASSWORD_FILE": str(guarded.secrets / "mongo_audits"),
        "KAFKA_BOOTSTRAP_SERVERS": own_kafka_broker.bootstrap,
        "REGISTRY_URL": "http://127.0.0.1:9",
        "SERVICE_API_KEY": "k",
        "METRICS_BIND": bind,
        "CHECKPOINT_KEY_FILE": str(tmp_path / "2026.pem"),
        "CHECKPOINT_SECONDS": "1",
    }
    command = [sys.executable, "-m", "services.audits", "relay"]
    with (tmp_path / "log").open("wb") as log:
        relay = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, stderr=log)

    def measured() -> dict[str, float]:
        try:
            text = urllib3.request("GET", f"http://{bind}/metrics", retries=False).data.decode()
        except urllib3.exceptions.HTTPError:
            return {}
        found = re.findall(r'^(sxsh_\w+)\{(?:change="taken",)?source="audits"[^}]*\} (\S+)$', text, re.M)
        return {name: float(value) for name, value in found}

    try:
        signed = "sxsh_checkpoint_timestamp_seconds"
        assert wait_until(lambda: signed in measured(), 60), (tmp_path / "log").read_text()
        said = measured()
    finally:
        relay.terminate()
        assert relay.wait(30) == 0
    assert said["sxsh_relay_lease_held"] == said["sxsh_relay_lease_changes_total"] == 1
    assert said["sxsh_log_position"] == said["sxsh_relay_position"] == said["sxsh_checkpoint_position"]
    assert abs(time.time() - said[signed]) < 60
