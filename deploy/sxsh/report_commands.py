"""`sxsh report`: the report of a year or a quarter as a file, and those that are due."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from deploy.sxsh.care_commands import of_kpi
from deploy.sxsh.client import PATIENCE, LocalApi, Query, Refused
from deploy.sxsh.export_commands import format_of
from deploy.sxsh.options import workspace_option
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace

FORMATS = {".pdf": "pdf", ".xlsx": "xlsx", ".json": "json"}
#: A wait longer than this is not one that ends by itself.
LONG = 60.0


@click.command()
@click.option("--year", type=int, help="Of a year that is over, or of one of its quarters.")
@click.option("--quarter", type=click.IntRange(1, 4))
@click.option("--due", is_flag=True, help="Make and keep all that are due; with --year, that one anew.")
@click.option("--plan", help="Judged by this plan (default: the service's).")
@click.option("--known-at", help="As it was known then: a day, or an instant with its offset.")
@click.option("--lang", type=click.Choice(["vi", "en"]), help="Default: vi; with --due both.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help=".pdf, .xlsx or .json")
@workspace_option
def report(
    year: int | None,
    quarter: int | None,
    due: bool,
    plan: str | None,
    known_at: str | None,
    lang: str | None,
    output: Path | None,
    workspace: Workspace,
) -> None:
    """Write the report of a year or a quarter to a file: the same bytes from the same log positions."""
    if due:
        if known_at or output:
            raise Trouble("--due makes reports as of now and keeps them: it takes no --known-at, and no -o.")
        given = {"--plan": plan, "--year": year, "--quarter": quarter, "--lang": lang}
        words = [word for name, value in given.items() if value is not None for word in (name, str(value))]
        sys.exit(of_kpi(workspace, "reports", words))
    if year is None or output is None:
        raise Trouble("Say which and where: sxsh report --year 2018 -o report.pdf. Or --due.")
    path = f"/api/v1/reports/{year}" + (f"/quarters/{quarter}" if quarter else "")
    format_ = format_of(output, FORMATS)
    asked = {"format": format_, "lang": lang or "vi", "plan": plan, "known_at": known_at}
    click.echo(f"{output}: {_patiently(LocalApi(workspace), path, asked, output):,} bytes")


def _patiently(api: LocalApi, path: str, asked: Query, output: Path) -> int:
    """Waits while a moment of the past is being built, or others' reports are set."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return api.download("kpi", path, asked, output)
        except Refused as refused:
            if refused.status != 503 or refused.retry_after > LONG or time.monotonic() > end:
                raise
            time.sleep(refused.retry_after)
