"""Each fault with its guard in place, and without it: then the same checker fails."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from kafka.admin import KafkaAdminClient, NewTopic  # type: ignore[attr-defined]

from deploy.sxsh.processes import wait_until
from tests.chaos.world import PARTITIONS, SOURCES, eventually
from tests.cluster.cluster import Cluster
from tests.cluster.faults import TOPIC
from tests.cluster.scene import Scene, new_scene

#: Seconds that a relay needs to publish and to mark it.
PUBLISHED = 12.0


class Trial(NamedTuple):
    role: str
    guard: str
    fault: Callable[[Scene, pytest.MonkeyPatch], None]
    #: What the checker says without the guard.
    says: str


def _begun(scene: Scene) -> None:
    scene.start()
    scene.write(3)
    scene.world.caught_up()
    scene.world.published()


def _in_time(scene: Scene) -> None:
    """A relay that can not publish is given up on; one that does not see it has marked it by then, and its
    producer has dropped what it could not send."""
    with suppress(AssertionError):
        scene.world.published("registry", seconds=PUBLISHED)
        wait_until(lambda: False, 3)


def leader_killed(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    """What it has acknowledged, and no other has, is gone when another leads."""
    admin = KafkaAdminClient(bootstrap_servers=scene.world.bootstrap)
    everywhere = {number: [1, 2, 3] for number in range(PARTITIONS)}
    admin.create_topics(
        [NewTopic(TOPIC, replica_assignments=everywhere, topic_configs={"min.insync.replicas": "2"})]
    )
    admin.close()
    _begun(scene)
    first, *others = [node.child for node in scene.cluster.nodes]
    for other in others:
        other.signal(signal.SIGSTOP)
    # Past what they had asked for before they stood still.
    wait_until(lambda: False, 1.5)
    scene.write(6)
    _in_time(scene)
    first.kill()
    for other in others:
        other.signal(signal.SIGCONT)
    eventually(lambda: all(scene.cluster.leader(TOPIC, n)[0].number > 1 for n in range(PARTITIONS)))


def brokers_killed(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    _begun(scene)
    scene.cluster.kafka.kill()
    scene.write(6)
    _in_time(scene)


def ways_cut(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    _begun(scene)
    for proxy in scene.cluster.proxies:
        proxy.become("cut")
    scene.write(6)
    _in_time(scene)


def brokers_wiped(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    """Before the projector has read what was in the topics."""
    _begun(scene)
    scene.projectors[0].send_signal(signal.SIGSTOP)
    scene.write(6)
    scene.world.published()
    scene.cluster.wipe_kafka(scene.wiped)
    scene.write(6)
    scene.world.published()


def relay_killed(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    """When it is about to publish."""
    scene.write(6)
    scene.relays = {source: scene.relay(source) for source in ("audits", "training")}
    scene.projectors = [scene.projector()]
    scene.relays["registry"] = scene.relay("registry", crash_at="relay.before_publish")
    scene.world.killed(scene.relays["registry"])


def projector_killed(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    """When what an event changes is written down, and not done yet."""
    scene.write(6)
    scene.relays = {source: scene.relay(source) for source in SOURCES}
    scene.projectors = [scene.projector(crash_at="projector.after_intent")]
    scene.world.killed(scene.projectors[0])


def projector_frozen(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    """Between folding and writing, while another one takes its partitions over and goes on."""
    scene.write(6)
    scene.relays = {source: scene.relay(source) for source in SOURCES}
    with patch.context() as freezing:
        freezing.setenv("FREEZE_AT", "projector.before_intent")
        frozen = scene.projector()
    eventually(lambda: psutil.Process(frozen.pid).status() == psutil.STATUS_STOPPED)
    other = scene.projector()
    scene.projectors = [frozen, other]
    scene.world.caught_up()
    scene.write(6)
    scene.world.caught_up()
    frozen.send_signal(signal.SIGCONT)
    # It writes, or finds out, at once.
    wait_until(lambda: False, 2)


def poisoned(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    _begun(scene)
    scene.poison()


TRIALS = {
    "the leader of a partition killed": Trial("relay", "acknowledged_by_one", leader_killed, "lacks|follows"),
    "all brokers killed": Trial("relay", "unheard", brokers_killed, "lacks|follows"),
    "the ways to all brokers cut": Trial("relay", "unheard", ways_cut, "lacks|follows"),
    "all brokers wiped": Trial("projector", "feed_not_read", brokers_wiped, "counted"),
    "a relay killed": Trial("relay", "marked_first", relay_killed, "lacks|follows"),
    "the projector killed": Trial("projector", "unfinished", projector_killed, "counted"),
    "the projector frozen past its session": Trial(
        "projector", "overwriting", projector_frozen, "counted|heads"
    ),
    "a poison event": Trial("projector", "not_parked", poisoned, "counted"),
}


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "without its guard"])
@pytest.mark.parametrize("trial", TRIALS)
def test_without_its_guard_the_checker_fails(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trial: str, guarded: bool
) -> None:
    role, guard, fault, says = TRIALS[trial]
    through = {role: ("tests.cluster.broken", "nothing" if guarded else guard)}
    with new_scene(cluster, tmp_path, through) as scene:
        fault(scene, monkeypatch)
        scene.heal()
        scene.write(3)
        if guarded:
            scene.check()
            return
        with pytest.raises(AssertionError, match=says):
            scene.check(60)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "without its guard"])
def test_a_relay_frozen_past_its_lease_publishes_no_more(
    cluster: Cluster, tmp_path: Path, guarded: bool
) -> None:
    """What it had at hand comes again; what is written later comes once, from the one that has the lease."""
    through = {"relay": ("tests.cluster.broken", "nothing" if guarded else "no_fence")}
    with new_scene(cluster, tmp_path, through) as scene:
        _begun(scene)
        frozen = scene.relays["registry"]
        frozen.send_signal(signal.SIGSTOP)
        scene.relays["registry"] = scene.relay("registry")
        scene.write(3)
        scene.world.caught_up()
        scene.world.published()
        frozen.send_signal(signal.SIGCONT)
        scene.write(3)
        before = scene.check()
        scene.write(6)
        again = scene.check() - before
        assert (again == 0) is guarded, f"{again} of 6 came again"
