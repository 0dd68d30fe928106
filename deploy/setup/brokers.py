"""Users and rights on the brokers: each service writes its own topics alone, kpi reads the events of all.

Passwords are kept by the brokers as SCRAM credentials, so a changed one holds from the next connection on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.admin import ACLResourcePatternType as PatternType
from kafka.errors import KafkaError

from deploy.setup.secrets import secret
from deploy.setup.topics import LOGS
from services.eventkit.cloudevents import topic_of
from services.eventkit.settings import kafka_security

#: Makes the topics, enlarges them, and drops them before a restore; reads and writes nothing.
SETUP = "setup"
#: What the projectors read, and the group in which they share it.
PROJECTED = ("registry", "audits", "training")
GROUP = "sxsh-kpi"
_OWN = (ACLOperation.CREATE, ACLOperation.DESCRIBE, ACLOperation.ALTER, ACLOperation.WRITE)
_READS = (ACLOperation.READ, ACLOperation.DESCRIBE)
_KEEPS = (ACLOperation.CREATE, ACLOperation.DESCRIBE, ACLOperation.ALTER, ACLOperation.DELETE)


def set_up_brokers(environ: Mapping[str, str]) -> Iterator[str]:
    """What was done, in sentences. The settings of `KafkaSecurity` are those of an administrator;
    `KAFKA_SECRETS` is the folder of ``kafka_<user>``, a password each. Passwords that have changed are set.
    Raises `KafkaError`, OSError, ValueError, KeyError for a setting."""
    security, bootstrap = kafka_security(environ), environ["KAFKA_BOOTSTRAP_SERVERS"]
    folder = Path(environ["KAFKA_SECRETS"])
    passwords = {user: secret(folder / f"kafka_{user}") for user in (SETUP, *LOGS)}
    with closing(
        KafkaAdminClient(
            bootstrap_servers=bootstrap,
            request_timeout_ms=10_000,
            bootstrap_timeout_ms=30_000,
            **security.options(),
        )
    ) as admin:
        for user, password in passwords.items():
            put = UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, password)
            if refused := admin.alter_user_scram_credentials([put])[user]:
                raise KafkaError(f"{user}: {refused}")
            rights = rights_of(user)
            if refused := admin.create_acls(rights)["failed"]:
                raise KafkaError(f"the rights of {user}: {refused}")
            yield f"{user}: its password is set, {len(rights)} rights"


def rights_of(user: str) -> list[ACL]:
    if user == SETUP:
        return _allowed(user, _KEEPS, ResourceType.TOPIC, "sxsh.", PatternType.PREFIXED)
    rights = [
        right
        for topic in (topic_of(user), f"sxsh.{user}.checkpoints")
        for right in _allowed(user, _OWN, ResourceType.TOPIC, topic)
    ]
    if user == "kpi":
        for log in PROJECTED:
            rights += _allowed(user, _READS, ResourceType.TOPIC, topic_of(log))
        rights += _allowed(user, _READS, ResourceType.GROUP, GROUP)
    return rights


def _allowed(
    user: str,
    operations: Sequence[ACLOperation],
    kind: ResourceType,
    name: str,
    pattern: PatternType = PatternType.LITERAL,
) -> list[ACL]:
    resource = ResourcePattern(kind, name, pattern)
    return [ACL(f"User:{user}", "*", each, ACLPermissionType.ALLOW, resource) for each in operations]
