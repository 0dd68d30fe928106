"""What a user would lose: the data of a machine whose servers were killed, or a machine full of orphans."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
from pymongo import MongoClient

from deploy.sxsh.processes import wait_until
from deploy.sxsh.servers import KafkaBroker, MongoServer, kafka_answers


def test_a_killed_mongod_comes_back_with_every_acknowledged_document(own_mongo_server: MongoServer) -> None:
    with MongoClient(own_mongo_server.uri) as client:
        client["kept"].get_collection("facts").insert_one({"_id": 1})
    own_mongo_server.kill()
    own_mongo_server.start()
    own_mongo_server.wait_ready()
    with MongoClient(own_mongo_server.uri) as client:
        assert client["kept"]["facts"].count_documents({}) == 1


def test_data_made_at_one_port_serve_at_another(tmp_path: Path) -> None:
    for count in (0, 1):
        server = MongoServer(tmp_path / "mongo", tmp_path / "mongod.log")
        server.start()
        try:
            server.wait_ready()
            with MongoClient(server.uri) as client:
                assert client["kept"]["facts"].count_documents({}) == count
                client["kept"]["facts"].insert_one({"_id": count})
        finally:
            server.stop()


def test_a_killed_broker_comes_back_at_its_address(own_kafka_broker: KafkaBroker) -> None:
    own_kafka_broker.kill()
    assert not kafka_answers(own_kafka_broker.bootstrap)
    own_kafka_broker.start()
    own_kafka_broker.wait_ready()


def test_servers_die_with_a_killed_parent(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        from deploy.sxsh.servers import KafkaBroker, MongoServer
        folder = Path({str(tmp_path)!r})
        mongo = MongoServer(folder / "mongo", folder / "logs" / "mongod.log")
        kafka = KafkaBroker(folder / "logs" / "kafka.log")
        for server in (mongo, kafka):
            server.start()
            server.wait_ready()
        print(mongo.child.pid, kafka.child.pid, flush=True)
        time.sleep(600)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(pids) == 2
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    def gone(pid: int) -> bool:
        return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE

    assert wait_until(lambda: all(gone(pid) for pid in pids), 60), "orphans are left behind"
