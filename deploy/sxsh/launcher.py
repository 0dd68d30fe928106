"""Starts every process of the system in order, watches over them, and stops them in the reverse order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import urllib3
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from rich.console import Console

from deploy.sxsh import ports
from deploy.sxsh.environment import (
    LOGS,
    PROJECT,
    SERVICES,
    api_command,
    live_command,
    module_command,
    settings_of,
)
from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.processes import Child, wait_until
from deploy.sxsh.servers import KafkaBroker, MongoServer, kafka_answers
from deploy.sxsh.supervisor import Supervisor
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Addresses, Workspace

#: Seconds that the ports of a launcher that was killed may need to become free.
PATIENCE = 12.0
START_SECONDS = 120.0
#: A process without an address of its own that has run this long has read its settings and connected.
ALIVE_SECONDS = 2.0


@dataclass(frozen=True)
class Plan:
    """Where everything will listen. `own_mongo`, `own_kafka`: whether the launcher starts that server."""

    addresses: Addresses
    own_mongo: bool
    own_kafka: bool
    ports: dict[str, int]


def make_plan(workspace: Workspace, port_base: str | None, environ: Mapping[str, str], unclean: bool) -> Plan:
    """Settle the ports. Raises `Trouble` when one is taken or `port_base` cannot be used."""
    mongodb_uri, kafka = environ.get("MONGODB_URI"), environ.get("KAFKA_BOOTSTRAP_SERVERS")
    not_ours = {name for name, given in (("mongod", mongodb_uri), ("kafka", kafka)) if given}

    def needed(base: int) -> dict[str, int]:
        return {name: port for name, port in ports.ports_at(base).items() if name not in not_ours}

    def all_free(base: int) -> bool:
        return all(ports.is_free(port) for port in needed(base).values())

    remembered = workspace.remembered()
    if unclean and remembered:
        wait_until(lambda: all_free(remembered.port_base), PATIENCE, 0.2)
    base = _base(port_base, remembered, all_free)
    ports.ensure_free(needed(base))
    at = ports.ports_at(base)
    addresses = Addresses(
        port_base=base,
        mongodb_uri=mongodb_uri or MongoServer.uri_at(at["mongod"]),
        kafka_bootstrap_servers=kafka or f"{ports.HOST}:{at['kafka']}",
        services={name: f"http://{ports.HOST}:{at[name]}" for name in SERVICES},
        live=f"http://{ports.HOST}:{at['live']}",
    )
    return Plan(addresses, own_mongo=not mongodb_uri, own_kafka=not kafka, ports=at)


def _base(port_base: str | None, remembered: Addresses | None, all_free: Callable[[int], bool]) -> int:
    if port_base == "auto":
        if remembered and all_free(remembered.port_base):
            return remembered.port_base
        return ports.find_base()
    if not port_base:
        return ports.DEFAULT_BASE
    if not port_base.isascii() or not port_base.isdigit():
        raise Trouble(f"PORT_BASE={port_base} is neither a number nor `auto`.")
    return int(port_base)


class System:
    """The running system. Use it from the main thread: every process lives as long as that thread."""

    def __init__(self, workspace: Workspace, identity: LocalIdentity, plan: Plan, console: Console) -> None:
        self.workspace = workspace
        self.identity = identity
        self.plan = plan
        self.console = console
        self.supervisor = Supervisor(lambda line: console.print(f"[yellow]![/] {line}", highlight=False))
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(2.0), retries=False)

    def start(self) -> None:
        """Everything up to the last `/readyz`. Raises `Trouble`; then `stop` what was started."""
        self._start_servers()
        environment = settings_of(self.plan.addresses, self.identity)

        def child(name: str, argv: list[str], service: str) -> Child:
            log = self.workspace.log(name)
            own = {**environment, "MONGODB_DATABASE": f"sxsh_{service}"}
            return Child(name, argv, log, env=own, cwd=PROJECT)

        self.supervisor.start(
            [child(name, api_command(name, self.plan.ports[name]), name) for name in SERVICES]
        )
        self._wait_for_services()
        started = time.monotonic()
        self.supervisor.start(
            [
                child("kpi-projector", module_command("kpi", "project"), "kpi"),
                child("kpi-snapshots", module_command("kpi", "snapshots"), "kpi"),
                child("kpi-live", live_command(self.plan.ports["live"]), "kpi"),
            ]
            + [child(f"{name}-relay", module_command(name, "relay"), name) for name in LOGS],
            stop_after_last=True,
        )
        with self.console.status("starting the relays, the projector and what serves beside them"):
            self.supervisor.wait_until(
                lambda: self.supervisor.all_lived(ALIVE_SECONDS), START_SECONDS, "Relays and projector"
            )
        self._done(
            f"{len(LOGS)} relays, the projector, the builder of the past and the stream of news are running",
            started,
        )

    def _wait_for_services(self) -> None:
        waiting = list(SERVICES)
        started = time.monotonic()
        with self.console.status("") as status:

            def all_ready() -> bool:
                for name in [name for name in waiting if self._ready(name)]:
                    waiting.remove(name)
                    self._done(f"{name} answers at {self.plan.addresses.services[name]}", started)
                status.update(f"waiting for {', '.join(waiting)}")
                return not waiting

            self.supervisor.wait_until(all_ready, START_SECONDS, "The services")

    def _start_servers(self) -> None:
        addresses, started = self.plan.addresses, time.monotonic()
        if self.plan.own_mongo:
            mongod = MongoServer(
                self.workspace.mongo, self.workspace.log("mongod"), port=self.plan.ports["mongod"]
            )
            mongod.prepare()
            self.supervisor.start([mongod.child])
            with self.console.status("starting mongod"):
                mongod.wait_ready()
            self._done(f"mongod {addresses.mongodb_uri}, data in {self.workspace.mongo}", started)
        else:
            with self.console.status("looking for the given MongoDB"):
                check_mongo(addresses.mongodb_uri)
            self._done("the given MongoDB answers", started)
        started = time.monotonic()
        if self.plan.own_kafka:
            broker = KafkaBroker(self.workspace.log("kafka"), port=self.plan.ports["kafka"])
            self.supervisor.start([broker.child])
            with self.console.status("starting the broker"):
                broker.wait_ready()
            self._done(f"broker (Kafka protocol, tansu) {broker.bootstrap}", started)
        else:
            with self.console.status("looking for the given Kafka"):
                check_kafka(addresses.kafka_bootstrap_servers)
            self._done("the given Kafka answers", started)

    def _ready(self, service: str) -> bool:
        try:
            answer = self._http.request("GET", f"{self.plan.addresses.services[service]}/readyz")
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == 200

    def _done(self, what: str, since: float) -> None:
        self.console.print(f"[green]✓[/] {what} [dim]({time.monotonic() - since:.1f} s)[/]", highlight=False)

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Restart what dies, until `until` answers true or KeyboardInterrupt."""
        while not until():
            self.supervisor.tick()
            time.sleep(0.2)

    def stop(self) -> None:
        """Services first, so that no write is begun; the database last. A second Ctrl-C kills at once."""
        self.console.print("Stopping: services, relays and projector, broker, database …")
        try:
            killed = self.supervisor.stop()
        except KeyboardInterrupt:
            self.supervisor.kill()
            self.console.print(
                "Killed all of them. Nothing acknowledged is lost; `sxsh up` goes on from here."
            )
            return
        for name in killed:
            self.console.print(f"[yellow]![/] {name} did not stop in time and was killed.")
        self.console.print(
            f"[green]✓[/] All stopped. The data stay in {self.workspace.root}.", highlight=False
        )


def check_mongo(uri: str) -> None:
    try:
        with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=5000) as client:
            hello = client.admin.command("hello")
    except (PyMongoError, ValueError) as error:
        raise Trouble(
            f"MongoDB at MONGODB_URI does not answer ({type(error).__name__}). Check the address and that it "
            "runs, or unset MONGODB_URI to have one started here."
        ) from None
    if "setName" not in hello:
        raise Trouble(
            "MongoDB at MONGODB_URI is not a replica set, which durable writes need. Start it with --replSet "
            "and run rs.initiate() once."
        )


def check_kafka(bootstrap: str) -> None:
    if not kafka_answers(bootstrap):
        raise Trouble(
            f"No Kafka broker answers at KAFKA_BOOTSTRAP_SERVERS={bootstrap}. Check the address and that it "
            "runs, or unset KAFKA_BOOTSTRAP_SERVERS to have one started here."
        )
