"""Starts every process of the system in order, watches over them, and stops them in the reverse order."""

from __future__ import annotations

import itertools
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
from deploy.sxsh.servers import (
    ApacheKafka,
    Broker,
    KafkaBroker,
    MongoReplicaSet,
    MongoServer,
    ServerChoice,
    kafka_answers,
)
from deploy.sxsh.servers.apache import At
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
    servers: ServerChoice

    def ports_of(self, kind: str) -> list[int]:
        """Of the first, second, … server of a kind."""
        names = (ports.member(kind, number) for number in itertools.count(1))
        return [self.ports[name] for name in itertools.takewhile(self.ports.__contains__, names)]


def make_plan(workspace: Workspace, port_base: str | None, environ: Mapping[str, str], unclean: bool) -> Plan:
    """Settle the ports. Raises `Trouble` when one is taken or `port_base` cannot be used."""
    mongodb_uri, kafka = environ.get("MONGODB_URI"), environ.get("KAFKA_BOOTSTRAP_SERVERS")
    servers = ServerChoice.of(environ)
    given = tuple(kind for kind, at in (("mongod", mongodb_uri), ("kafka", kafka)) if at)

    def needed(base: int) -> dict[str, int]:
        return {name: port for name, port in servers.ports_at(base).items() if not name.startswith(given)}

    def all_free(base: int) -> bool:
        return all(ports.is_free(port) for port in needed(base).values())

    remembered = workspace.remembered()
    if unclean and remembered:
        wait_until(lambda: all_free(remembered.port_base), PATIENCE, 0.2)
    base = _base(port_base, remembered, all_free)
    ports.ensure_free(needed(base))
    at = servers.ports_at(base)
    mongods = [at[ports.member("mongod", n)] for n in range(1, servers.mongo_members + 1)]
    brokers = [at[ports.member("kafka", n)] for n in range(1, servers.kafka_nodes + 1)]
    addresses = Addresses(
        port_base=base,
        mongodb_uri=mongodb_uri or MongoServer.uri_at(*mongods),
        kafka_bootstrap_servers=kafka or ",".join(f"{ports.HOST}:{port}" for port in brokers),
        services={name: f"http://{ports.HOST}:{at[name]}" for name in SERVICES},
        live=f"http://{ports.HOST}:{at['live']}",
    )
    return Plan(addresses, own_mongo=not mongodb_uri, own_kafka=not kafka, ports=at, servers=servers)


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
            mongod = MongoReplicaSet(
                self.workspace.mongo, self.workspace.log, at=self.plan.ports_of("mongod")
            )
            mongod.prepare()
            self.supervisor.start(mongod.children)
            with self.console.status("starting mongod"):
                mongod.wait_ready()
            self._done(f"mongod {addresses.mongodb_uri}, data in {self.workspace.mongo}", started)
        else:
            with self.console.status("looking for the given MongoDB"):
                check_mongo(addresses.mongodb_uri)
            self._done("the given MongoDB answers", started)
        started = time.monotonic()
        if self.plan.own_kafka:
            broker = self._broker()
            with self.console.status("starting the broker"):
                broker.prepare()
                self.supervisor.start(broker.children)
                broker.wait_ready()
            self._done(f"broker ({broker.what}) {broker.bootstrap}", started)
        else:
            with self.console.status("looking for the given Kafka"):
                check_kafka(addresses.kafka_bootstrap_servers)
            self._done("the given Kafka answers", started)

    def _broker(self) -> Broker:
        at = self.plan.ports_of("kafka")
        if self.plan.servers.broker == "tansu":
            return KafkaBroker(self.workspace.log("kafka"), port=at[0])
        controllers = self.plan.ports_of("kafka-controller")
        return ApacheKafka(
            self.workspace.kafka(len(at)),
            self.workspace.log,
            at=[At(broker, controller) for broker, controller in zip(at, controllers, strict=True)],
            say=lambda what: self.console.print(what, highlight=False),
        )

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
