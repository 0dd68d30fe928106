"""`python -m services.registry relay`: publishes the log, and keeps the query models warm."""

from __future__ import annotations

import sys

from services.eventkit.relay import run_relay
from services.eventkit.settings import Settings
from services.eventkit.telemetry import configure_logging
from services.registry.app import build


def main(arguments: list[str]) -> int:
    if arguments != ["relay"]:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    settings = Settings.from_env("registry", process="relay")
    configure_logging("registry", settings.log_level)
    container = build(settings)
    run_relay(log=container.log, settings=settings, on_idle=container.updater.refresh)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
