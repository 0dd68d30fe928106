"""`sxsh official`: values frozen for the end of a period, and how far the live ones are from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from deploy.sxsh.client import LocalApi
from deploy.sxsh.options import workspace_option
from deploy.sxsh.show_commands import percent
from deploy.sxsh.workspace import Workspace

PATH = "/api/v1/official-values"
DAY = click.DateTime(["%Y-%m-%d"])
SHOWN = ("K1", "K2a", "K2b", "K3")

known_at_option = click.option(
    "--known-at", help="What had been recorded by then: a day, or an instant with its offset (default: now)."
)
despite_option = click.option(
    "--despite",
    type=click.Choice(["parked", "lag"]),
    multiple=True,
    help="Although subjects are parked, or not all that is recorded is applied. It is kept with the values.",
)


@click.group()
def official() -> None:
    """Official values: what the department stands by, whatever is recorded later."""


@official.command()
@click.option("--on", type=DAY, required=True, help="The end of the period.")
@click.option("--label", required=True, help="What it is frozen for, e.g. 'Báo cáo năm 2018'.")
@click.option("--plan", help="Judged by this plan (default: the service's).")
@known_at_option
@despite_option
@workspace_option
def freeze(
    on: datetime,
    label: str,
    plan: str | None,
    known_at: str | None,
    despite: tuple[str, ...],
    workspace: Workspace,
) -> None:
    """Freeze all targets of a plan as they are known. Once; then they can only be corrected."""
    api = LocalApi(workspace, "operator")
    body = {"on": f"{on.date()}", "label": label, "plan": plan, "known_at": known_at, "despite": despite}
    receipt = api.post("kpi", PATH, {name: value for name, value in body.items() if value is not None})
    _show(api, receipt["id"])


@official.command()
@click.argument("period", metavar="PLAN.DAY")
@click.option("--label", required=True)
@click.option("--reason", required=True, help="Why what was frozen is not to hold any more.")
@known_at_option
@despite_option
@workspace_option
def correct(
    period: str,
    label: str,
    reason: str,
    known_at: str | None,
    despite: tuple[str, ...],
    workspace: Workspace,
) -> None:
    """Freeze the values as they are known in the place of those that hold."""
    api = LocalApi(workspace, "operator")
    held = api.get("kpi", f"{PATH}/{period}")["official"]["official_id"]
    body = {"corrects": held, "label": label, "reason": reason, "known_at": known_at, "despite": despite}
    said = {name: value for name, value in body.items() if value is not None}
    api.post("kpi", f"{PATH}/{period}/corrections", said)
    _show(api, period)


@official.command("list")
@workspace_option
def list_official(workspace: Workspace) -> None:
    """What is official, the latest period first, beside what is known now."""
    api = LocalApi(workspace)
    table = Table("plan, day", "label", "by", *(f"{code}\n[dim]now[/]" for code in SHOWN), "sha256")
    cursor: str | None = None
    while True:
        page = api.get("kpi", PATH, {"limit": 200, "cursor": cursor})
        for row in page["items"]:
            table.add_row(*_row(api, row))
        cursor = page["next"]
        if cursor is None:
            break
    Console().print(table)


def _row(api: LocalApi, row: dict[str, Any]) -> list[str]:
    live = api.get("kpi", "/api/v1/targets", {"plan": row["plan_id"], "on": row["on"]})
    found = {target["code"]: target for target in live["targets"]}
    corrected = f"\n[yellow]corrected {row['corrections']} x[/]" if row["corrections"] else ""
    return [
        f"{row['plan_id']}\n{row['on']}",
        f"{row['label']}{corrected}",
        f"{row['by']}\n[dim]{row['read_at'][:16]}[/]",
        *(_beside(found[code]) for code in SHOWN),
        row["sha256"][:12],
    ]


def _beside(target: dict[str, Any]) -> str:
    held = target["official"]
    if held is None:
        return "–"
    now = f"[yellow]{percent(target['decimal'])}[/]" if held["restated"] else "[dim]same[/]"
    return f"{percent(held['decimal'])}\n{now}"


def _show(api: LocalApi, period: str) -> None:
    found = api.get("kpi", f"{PATH}/{period}")["official"]
    values = {target["code"]: target for target in found["reading"]["targets"]}
    click.echo(f"{period}: official as {found['official_id']}, sha256 {found['sha256']}")
    for code in SHOWN:
        one = values[code]
        click.echo(f"  {code:<4} {percent(one['decimal']):>8}  {one['value'] or one['reason']['en']}")
    for lacking in found["lacking"]:
        click.echo(f"  lacking: {lacking['detail']}")
