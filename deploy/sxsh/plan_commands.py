"""`sxsh plan`: plans from files into the registry, and one province judged under each of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from deploy.sxsh.client import LocalApi
from deploy.sxsh.options import workspace_option
from deploy.sxsh.show_commands import percent
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace
from deploy.sxsh.yaml_files import read_yaml

#: The plans that come with the system.
FOLDER = Path(__file__).parent / "plans"
COLOURS = {
    **dict.fromkeys(("met", "on-track"), "green"),
    "at-risk": "yellow",
    **dict.fromkeys(("missed", "off-track"), "red"),
}


@click.group()
def plan() -> None:
    """Plans: their targets, task groups and tasks, as data."""


@plan.command()
@click.argument("which", metavar="FILE|ID|all")
@click.option("--reason", help="Why, when a plan that is loaded already is revised.")
@workspace_option
def load(which: str, reason: str | None, workspace: Workspace) -> None:
    """Load a plan from a YAML FILE, or one that comes with the system by its ID, or `all` of those.

    The same plan again changes nothing.
    """
    api = LocalApi(workspace, "admin")
    for found in plans(which):
        body = {**found, **({"reason": reason} if reason else {})}
        receipt = api.post("registry", "/api/v1/plans", body)
        done = f"loaded, {receipt['position']}" if receipt["events"] else "stands already, nothing changed"
        click.echo(f"{found['id']}: {done}")


@plan.command("list")
@workspace_option
def list_plans(workspace: Workspace) -> None:
    """The plans that are loaded, and those that come with the system."""
    loaded = {one["id"]: one for one in _loaded(LocalApi(workspace))}
    table = Table("id", "kế hoạch / plan", "from", "to", "targets", "loaded")
    for id_, one in (shipped() | loaded).items():
        codes = one.get("codes") or [target["code"] for target in one.get("targets", ())]
        table.add_row(
            id_,
            f"{one['name']['vi']}\n[dim]{one['name']['en']}[/]",
            str(one["start"]),
            str(one["due"]),
            ", ".join(codes),
            "[green]yes[/]" if id_ in loaded else "no",
        )
    Console().print(table)


@plan.command()
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day to look at (default: the service's).")
@workspace_option
def compare(on: datetime | None, workspace: Workspace) -> None:
    """The same province under every known plan, side by side, as /api/v1/targets/comparison judges it."""
    api = LocalApi(workspace)
    loaded = max((one["position"] for one in _loaded(api)), default=None)
    asked = {
        "on": on.date() if on else None,
        # What was loaded a moment ago is among them.
        "after": loaded and f"registry:{loaded}",
    }
    Console().print(comparison(api.get("kpi", "/api/v1/targets/comparison", asked)))


def comparison(answer: dict[str, Any]) -> Table:
    """A row an indicator that any of the plans has a target for, a column a plan."""
    rules, plans_ = answer["rules"], answer["plans"]
    table = Table(title=f"on {answer['as_of']}", caption=f"rules {rules['id']} {rules['version']}")
    for heading in ("code", "chỉ tiêu / target"):
        table.add_column(heading, overflow="fold")
    for one in plans_:
        table.add_column(one["id"], justify="right")
    for row in zip(*(one["targets"] for one in plans_), strict=True):
        if any(target["target"] is not None for target in row):
            name = row[0]["name"]
            table.add_row(row[0]["code"], f"{name['vi']}\n[dim]{name['en']}[/]", *map(judged, row))
    return table


def judged(target: dict[str, Any]) -> str:
    """The value, what the plan asks for by its milestone, how it stands and where it leads."""
    value = percent(target["decimal"])
    if target["target"] is None:
        return f"{value}\n[dim]no target[/]"
    said = f"{value}\n[dim]>= {percent(target['target'])} by {target['milestone_on']}[/]"
    ahead = target["forecast"]
    leads = "" if ahead is None else f", leads to {percent(ahead['decimal'])}"
    return f"{said}\n[{COLOURS.get(target['status'], 'dim')}]{target['status'].replace('-', ' ')}[/]{leads}"


def shipped() -> dict[str, dict[str, Any]]:
    """Id -> plan, of those that come with the system."""
    return {path.stem: read(path) for path in sorted(FOLDER.glob("*.yaml"))}


def plans(which: str) -> list[dict[str, Any]]:
    """What `which` names: a file, an id or `all`. Raises `Trouble`."""
    if which == "all":
        return list(shipped().values())
    own = FOLDER / f"{which}.yaml"
    path = own if own.exists() else Path(which)
    if not path.exists():
        raise Trouble(f"There is no file {which}, and no plan of that id; there are {', '.join(shipped())}.")
    return [read(path)]


def read(path: Path) -> dict[str, Any]:
    """The plan in a file. `occurred_on` is the day it is in force from: by default its start.

    Raises `Trouble` when the file holds no plan; what is wrong with one, the registry says.
    """
    found = read_yaml(path)
    if not {"id", "start"} <= found.keys():
        raise Trouble(f"{path} holds no plan: it must have `id`, `name`, `source`, `start`, `due` …")
    return {"occurred_on": found["start"], **found}


def _loaded(api: LocalApi) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("registry", "/api/v1/plans", {"limit": 200})["items"]
    return found
