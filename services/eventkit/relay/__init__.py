"""The relay: tails the log (the log is the outbox) and publishes to Kafka, at least once, in order."""

from services.eventkit.relay.process import run_relay
from services.eventkit.relay.relay import Relay

__all__ = ["Relay", "run_relay"]
