"""`sxsh reorganisation`: changes of administrative units as data, announced and carried out."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.sxsh.client import LocalApi
from deploy.sxsh.options import workspace_option
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace
from deploy.sxsh.yaml_files import read_yaml

PATH = "/api/v1/reorganisations"


@click.group()
def reorganisation() -> None:
    """Administrative reorganisations: units renamed, merged, split or ended by one act."""


@reorganisation.command()
@click.argument("which", metavar="FILE|NAME")
@click.option("--apply", "carry_out", is_flag=True, help="Carry it out too: units, then facilities.")
@workspace_option
def load(which: str, carry_out: bool, workspace: Workspace) -> None:
    """Announce a reorganisation from a YAML FILE, or one that comes with the registry by its NAME.

    NAME is ninh-binh-2025-01 or ninh-binh-2025-07. The same again changes nothing.
    """
    api = LocalApi(workspace, "admin")
    path = Path(which)
    if path.suffix in (".yaml", ".yml"):
        body = read_yaml(path)
        if "id" not in body:
            raise Trouble(f"{path} holds no reorganisation: it must have `id`, `title`, `changes` …")
        id_, receipt = body["id"], api.post("registry", PATH, body)
    else:
        id_, receipt = which, api.post("registry", f"{PATH}/loads", {"name": which})
    click.echo(f"{id_}: {'announced' if receipt['events'] else 'announced already, nothing changed'}")
    if carry_out:
        api.post("registry", f"{PATH}/{id_}/application")
        found = api.get("registry", f"{PATH}/{id_}")
        click.echo(
            f"{id_}: {found['units']} units changed, {found['facilities_moved']} facilities moved, "
            f"{found['facilities_waiting']} wait at the unit that ended"
        )
