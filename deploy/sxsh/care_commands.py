"""`sxsh rebuild`, `sxsh what-if` and `sxsh doctor`: for whoever looks after the system."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

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
    """Build the projection anew from the event feeds, beside the live one, compare the two, and switch.

    \b
    OPTIONS go to `python -m services.kpi rebuild`:
      --pause         have the running build rest
      --resume        go on with one that rests, or that was cut off (so does no option at all)
      --cancel        call it off and drop what it made
      --accept        switch although the sums differ under the same rules
      --processes N   that share the work (default: one a core)
      --worth-it N    commits from which they do (default: 20000)

    A difference to the live generation stops it with exit code 3. /api/v1/projections tells how far it is.
    """
    sys.exit(of_kpi(workspace, "rebuild", options))


@click.command("what-if", context_settings={"ignore_unknown_options": True})
@click.option(
    "--rules",
    required=True,
    type=click.Path(exists=True, dir_okay=False, resolve_path=True),
    help="Rules to try, in the shape of services/kpi/rules/sxsh-2016.yaml.",
)
@click.option("--on", help="The day, like 2018-12-31.")
@click.option("--plan", help="Judged by this plan.")
@click.option("--json", "as_json", is_flag=True, help="Both readings, whole.")
@workspace_option
def what_if(rules: str, on: str | None, plan: str | None, as_json: bool, workspace: Workspace) -> None:
    """Show each target under other RULES beside the live ones. Nothing that is live is changed."""
    given = {"--rules": rules, "--on": on, "--plan": plan}
    options = [word for name, value in given.items() if value is not None for word in (name, value)]
    sys.exit(of_kpi(workspace, "what-if", [*options, *(["--json"] if as_json else [])]))


def of_kpi(workspace: Workspace, action: str, options: Sequence[str]) -> int:
    """The exit code of an action of the service, in its environment."""
    environment = settings_of(workspace.addresses(), LocalIdentity(workspace.identity))
    environment["MONGODB_DATABASE"] = "sxsh_kpi"
    return subprocess.run(  # noqa: S603
        [*module_command("kpi", action), *options], env=environment, cwd=PROJECT, check=False
    ).returncode


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
