"""`sxsh plan`: plans from files into the registry, and one province judged under each of them."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
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
COMPARED = ("K1", "K2a", "K2b", "K3")


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
    """The same province under every loaded plan, side by side."""
    api = LocalApi(workspace)
    loaded = [api.get("registry", f"/api/v1/plans/{one['id']}") for one in _loaded(api)]
    if not loaded:
        raise Trouble("No plan is loaded. `sxsh plan load all` loads those that come with the system.")
    answer = api.get("kpi", "/api/v1/targets", {"on": on.date() if on else None})
    Console().print(comparison(answer, loaded))


def comparison(answer: dict[str, Any], loaded: list[dict[str, Any]]) -> Table:
    """Values as the indicators give them; under each plan the milestone of that day and whether it is met."""
    on = date.fromisoformat(answer["as_of"])
    rules = answer["rules"]
    table = Table(title=f"on {on}", caption=f"rules {rules['id']} {rules['version']}")
    for heading in ("code", "chỉ tiêu / target", "value"):
        table.add_column(heading, overflow="fold")
    for one in loaded:
        table.add_column(one["id"], justify="right")
    found = {target["code"]: target for target in answer["targets"]}
    for code in (code for code in COMPARED if code in found):
        target = found[code]
        table.add_row(
            code,
            f"{target['name']['vi']}\n[dim]{target['name']['en']}[/]",
            percent(target["decimal"]),
            *(judged(target, one, on) for one in loaded),
        )
    return table


def judged(target: dict[str, Any], plan: dict[str, Any], on: date) -> str:
    """What the plan asks for by its next milestone, and whether the exact value is there already."""
    asked = milestone(plan, target["code"], on)
    if asked is None:
        return "[dim]no target[/]"
    said = f">= {percent(asked['value'])}\n[dim]{asked['on']}[/]"
    if target["value"] is None:
        return f"{said} –"
    numerator, _, denominator = target["value"].partition("/")
    met = Fraction(int(numerator), int(denominator or 1)) >= Fraction(asked["value"])
    return f"{said} {'[green]yes[/]' if met else '[red]no[/]'}"


def milestone(plan: dict[str, Any], code: str, on: date) -> dict[str, Any] | None:
    """The first of a day not before `on`, else the last; None when the plan has no such target."""
    for target in plan["targets"]:
        if target["code"] == code:
            steps: list[dict[str, Any]] = target["milestones"]
            return next((step for step in steps if date.fromisoformat(step["on"]) >= on), steps[-1])
    return None


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
