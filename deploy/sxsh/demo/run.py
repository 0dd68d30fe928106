"""Loads the demonstration through the public APIs. Run again, it changes nothing; cut off, it goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.sxsh.demo.client import DemoClient
from deploy.sxsh.demo.plan import FACILITIES, plan
from deploy.sxsh.demo.steps import Phase, Step, Tokens

THREADS = 6
SHOWN = ("K1", "K2a", "K2b", "K3")


def run(
    base_urls: Mapping[str, str], token: Tokens, console: Console | None = None, facilities: int = FACILITIES
) -> dict[str, Any]:
    """`base_urls`: service -> address. `token(subject, roles)` signs somebody in.

    The answer of /api/v1/targets on the day the plan is due, with all that was loaded. Raises `Trouble`
    with the sentence of the service when a request is refused or a service stays away.
    """
    console = console or Console(soft_wrap=True)
    client = DemoClient(base_urls, token, THREADS)
    console.print("Synthetic stories on real plant figures; see deploy/sxsh/demo/README.md", style="dim")
    targets: dict[str, Any] = {}
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        console=console,
    ) as progress:
        for phase in plan(facilities):
            task = progress.add_task(phase.title, total=phase.size)
            _load(client, phase, partial(progress.advance, task))
            targets = client.targets()
            progress.console.print(f"  {summary(targets)}", highlight=False)
    return targets


def _load(client: DemoClient, phase: Phase, done: Callable[[], None]) -> None:
    def follow(track: list[Step]) -> None:
        for step in track:
            if client.stopped.is_set():
                return
            client.send(step)
            done()

    with ThreadPoolExecutor(THREADS, thread_name_prefix="demo") as pool:
        try:
            for result in [pool.submit(follow, track) for track in phase.tracks]:
                result.result()
        except BaseException:
            client.stopped.set()
            raise


def summary(targets: Mapping[str, Any]) -> str:
    """``K1 95.12% (388/408)  K2a …`` of the indicators that have a target."""
    found = {target["code"]: target for target in targets["targets"]}
    return "   ".join(f"[bold]{code}[/] {_shown(found[code])}" for code in SHOWN)


def _shown(target: Mapping[str, Any]) -> str:
    if target["decimal"] is None:
        return "–"
    value = f"{float(target['decimal']) * 100:.2f}%"
    return value if target["unit"] == "goe" else f"{value} ({target['numerator']}/{target['denominator']})"
