"""`sxsh targets` and `sxsh feed`: what stands in the running system."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from deploy.sxsh.client import PATIENCE, LocalApi, Query, Refused
from deploy.sxsh.environment import LOGS
from deploy.sxsh.options import workspace_option
from deploy.sxsh.workspace import Workspace

PAGE = 1000


@click.command()
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day to look at (default: the service's).")
@click.option("--known-at", help="What had been recorded by then: a day, or an instant with its offset.")
@workspace_option
def targets(on: datetime | None, known_at: str | None, workspace: Workspace) -> None:
    """The targets of the plan, as /api/v1/targets gives them."""
    query = {"on": on.date() if on else None, "known_at": known_at}
    Console().print(targets_table(_patiently(LocalApi(workspace), query)))


def _patiently(api: LocalApi, query: Query) -> Any:
    """Waits while a moment of the past is being built."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return api.get("kpi", "/api/v1/targets", query)
        except Refused as refused:
            if refused.status != 503 or time.monotonic() > end:
                raise
            time.sleep(refused.retry_after)


def targets_table(answer: dict[str, Any]) -> Table:
    position = ", ".join(f"{log} {at}" for log, at in answer["position"].items())
    known = f"known at {answer['known_at']}, " if answer["known_at"] else ""
    table = Table(
        title=f"{answer['plan']['name']['vi']}\n{answer['plan']['name']['en']}",
        caption=f"on {answer['as_of']}, {known}applied up to {position}; rules {answer['rules']['id']} "
        f"{answer['rules']['version']}",
    )
    for heading in ("code", "chỉ tiêu / target"):
        table.add_column(heading, overflow="fold")
    for heading in ("value", "of", "target", "met"):
        table.add_column(heading, justify="right")
    for target in answer["targets"]:
        table.add_row(
            target["code"],
            f"{target['name']['vi']}\n[dim]{target['name']['en']}[/]",
            percent(target["decimal"]) if target["value"] is not None else _reason(target),
            _fraction(target),
            percent(target["target"]),
            {True: "[green]yes[/]", False: "[red]no[/]", None: "–"}[target["met"]],
        )
    return table


def percent(ratio: str | None) -> str:
    return "–" if ratio is None else f"{float(ratio) * 100:.2f}%"


def _fraction(target: dict[str, Any]) -> str:
    """Numerator and denominator with their unit; grams of oil equivalent as the tonnes people speak of."""
    in_tonnes = target["unit"] == "goe"
    shown = [
        "–" if value is None else f"{value / 1_000_000:,.0f}" if in_tonnes else f"{value:,}"
        for value in (target["numerator"], target["denominator"])
    ]
    return f"{' / '.join(shown)}\n[dim]{'TOE' if in_tonnes else target['unit']}[/]"


def _reason(target: dict[str, Any]) -> str:
    return "no value" if not target["reason"] else f"[dim]{target['reason']['en']}[/]"


@click.command()
@click.argument("log", type=click.Choice(LOGS))
@click.option(
    "--after", type=click.IntRange(0), default=0, show_default=True, help="Position to begin after."
)
@click.option("--follow", is_flag=True, help="Go on as new commits arrive, until Ctrl-C.")
@click.option("--json", "raw", is_flag=True, help="The lines as they are hashed, nothing else.")
@workspace_option
def feed(log: str, after: int, follow: bool, raw: bool, workspace: Workspace) -> None:
    """The commits of a log, one a line."""
    api = LocalApi(workspace)
    try:
        while True:
            wait = 20 if follow else 0
            answer = api.raw(log, "/api/v1/events", {"after": after, "limit": PAGE, "wait": wait})
            lines = answer.data.splitlines()
            for line in lines:
                commit = json.loads(line)
                after = commit["position"]
                click.echo(line.decode() if raw else _one_line(commit))
            if not lines:
                if not follow:
                    return
                time.sleep(0.2)
    except KeyboardInterrupt:
        return


def _one_line(commit: dict[str, Any]) -> str:
    types = ", ".join(event["type"] for event in commit["events"])
    at = str(commit["recorded_at"])[:19]
    what = f"{commit['stream']}@{commit['version']}  {types}"
    return f"{commit['position']:>8}  {at}  {what}  by {commit['actor']}"
