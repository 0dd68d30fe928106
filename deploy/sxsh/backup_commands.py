"""`sxsh backup` and `sxsh restore`."""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import click
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError, UnknownTopicOrPartitionError
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from rich.console import Console

from deploy.sxsh.backup import restore_backup, take_backup
from deploy.sxsh.backup.contents import API_KEYS, LOGS, NOTES, PUBLIC_KEYS, Manifest, Unusable, manifest_of
from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.options import workspace_option
from deploy.sxsh.servers import MongoServer
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace, write_private
from services.eventkit.cloudevents import topic_of
from services.eventkit.proof.notes import VerifierKey
from services.eventkit.relay.kafka import FOUND_IN
from services.eventkit.settings import kafka_security, mongodb_uri

Client = MongoClient[dict[str, Any]]
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=".", help="File, or folder for it.")
@click.option("--api-keys", type=_FILE, envvar="API_KEYS_FILE", help="Default: the local ones.")
@click.option("--checkpoints", type=_FOLDER, envvar="CHECKPOINT_FOLDER", help="Default: the local ones.")
@click.option(
    "--keys",
    type=_FILE,
    help="Public keys of checkpoints, as `sxsh keys public` prints them (default: those beside them).",
)
@workspace_option
def backup(
    output: Path, api_keys: Path | None, checkpoints: Path | None, keys: Path | None, workspace: Workspace
) -> None:
    """Write what can not be made again into one file, while the system runs: the logs, the wrapped keys of
    persons, signed checkpoints, reports and boundaries, the hashes of API keys.

    The master key of persons is not in it: keep that elsewhere. MONGODB_URI (MONGODB_PASSWORD_FILE) names
    another database than the local one.
    """
    identity = LocalIdentity(workspace.identity)
    uri = _uri_of_environment()
    if uri is None:
        uri = workspace.addresses().mongodb_uri
        api_keys, checkpoints = (
            api_keys or identity.api_keys.path,
            checkpoints or workspace.root / "checkpoints",
        )
    target = output
    if output.is_dir():
        target = output / f"sxsh-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.zip"
    if target.exists():
        raise Trouble(f"{target} is there already. A backup is never written over: name another file.")
    known = _public_keys(identity, checkpoints, keys)
    files = dict(_files(api_keys, checkpoints, known))
    with _reached(uri) as client, _shown("backing up") as say:
        manifest = take_backup(client, target, files, lambda name, count: say(f"{name}: {count}"))
    click.echo(f"{target}: {_told(manifest)}, {target.stat().st_size:,} bytes.")
    click.echo(
        "The master key of persons is not in it: without that key, kept elsewhere, no person can be read."
    )


@click.command()
@click.argument("source", type=_FILE)
@click.option(
    "--api-keys", type=click.Path(path_type=Path), help="Where their file goes, if it is not there."
)
@click.option(
    "--checkpoints",
    type=_FOLDER,
    envvar="CHECKPOINT_FOLDER",
    help="Where files of notes and of public keys go, if they are not there.",
)
@click.option(
    "--keys", type=_FILE, help="Public keys that checkpoints must be signed by (default: those in it)."
)
@click.option("--without-master-key", is_flag=True, help="Do not see whether persons will be readable.")
@workspace_option
def restore(
    source: Path,
    api_keys: Path | None,
    checkpoints: Path | None,
    keys: Path | None,
    without_master_key: bool,
    workspace: Workspace,
) -> None:
    """Check a backup (every byte, every log's chain and signatures) and write it into an EMPTY database.

    Without MONGODB_URI: that of the local system in --data, which must not be running. With
    KAFKA_BOOTSTRAP_SERVERS the topics of events are dropped too: they may hold what the backup does not.
    Query models and projections are made again when the services start.
    """
    identity = LocalIdentity(workspace.identity)
    uri = _uri_of_environment()
    if uri is None:
        api_keys, checkpoints = identity.api_keys.path, workspace.root / "checkpoints"
    master = None if without_master_key else _master_key(identity, local=uri is None)
    try:
        with _database(uri, workspace) as client, _shown("restoring") as say:
            own = _text_in(source, PUBLIC_KEYS) if keys is None else keys.read_text("utf-8")
            known = [VerifierKey.parse(line) for line in own.splitlines() if line.strip()]
            done = restore_backup(client, source, master, lambda log: _of(log, known), say)
    except ValueError as error:
        raise Trouble(str(error)) from None
    _forget_topics()
    for name in done.manifest.members:
        _put_file(name, source, api_keys, checkpoints)
    if uri is None:
        for key in known:
            identity.checkpoint_keys.know(key)
    click.echo(f"Restored: {_told(done.manifest)}, as of {done.manifest.made_at}. Each chain verifies.")
    for log in LOGS:
        click.echo(
            f"  {log}: a checkpoint was signed of {done.signed[log]} of {done.manifest.logs[log].commits}"
        )
    click.echo(
        "Erasures recorded since the backup was taken must be made again: it holds those persons' keys."
    )


def _uri_of_environment() -> str | None:
    try:
        return mongodb_uri(os.environ)
    except ValueError as error:
        raise Trouble(str(error)) from None


@contextlib.contextmanager
def _reached(uri: str) -> Iterator[Client]:
    where = uri.rpartition("@")[2]
    with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=5000, tz_aware=True) as client:
        try:
            yield client
        except PyMongoError as error:
            raise Trouble(f"MongoDB at {where}: {type(error).__name__}: {error}") from error
        except OSError as error:
            raise Trouble(f"{error.filename or 'The backup'}: {error.strerror}.") from error


@contextlib.contextmanager
def _database(uri: str | None, workspace: Workspace) -> Iterator[Client]:
    """That of the environment, or the local system's, started for this alone."""
    if uri is not None:
        with _reached(uri) as client:
            yield client
        return
    with workspace.locked():
        server = MongoServer(workspace.mongo, workspace.log("mongod"))
        server.start()
        try:
            server.wait_ready()
            with _reached(server.uri) as client:
                yield client
        finally:
            server.stop()


@contextlib.contextmanager
def _shown(what: str) -> Iterator[Any]:
    console = Console(stderr=True)
    with console.status(what) as status:
        yield lambda step: status.update(f"{what}: {step}")


def _master_key(identity: LocalIdentity, *, local: bool) -> bytes | None:
    """Of the local system, or of the environment. Raises `Trouble` without one."""
    file = os.environ.get("PERSON_MASTER_KEY_FILE") or (str(identity.master_key_file) if local else "")
    given = os.environ.get("PERSON_MASTER_KEY") or ""
    with contextlib.suppress(OSError):
        given = given or (Path(file).read_text().strip() if file else "")
    if not given:
        place = (
            f"put it into {identity.master_key_file}" if local else "name its file by PERSON_MASTER_KEY_FILE"
        )
        raise Trouble(
            f"The master key of persons is not here, and is in no backup: {place}, or, if it is lost, "
            "use --without-master-key; then no person can be read."
        )
    try:
        return base64.b64decode(given, validate=True)
    except ValueError:
        raise Trouble("The master key of persons must be base64 of 32 bytes.") from None


def _public_keys(identity: LocalIdentity, checkpoints: Path | None, given: Path | None) -> list[str]:
    """Those in the file that was given, or else of the local system and what relays noted down, each once."""
    if given is not None:
        return given.read_text("utf-8").splitlines()
    found = [str(key) for log in LOGS for key in identity.checkpoint_keys.public(log)]
    if checkpoints is not None:
        for noted in sorted(checkpoints.glob("*.keys")):
            found += noted.read_text("utf-8").splitlines()
    return list(dict.fromkeys(found))


def _of(log: str, keys: Sequence[VerifierKey]) -> list[VerifierKey]:
    return [key for key in keys if key.name.startswith(f"sxsh/{log}/")]


def _files(api_keys: Path | None, checkpoints: Path | None, keys: list[str]) -> Iterator[tuple[str, bytes]]:
    if api_keys is not None and api_keys.exists():
        yield API_KEYS, api_keys.read_bytes()
    if checkpoints is not None:
        for name in (f"{log}.{kind}" for log in LOGS for kind in ("notes", "keys")):
            if (checkpoints / name).exists():
                yield f"{NOTES}{name}", (checkpoints / name).read_bytes()
    if keys:
        yield PUBLIC_KEYS, "".join(f"{key}\n" for key in keys).encode()


def _text_in(source: Path, name: str) -> str:
    try:
        with ZipFile(source) as archive:
            manifest_of(archive)
            return archive.read(name).decode() if name in archive.namelist() else ""
    except (BadZipFile, OSError, EOFError) as error:
        raise Unusable(f"{source} can not be read as a backup: {error}.") from None


def _put_file(name: str, source: Path, api_keys: Path | None, checkpoints: Path | None) -> None:
    """Where it is to go, unless something is there."""
    place = api_keys if name == API_KEYS else None
    if name.startswith(NOTES) and checkpoints is not None:
        place = checkpoints / Path(name).name
    if place is not None and not place.exists():
        with ZipFile(source) as archive:
            write_private(place, archive.read(name))


def _forget_topics() -> None:
    """They may hold events that came after the backup: readers would take them for what the log holds."""
    bootstrap = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if not bootstrap:
        return
    try:
        options = kafka_security(os.environ).options()
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap,
            request_timeout_ms=10_000,
            bootstrap_timeout_ms=FOUND_IN,
            **options,
        )
        try:
            for log in LOGS:
                with contextlib.suppress(UnknownTopicOrPartitionError):
                    admin.delete_topics([topic_of(log)])
        finally:
            admin.close()
    except (KafkaError, OSError, ValueError) as error:
        raise Trouble(
            f"The logs are restored, but the topics of {bootstrap} are not dropped: {type(error).__name__}. "
            f"Drop {', '.join(map(topic_of, LOGS))} before the services start: they may hold what no log has."
        ) from error


def _told(manifest: Manifest) -> str:
    return ", ".join(f"{log} {end.commits}" for log, end in sorted(manifest.logs.items())) + " commits"
