"""`sxsh evidence`: a value with all that it rests on, for somebody who does not take our word."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bars

from deploy.sxsh.client import LocalApi
from deploy.sxsh.evidence.bundle import Asked, write
from deploy.sxsh.evidence.sources import ApiSource
from deploy.sxsh.evidence.verifier import TARGETS
from deploy.sxsh.options import workspace_option
from deploy.sxsh.proof_commands import known_keys
from deploy.sxsh.workspace import Workspace


class _Shown:
    """One bar for each log, and a line that says what is being done."""

    def __init__(self, bars: Bars) -> None:
        self._bars, self._known = bars, {}  # type: ignore[var-annotated]
        self._line = bars.add_task("", total=None)

    def say(self, what: str) -> None:
        self._bars.update(self._line, description=what)

    def count(self, what: str, done: int, total: int) -> None:
        if what not in self._known:
            self._known[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._known[what], completed=done)


@click.command()
@click.option("--target", type=click.Choice(list(TARGETS)), required=True)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day it was true for.")
@click.option(
    "--known-at", help="What had been recorded by then: a day, or an instant with its offset (default: now)."
)
@click.option("--plan", help="Judged by this plan (default: the service's).")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the public keys of the checkpoints (default: the local ones).",
)
@workspace_option
def evidence(
    target: str,
    on: datetime,
    known_at: str | None,
    plan: str | None,
    output: Path,
    keys: Path | None,
    workspace: Workspace,
) -> None:
    """Write a bundle that proves a target's value: `python verify.py BUNDLE` checks it anywhere.

    It holds the commits of the logs up to that moment, the rules, the plan, signed checkpoints, proofs, a
    report and the program that checks it all. Persons' names are in it as they are in the logs: sealed.
    """
    lines = [str(key) for log in TARGETS[target][1] for key in known_keys(log, keys, workspace)]
    asked = Asked(target, f"{on.date()}", known_at or datetime.now(UTC).isoformat(), plan)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        shown = _Shown(bars)
        source = ApiSource(LocalApi(workspace), shown.say)
        verdict = write(source, asked, "\n".join(dict.fromkeys(lines)), output, shown)
    click.echo(f"{output}: {output.stat().st_size:,} bytes")
    for code, value in verdict.values.items():
        click.echo(f"  {code} = {value.exact or 'no value'}, met: {value.met}")
    for _, limit in verdict.limits:
        click.echo(f"  not confirmed by any signature (a later bundle may show it): {limit}")
    click.echo(f"Check it: unzip {output} verify.py, then python verify.py {output} --keys KEYS")
