"""`python -m services.registry relay`: publishes the log, and keeps the query models warm."""

from __future__ import annotations

import sys

from services.eventkit.relay import run_relay
from services.eventkit.settings import Settings
from services.eventkit.telemetry import configure_logging
from services.registry.app import build
from services.registry.container import Container


def main(arguments: list[str]) -> int:
    if arguments != ["relay"]:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    settings = Settings.from_env("registry", process="relay")
    configure_logging("registry", settings.log_level)
    container = build(settings)
    run_relay(log=container.log, settings=settings, on_idle=lambda: _idle(container))
    return 0


def _idle(container: Container) -> None:
    """Query models stay warm, and an import whose worker died is gone on with."""
    container.updater.refresh()
    container.imports.resume()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
