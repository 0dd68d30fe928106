"""How brokers are spoken to: in the clear, over TLS, with a name and a password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")


@dataclass(frozen=True)
class KafkaSecurity:
    """`cafile` is whom certificates are believed to be signed by (PEM); None: whom this host believes."""

    protocol: str = "PLAINTEXT"
    cafile: str | None = None
    mechanism: str = MECHANISMS[0]
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def wrong(self) -> str | None:
        """What is wrong with it, in a sentence."""
        signs_in = self.protocol.startswith("SASL")
        named = "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"
        if signs_in and not (self.username and self.password):
            return f"KAFKA_SECURITY_PROTOCOL {self.protocol} needs {named} (or KAFKA_SASL_PASSWORD_FILE)."
        if not signs_in and (self.username or self.password):
            return f"{named} need KAFKA_SECURITY_PROTOCOL SASL_SSL (or SASL_PLAINTEXT)."
        if self.cafile is not None and not Path(self.cafile).is_file():
            return f"KAFKA_SSL_CAFILE {self.cafile} is not there."
        return None

    def options(self) -> Mapping[str, Any]:
        """For kafka-python's clients. Host names are checked against the certificate."""
        if self.protocol == "PLAINTEXT":
            return {}
        found: dict[str, Any] = {"security_protocol": self.protocol}
        if self.protocol.endswith("SSL"):
            found |= {"ssl_check_hostname": True, "ssl_cafile": self.cafile}
        if self.protocol.startswith("SASL"):
            found |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return found


#: Of a broker that asks nothing.
OPEN = KafkaSecurity()
