"""`sxsh token` and `sxsh keys`: who may sign in to the local system."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from deploy.sxsh.environment import LOGS, own_issuer
from deploy.sxsh.identity import SERVICE_KEY_NAME, LocalIdentity
from deploy.sxsh.options import ROLES, districts_option, workspace_option
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace


@click.command()
@click.option("--role", "roles", type=ROLES, multiple=True, required=True, help="May be repeated.")
@districts_option
@click.option("--subject", default="local", show_default=True, help="Who the token says you are.")
@click.option("--hours", type=click.FloatRange(0.01, 24 * 366), default=12.0, show_default=True)
@workspace_option
def token(
    roles: tuple[str, ...], districts: tuple[str, ...], subject: str, hours: float, workspace: Workspace
) -> None:
    """Print a bearer token (JWT) for the local system."""
    click.echo(make_token(workspace, roles, subject=subject, districts=districts, hours=hours))


def make_token(
    workspace: Workspace,
    roles: tuple[str, ...] | list[str],
    *,
    subject: str = "local",
    districts: tuple[str, ...] = (),
    hours: float = 12.0,
) -> str:
    issuer = own_issuer()
    if issuer:
        raise Trouble(f"OIDC_ISSUER is set: tokens come from {issuer}. Unset it to use local ones.")
    return LocalIdentity(workspace.identity).token(
        list(roles), subject=subject, districts=list(districts) or None, hours=hours
    )


@click.group()
def keys() -> None:
    """API keys of machines (header X-Api-Key), and the keys that sign checkpoints."""


@keys.command("list")
@workspace_option
def list_keys(workspace: Workspace) -> None:
    """The keys there are: names, roles, districts. The keys themselves are not kept."""
    table = Table("name", "roles", "districts")
    for entry in LocalIdentity(workspace.identity).api_keys.entries():
        districts = entry.get("districts")
        table.add_row(
            entry["name"],
            ", ".join(entry["roles"]),
            "whole province" if districts is None else ", ".join(districts),
        )
    Console().print(table)


@keys.command("add")
@click.argument("name")
@click.option("--role", "roles", type=ROLES, multiple=True, required=True, help="May be repeated.")
@districts_option
@workspace_option
def add_key(name: str, roles: tuple[str, ...], districts: tuple[str, ...], workspace: Workspace) -> None:
    """Make a key and print it, this once only."""
    key = LocalIdentity(workspace.identity).api_keys.add(name, roles, list(districts) or None)
    click.echo(key)
    click.echo("Keep it now: only its hash is stored. It works within a few seconds.", err=True)


@keys.command("revoke")
@click.argument("name")
@workspace_option
def revoke_key(name: str, workspace: Workspace) -> None:
    """Withdraw a key; running services notice within a few seconds."""
    if name == SERVICE_KEY_NAME:
        raise Trouble(f"The services read each other's feeds with the key {name}: it cannot be withdrawn.")
    LocalIdentity(workspace.identity).api_keys.revoke(name)
    click.echo(f"{name} is revoked.")


@keys.command("rotate")
@click.argument("name")
@workspace_option
def rotate_key(name: str, workspace: Workspace) -> None:
    """Sign checkpoints with a new key, named NAME (2027), from the next one on.

    The key before is destroyed; its public part stays, so what it signed stays verifiable.
    """
    checkpoint_keys = LocalIdentity(workspace.identity).checkpoint_keys
    checkpoint_keys.rotate(name)
    click.echo(f"{name} signs from now on. Give auditors its public part too: sxsh keys public")


@keys.command("public")
@workspace_option
def public_keys(workspace: Workspace) -> None:
    """The public keys of all checkpoints ever signed, one a line: what `sxsh verify --keys` takes."""
    checkpoint_keys = LocalIdentity(workspace.identity).checkpoint_keys
    for log in LOGS:
        for key in checkpoint_keys.public(log):
            click.echo(str(key))
