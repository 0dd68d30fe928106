"""`sxsh verify`: whether a log is still what was signed of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.sxsh.environment import LOGS
from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.options import workspace_option
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace
from services.eventkit.proof.checkpoints import Notes, notes_in, roots_of
from services.eventkit.proof.notes import Checkpoint, VerifierKey
from services.eventkit.proof.verifications import Verifications
from services.eventkit.verify import Verdict, verify_documents


@click.command()
@click.argument("logs", nargs=-1, type=click.Choice(LOGS))
@click.option("--mongodb-uri", help="Another database than that of the local system.")
@click.option(
    "--checkpoints",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with <log>.notes, kept elsewhere; beside those in the database.",
)
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the keys that signed them, as `sxsh keys public` prints it (default: the local ones).",
)
@workspace_option
def verify(
    logs: tuple[str, ...],
    mongodb_uri: str | None,
    checkpoints: Path | None,
    keys: Path | None,
    workspace: Workspace,
) -> None:
    """Walk the chain of the LOGS (default: all) and name the first commit that does not hold.

    What was done to it is told apart: changed, removed, inserted, reordered, cut off, or rewritten since a
    checkpoint was signed. Exit code 1 when something is found.
    """
    uri = mongodb_uri or workspace.addresses().mongodb_uri
    folder = checkpoints or workspace.root / "checkpoints"
    client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=5000, tz_aware=True)
    try:
        verdicts = [_verified(log, client, folder, known_keys(log, keys, workspace)) for log in logs or LOGS]
    except PyMongoError as error:
        where = uri.rpartition("@")[2]
        raise Trouble(f"MongoDB at {where} does not answer: {type(error).__name__}.") from error
    finally:
        client.close()
    sys.exit(0 if all(verdict.whole for verdict in verdicts) else 1)


def _verified(
    log: str, client: MongoClient[dict[str, Any]], folder: Path, keys: Sequence[VerifierKey]
) -> Verdict:
    database = client[f"sxsh_{log}"]
    notes = list(_notes(log, folder, Notes(database)))
    try:
        roots = roots_of(notes, keys, f"sxsh/{log}")
    except ValueError as error:
        raise Trouble(f"The checkpoints of {log} do not hold: {error}") from error
    commits = database["log"]
    columns = (TextColumn(log), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(log, total=commits.estimated_document_count())
        verdict = verify_documents(
            commits.find().sort("_id", 1), roots, lambda checked: progress.update(task, completed=checked)
        )
    try:
        Verifications(database).add(verdict, datetime.now(UTC))
    except OperationFailure as error:
        click.echo(f"{log}: operators will not see this, it could not be kept: code {error.code}.", err=True)
    if verdict.whole:
        click.echo(f"{log}: whole, {verdict.checked} commits. {signed(verdict.checked, notes)}")
    else:
        click.echo(f"{log}: {verdict.fault} at commit {verdict.position}: {verdict.reason}.")
    return verdict


def signed(commits: int, notes: Sequence[str]) -> str:
    """What the checkpoints of a log that is whole show of it, and what they do not."""
    if not notes:
        return "No checkpoint was signed yet: nothing shows that it was not rewritten, or its end cut off."
    last = max((Checkpoint.parse(note) for note in notes), key=lambda one: (one.size, one.at))
    if last.size < commits:
        return (
            f"Of {last.size} it was signed at {last.at} that these were all; the {commits - last.size} since "
            "then hold in the chain, but nothing signed shows yet that they are what was recorded."
        )
    return (
        f"It was signed at {last.at} that there were just these; nothing shows whether more was recorded "
        "since then and cut off."
    )


def _notes(log: str, folder: Path, stored: Notes) -> Iterator[str]:
    yield from stored.all()
    file = folder / f"{log}.notes"
    if file.exists():
        yield from notes_in(file.read_text("utf-8"))


def known_keys(log: str, file: Path | None, workspace: Workspace) -> list[VerifierKey]:
    """Those in the file, or without one the local system's own of this log."""
    if file is not None:
        try:
            return [VerifierKey.parse(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
        except ValueError as error:
            raise Trouble(f"{file}: {error}") from error
    return LocalIdentity(workspace.identity).checkpoint_keys.public(log)
