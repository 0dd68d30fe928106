"""`sxsh rebuild` and `sxsh doctor`: for whoever looks after the system."""

from __future__ import annotations

import subprocess
import sys

import click
from rich.console import Console
from rich.table import Table

from deploy.sxsh.doctor import examine
from deploy.sxsh.environment import PROJECT, module_command, settings_of
from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.options import workspace_option
from deploy.sxsh.workspace import Workspace


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@workspace_option
def rebuild(options: tuple[str, ...], workspace: Workspace) -> None:
    """Build the projection anew from the event feeds, beside the old one, and switch to it.

    OPTIONS go to `python -m services.kpi rebuild`.
    """
    environment = settings_of(workspace.addresses(), LocalIdentity(workspace.identity))
    environment["MONGODB_DATABASE"] = "sxsh_kpi"
    done = subprocess.run(  # noqa: S603
        [*module_command("kpi", "rebuild"), *options], env=environment, cwd=PROJECT, check=False
    )
    sys.exit(done.returncode)


@click.command()
@workspace_option
def doctor(workspace: Workspace) -> None:
    """Look for what is wrong and say how to mend it; exit code 1 when something is."""
    table = Table("", "what", "found", "mend", show_lines=False)
    findings = list(examine(workspace))
    for finding in findings:
        table.add_row(
            "[green]✓[/]" if finding.good else "[red]✗[/]", finding.what, finding.found, finding.mend
        )
    Console().print(table)
    bad = sum(not finding.good for finding in findings)
    click.echo("Nothing is wrong." if not bad else f"{bad} to mend.")
    sys.exit(1 if bad else 0)
