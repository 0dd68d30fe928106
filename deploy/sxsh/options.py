"""Options and checks that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from deploy.sxsh.workspace import Workspace
from services.eventkit.identity import Role

F = TypeVar("F", bound=Callable[..., Any])

ROLES = click.Choice([role.value for role in Role])


def _workspace(_context: click.Context, _option: click.Parameter, path: Path) -> Workspace:
    return Workspace(path)


def workspace_option(command: F) -> F:
    """`--data`, given to the command as `workspace`."""
    return click.option(
        "--data",
        "workspace",
        type=click.Path(file_okay=False, path_type=Path),
        default=".data",
        show_default=True,
        envvar="SXSH_DATA",
        callback=_workspace,
        help="Folder that the local system keeps everything in.",
    )(command)


def districts_option(command: F) -> F:
    return click.option(
        "--district",
        "districts",
        multiple=True,
        help="Limit to this district (unit id, e.g. nho-quan); may be repeated. Without: the whole province.",
    )(command)
