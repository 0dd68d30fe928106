"""`sxsh export`: lists and tables as files."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

import click

from deploy.sxsh.client import LocalApi
from deploy.sxsh.environment import SERVICES
from deploy.sxsh.options import workspace_option
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace

#: How a file's name ends -> what is asked for.
FORMATS = {".csv": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl"}


@click.command()
@click.argument("path")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help=".csv, .xlsx, .jsonl",
)
@workspace_option
def export(path: str, output: Path, workspace: Workspace) -> None:
    """Write a list or a table to a file.

    PATH is the service and the address of the list, with the list's own filters:
    registry/facilities?unit_id=nho-quan, audits/assessments, kpi/targets?on=2020-12-31,
    kpi/targets/K1?table=by_district.
    """
    service, _, rest = path.strip("/").partition("/")
    if service not in SERVICES or not rest:
        raise Trouble(f"PATH begins with one of {', '.join(SERVICES)} and a /, e.g. registry/facilities.")
    address, _, query = rest.partition("?")
    asked = {**dict(parse_qsl(query, keep_blank_values=True)), "format": format_of(output, FORMATS)}
    target = f"/api/v1/{address.removeprefix('api/v1/').rstrip('/')}/export"
    size = LocalApi(workspace).download(service, target, asked, output)
    click.echo(f"{output}: {size:,} bytes")


def format_of(file: Path, known: dict[str, str]) -> str:
    """The format that the name of a file says. Raises `Trouble`."""
    if file.suffix.lower() not in known:
        raise Trouble(f"{file.name} must end with {' or '.join(known)}: that says which format it has.")
    return known[file.suffix.lower()]
