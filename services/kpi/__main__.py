"""`python -m services.kpi project` (one or more), `… snapshots` (builds moments of the past that are asked
for; one or more), `… rebuild`, `… what-if`, `… reports` (makes those that are due) and `… relay` (of official
values)."""

from __future__ import annotations

import gc
import sys

from services.eventkit.relay import run_relay
from services.eventkit.relay.process import stop_on_signals
from services.eventkit.settings import Settings
from services.eventkit.telemetry import configure_logging
from services.kpi.past.process import run_snapshots
from services.kpi.projection.command import run_rebuild
from services.kpi.projection.process import run_projector


def main(arguments: list[str]) -> int:
    gc.freeze()  # what is imported stays: no collection need look at it, least of all the last
    if arguments == ["project"]:
        return run_projector(Settings.from_env("kpi", process="projector"), stop_on_signals())
    if arguments == ["snapshots"]:
        return run_snapshots(Settings.from_env("kpi", process="snapshots"), stop_on_signals())
    if arguments[:1] == ["rebuild"]:
        return run_rebuild(Settings.from_env("kpi", process="projector"), arguments[1:])
    if arguments[:1] == ["what-if"]:
        from services.kpi.what_if import run_what_if  # nor does it need what this reads with

        return run_what_if(Settings.from_env("kpi", process="projector"), arguments[1:])
    if arguments[:1] == ["reports"]:
        from services.kpi.reports.command import run_reports

        return run_reports(Settings.from_env("kpi", process="reports"), arguments[1:])
    if arguments == ["relay"]:
        from services.kpi.app import build_officials  # the projector needs none of the HTTP edge

        settings = Settings.from_env("kpi", process="relay")
        configure_logging("kpi", settings.log_level)
        official = build_officials(settings)
        run_relay(log=official.log, settings=settings, on_idle=official.updater.refresh)
        return 0
    sys.stderr.write(f"{__doc__}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
