"""`sxsh sign-in`: a browser signed in to the local system, with nothing to paste."""

from __future__ import annotations

import json
import os
import sys
import webbrowser

import click
import urllib3

from deploy.sxsh.access_commands import make_token
from deploy.sxsh.options import ROLES, districts_option, workspace_option
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace


@click.command("sign-in")
@click.option("--role", "roles", type=ROLES, multiple=True, default=("admin",), show_default=True)
@districts_option
@click.option("--subject", default="local", show_default=True, help="Who you sign in as.")
@click.option("--hours", type=click.FloatRange(0.01, 24 * 31), default=12.0, show_default=True)
@click.option("--print", "only_print", is_flag=True, help="Only print the address; open no browser.")
@workspace_option
def sign_in(
    roles: tuple[str, ...],
    districts: tuple[str, ...],
    subject: str,
    hours: float,
    only_print: bool,
    workspace: Workspace,
) -> None:
    """Open the pages in a browser, signed in; or print an address that signs in once, within ten minutes."""
    url = sign_in_link(workspace, roles, subject=subject, districts=districts, hours=hours)
    click.echo(url)
    if not only_print and _has_screen():
        webbrowser.open(url)


def sign_in_link(
    workspace: Workspace,
    roles: tuple[str, ...],
    *,
    subject: str = "local",
    districts: tuple[str, ...] = (),
    hours: float = 12.0,
) -> str:
    """An address of the running kpi. The token itself stands in no address. Raises `Trouble`."""
    token = make_token(workspace, roles, subject=subject, districts=districts, hours=hours)
    at = workspace.addresses().services["kpi"]
    try:
        answer = urllib3.request(
            "POST",
            f"{at}/sign-in/links",
            headers={"Authorization": f"Bearer {token}"},
            timeout=urllib3.Timeout(connect=2.0, read=10.0),
            retries=False,
        )
    except urllib3.exceptions.HTTPError:
        raise Trouble(
            f"kpi does not answer at {at}. Start the system with `sxsh up`, or see what is wrong with "
            "`sxsh doctor`."
        ) from None
    if answer.status != 201:
        raise Trouble(f"kpi made no address to sign in at (it answered {answer.status}).")
    return f"{at}{json.loads(answer.data)['path']}"


def _has_screen() -> bool:
    given = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return sys.stdout.isatty() and (given or sys.platform == "darwin")
