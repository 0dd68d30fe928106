"""The checkpoints of a log as its relay makes them: what signs them, and where they go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog
from pymongo.database import Database

from services.eventkit.kafka_security import OPEN, KafkaSecurity
from services.eventkit.log import EventLog
from services.eventkit.proof.checkpoints import Checkpointer, FileSigner, Sink, file_sink, signer_of
from services.eventkit.relay.kafka import KafkaPublisher, ensure_topic
from services.eventkit.settings import Settings, SettingsError

LOG = structlog.get_logger("relay")


class TopicSink:
    """Publishes each note, with a producer for it alone: there is one a minute. Raises `KafkaError`."""

    def __init__(self, bootstrap: str, topic: str, security: KafkaSecurity = OPEN) -> None:
        self._bootstrap, self._topic, self._security = bootstrap, topic, security

    def __call__(self, note: str) -> None:
        ensure_topic(self._bootstrap, self._topic, 1, self._security)
        publisher = KafkaPublisher(self._bootstrap, self._security)
        try:
            publisher.send(self._topic, 0, None, note.encode())
            publisher.flush()
        finally:
            publisher.close()


def checkpointer_of(
    settings: Settings, log: EventLog, database: Database[dict[str, Any]]
) -> Checkpointer | None:
    """What makes a log's checkpoints by the settings; None when they name no key. Raises `SettingsError`
    for one that can not be used."""
    if settings.checkpoint_key_file is None:
        LOG.warning("no checkpoints are signed: CHECKPOINT_KEY_FILE is not set")
        return None
    path = Path(settings.checkpoint_key_file)
    try:
        key = signer_of(log.source, path).verifier
    except (OSError, ValueError) as error:
        raise SettingsError(settings.service, [f"CHECKPOINT_KEY_FILE can not be used: {error}"]) from error
    LOG.info("checkpoints are signed", public_key=str(key))
    sinks: list[Sink] = []
    known: Path | None = None
    if settings.checkpoint_folder is not None:
        folder = Path(settings.checkpoint_folder)
        known = folder / f"{log.source}.keys"
        sinks.append(file_sink(folder / f"{log.source}.notes"))
    if settings.kafka_bootstrap_servers is not None:
        topic = f"sxsh.{log.source}.checkpoints"
        sinks.append(TopicSink(settings.kafka_bootstrap_servers, topic, settings.kafka_security))
    quiet = settings.checkpoint_quiet_seconds
    return Checkpointer(log, database, FileSigner(log.source, path, known), sinks, quiet=quiet)
