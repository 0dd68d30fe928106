"""``python -m services.audits relay``: publishes the log and keeps the list and the directory warm."""

from __future__ import annotations

import sys

from services.audits.app import build
from services.eventkit.relay import run_relay
from services.eventkit.settings import Settings
from services.eventkit.telemetry import configure_logging


def main(arguments: list[str]) -> int:
    if arguments != ["relay"]:
        sys.stderr.write("Usage: python -m services.audits relay\n")
        return 2
    settings = Settings.from_env("audits", process="relay")
    configure_logging("audits-relay", settings.log_level)
    container = build(settings)

    def warm() -> None:
        container.updater.refresh()
        container.directory.refresh()
        container.imports.resume()

    run_relay(log=container.log, settings=settings, on_idle=warm)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
