"""`sxsh revoke`: what somebody signs in with, before it expires, in all services at once."""

from __future__ import annotations

import click

from deploy.sxsh.client import LocalApi
from deploy.sxsh.environment import SERVICES
from deploy.sxsh.options import workspace_option
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace


@click.command()
@click.argument("subject", required=False)
@click.option("--token", "token_id", help="One token alone, by its jti.")
@click.option("--reason", required=True, help="It is kept: the number of the incident, say.")
@workspace_option
def revoke(subject: str | None, token_id: str | None, reason: str, workspace: Workspace) -> None:
    """Believe all that SUBJECT signed in with until now no more, within two seconds.

    SUBJECT is the `sub` of their tokens; an API key is machine:<its name>, and stays revoked.
    """
    if (subject is None) == (token_id is None):
        raise Trouble("Name a subject, or give --token with the jti of one token.")
    what = {"subject": subject} if subject is not None else {"token_id": token_id}
    api = LocalApi(workspace, "operator")
    for service in SERVICES:
        made = api.post(service, "/api/v1/revocations", {**what, "reason": reason})
        click.echo(f"{service}: {made['id']} is revoked.")
