"""`sxsh import` and `sxsh template`: rows of a spreadsheet into the log, after a look at what is wrong."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from deploy.sxsh.client import LocalApi
from deploy.sxsh.export_commands import format_of
from deploy.sxsh.options import workspace_option
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace

#: How a file's name ends -> the format it is in.
FORMATS = {".csv": "csv", ".xlsx": "xlsx"}
#: Kind of rows -> the service that takes them, and the role that may bring them in.
KINDS = {
    "facilities": ("registry", "registrar"),
    "assessments": ("audits", "assessor"),
    "attendance": ("training", "trainer"),
    "answers": ("training", "trainer"),
}
#: Problems shown here; the file of the rejected rows has them all.
SHOWN = 20
_LOOK = 0.3

kind_choice = click.Choice(list(KINDS))
language_option = click.option(
    "--language", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Of the reasons."
)
file_path = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("kind", type=kind_choice)
@click.option("-o", "--output", type=file_path, required=True, help=".xlsx (explains each column) or .csv")
@language_option
@workspace_option
def template(kind: str, output: Path, language: str, workspace: Workspace) -> None:
    """Write an empty file with the columns of a KIND of rows, to fill in and import."""
    service, role = KINDS[kind]
    path = f"/api/v1/imports/templates/{kind}"
    api = LocalApi(workspace, role, language=language)
    api.download(service, path, {"format": format_of(output, FORMATS)}, output)
    click.echo(f"Fill in {output}, then: sxsh import {output} --kind {kind}")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=kind_choice, required=True, help="What its rows are.")
@click.option("--run", is_flag=True, help="Bring the rows in; without it they are only looked at.")
@click.option("--valid-only", is_flag=True, help="With --run: leave out the bad rows instead of stopping.")
@click.option("--rejected", type=file_path, help="Write the bad rows with their reasons here (.xlsx, .csv).")
@language_option
@workspace_option
def import_(
    file: Path,
    kind: str,
    run: bool,
    valid_only: bool,
    rejected: Path | None,
    language: str,
    workspace: Workspace,
) -> None:
    """Look through an .xlsx or .csv FILE, name every problem in it, and with --run bring its rows in.

    The same rows again change nothing.
    """
    service, role = KINDS[kind]
    api, console = LocalApi(workspace, role, language=language), Console()
    asked = {"kind": kind, "format": format_of(file, FORMATS)}
    with file.open("rb") as content:
        made = api.upload(service, "/api/v1/imports", asked, content, "application/octet-stream")
    path = f"/api/v1/imports/{made['id']}"
    job = _rested(api, service, path, console, "looking through")
    click.echo(f"{job['rows']:,} rows: {job['good']:,} good, {job['bad']:,} bad")
    if job["bad"]:
        _say_what_is_wrong(api, service, path, console, job["bad"])
        if rejected is not None:
            api.download(service, f"{path}/rejected", {"format": format_of(rejected, FORMATS)}, rejected)
            click.echo(f"The bad rows are in {rejected}.")
    if not run:
        click.echo("Nothing was brought in. Add --run to do it.")
        return
    if job["bad"] and not valid_only:
        raise Trouble("Nothing was brought in: mend the bad rows, or add --valid-only to leave them out.")
    api.post(service, f"{path}/run", {"rows": "valid" if valid_only else "all"})
    bad, job = job["bad"], _rested(api, service, path, console, "bringing in")
    done = {"brought in": job["written"], "there already": job["same"], "left out": job["refused"]}
    click.echo(", ".join(f"{count:,} {what}" for what, count in done.items()))
    if job["refused"] > bad:
        _say_what_is_wrong(api, service, path, console, job["refused"])
        raise Trouble("Rows that were good at the look were refused in the end. Mend and import them again.")


def _rested(api: LocalApi, service: str, path: str, console: Console, doing: str) -> dict[str, Any]:
    """The import once nothing is under way. Raises `Trouble` when it failed or was called off."""
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(doing, total=None)
        while (job := api.get(service, path))["state"] in ("checking", "running"):
            progress.update(task, completed=job["done"], total=job["rows"] or None)
            time.sleep(_LOOK)
    if job["state"] in ("failed", "cancelled"):
        why = job["failure"]["reason"] if job["failure"] else "somebody called it off"
        raise Trouble(f"The import is {job['state']}: {why}")
    found: dict[str, Any] = job
    return found


def _say_what_is_wrong(api: LocalApi, service: str, path: str, console: Console, bad: int) -> None:
    items = api.get(service, f"{path}/problems", {"limit": SHOWN})["items"]
    table = Table("sheet", "row", "column", "value", "what is wrong")
    for one in items:
        table.add_row(*(str(one[name] or "") for name in ("sheet", "row", "column", "value", "reason")))
    console.print(table)
    if bad > SHOWN:
        click.echo(f"These are the first {len(items)} problems; --rejected FILE writes all the bad rows.")
