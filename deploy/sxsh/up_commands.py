"""`sxsh up` and `sxsh demo`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from deploy.sxsh.access_commands import make_token
from deploy.sxsh.environment import PROJECT, SERVICES, own_issuer
from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.launcher import System, make_plan
from deploy.sxsh.options import workspace_option
from deploy.sxsh.show_commands import targets_table
from deploy.sxsh.sign_in_commands import sign_in_link
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Addresses, Workspace

port_base_option = click.option(
    "--port-base",
    envvar="PORT_BASE",
    help="Ports are this plus 1 to 5, 17 and 92 (of more servers those after them); `auto` finds free ones "
    "and remembers them.  [default: 8000]",
)


@click.command()
@port_base_option
@workspace_option
def up(port_base: str | None, workspace: Workspace) -> None:
    """Start the whole system here and keep it running until Ctrl-C.

    BROKER=kafka starts Apache Kafka itself in place of tansu, KAFKA_NODES=3 three of it, MONGO_MEMBERS=3 a
    replica set of three.
    """
    run_system(workspace, port_base)


@click.command()
@click.option("--up", "start", is_flag=True, help="Start the system first and keep it running until Ctrl-C.")
@click.option("--once", is_flag=True, help="With --up: stop again after the targets were printed.")
@port_base_option
@workspace_option
def demo(start: bool, once: bool, port_base: str | None, workspace: Workspace) -> None:
    """Load a demonstration province through the public APIs and print its targets."""
    if start:
        sys.exit(run_system(workspace, port_base, then_demo=True, once=once))
    from deploy.sxsh.demo import run

    console = Console(soft_wrap=True)
    services = workspace.addresses().services
    found = run(services, lambda subject, roles: make_token(workspace, roles, subject=subject), console)
    console.print(targets_table(found))


def run_system(
    workspace: Workspace, port_base: str | None, *, then_demo: bool = False, once: bool = False
) -> int:
    """Start, watch, stop. The exit code: that of the demonstration when it ran, else 0."""
    console = Console(soft_wrap=True)
    with workspace.locked() as unclean:
        _interrupt_on(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if unclean:
            console.print("The launcher before this one was killed; going on from what it left.")
        identity = LocalIdentity(workspace.identity)
        identity.ensure()
        plan = make_plan(workspace, port_base, os.environ, unclean)
        workspace.remember(plan.addresses)
        system = System(workspace, identity, plan, console)
        code = 0
        try:
            system.start()
            _say_where(console, workspace, plan.addresses)
            if then_demo:
                code = _demonstrate(system, workspace)
            if not once:
                console.print("Running. Ctrl-C stops everything.")
                system.watch()
        except KeyboardInterrupt:
            console.print()
        finally:
            system.stop()
        return code


def _interrupt_on(*signals: signal.Signals) -> None:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in signals:
        signal.signal(number, interrupt)


def _demonstrate(system: System, workspace: Workspace) -> int:
    """Run the demonstration beside the watch, so that what dies meanwhile is restarted."""
    command = [sys.executable, "-m", "deploy.sxsh.cli", "demo", "--data", str(workspace.root)]
    running = subprocess.Popen(command, cwd=PROJECT)  # noqa: S603
    try:
        system.watch(until=lambda: running.poll() is not None)
    finally:
        if running.poll() is None:
            running.terminate()
            running.wait()
    return running.returncode


def _say_where(console: Console, workspace: Workspace, addresses: Addresses) -> None:
    console.print()
    for name in SERVICES:
        console.print(f"  {name:<9} {addresses.services[name]}/api/v1/docs", highlight=False)
    data = "" if workspace.root == Path.cwd() / ".data" else f" --data {workspace.root}"
    console.print(
        f"\nPages:    {_pages(workspace, addresses)}\n"
        f"Sign in:  {_command()} sign-in{data}  (another time, or with another --role)\n"
        f"A token:  {_command()} token --role admin{data}\n"
        f"Targets:  {_command()} targets{data}\n"
        f"Logs:     {workspace.logs}\n",
        highlight=False,
    )


def _pages(workspace: Workspace, addresses: Addresses) -> str:
    """Where to look; with the local issuer, so that one is signed in there."""
    at = f"{addresses.services['kpi']}/"
    if own_issuer():
        return at
    try:
        return f"{sign_in_link(workspace, ('admin',))}  (signs in once, within ten minutes)"
    except Trouble:
        return at


def _command() -> str:
    """How to call this program from the folder one is in, whether or not the environment is activated."""
    if shutil.which("sxsh"):
        return "sxsh"
    program = Path(sys.executable).parent / "sxsh"
    return str(program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program)
