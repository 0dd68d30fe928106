"""`sxsh prove`: one event of a log, and what shows that nobody touched it, with no look into a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from deploy.sxsh.client import LocalApi
from deploy.sxsh.environment import LOGS
from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.options import workspace_option
from deploy.sxsh.proof_commands import known_keys
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace
from services.eventkit.commits import decode_body, hash_of
from services.eventkit.errors import SxshError
from services.eventkit.proof.checkpoints import notes_in
from services.eventkit.proof.client import ProofClient, Signed


@click.command()
@click.argument("log", type=click.Choice(LOGS))
@click.argument("event")
@click.option(
    "--kept",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of checkpoints kept from before: the log must begin with what each was signed of.",
)
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the public keys of the checkpoints (default: the local ones).",
)
@workspace_option
def prove(log: str, event: str, kept: Path | None, keys: Path | None, workspace: Workspace) -> None:
    """Show an EVENT of a LOG (its id, or a position) with its commit, and prove it by the last checkpoint."""
    identity = LocalIdentity(workspace.identity)
    url = workspace.addresses().services[log]
    client = ProofClient(url, identity.service_key, f"sxsh/{log}", known_keys(log, keys, workspace))
    position = int(event) if event.isdecimal() else _position(workspace, log, event)
    try:
        latest = client.latest()
        if position > latest.size:
            raise Trouble(f"Commit {position} is not signed yet: the last checkpoint is of {latest.size}.")
        body = client.included(position, latest)
        earlier = [] if kept is None else _earlier(client, kept, latest)
    except SxshError as error:
        raise Trouble(error.detail) from error
    _show(log, body, None if event.isdecimal() else event)
    click.echo(
        f"It is one of the {latest.size} commits that {latest.key.name} signed {latest.checkpoint.at}."
    )
    if earlier:
        click.echo(f"The log still begins with all that {len(earlier)} earlier checkpoints were signed of.")


def _position(workspace: Workspace, log: str, event: str) -> int:
    found: Any = LocalApi(workspace).get(log, f"/api/v1/events/{event}")
    return int(found["commit"]["position"])


def _earlier(client: ProofClient, kept: Path, latest: Signed) -> list[Signed]:
    signed = [client.believed(note) for note in notes_in(kept.read_text("utf-8"))]
    for each in signed:
        if each.size > latest.size:
            raise Trouble(
                f"A checkpoint of {each.size} commits was kept; the log now says {latest.size}: cut off."
            )
        client.consistent(each, latest)
    return signed


def _show(log: str, body: bytes, event: str | None) -> None:
    commit = decode_body(body)
    if event is not None and event not in {record.id for record in commit.events}:
        raise Trouble(f"The commit at {commit.position} does not hold {event}: do not believe this service.")
    click.echo(f"{log} {commit.position}  {commit.stream}@{commit.version}  sha256 {hash_of(body)}")
    click.echo(f"recorded {commit.recorded_at} by {commit.actor}, request {commit.correlation_id or '–'}")
    for record in commit.events:
        if event in (None, record.id):
            data = msgspec.json.format(bytes(record.data), indent=2).decode()
            click.echo(
                f"{record.type} of {record.subject}, true from {record.occurred_on}, {record.id}\n{data}"
            )
