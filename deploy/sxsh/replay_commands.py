"""`sxsh replay`: the history of the programme, told again to a topic of another system."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, time
from urllib.parse import quote
from zoneinfo import ZoneInfo

import click
import msgspec
from kafka.errors import KafkaError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from deploy.sxsh.client import LocalApi
from deploy.sxsh.environment import LOGS
from deploy.sxsh.options import workspace_option
from deploy.sxsh.replay import (
    Memory,
    Page,
    Question,
    Teller,
    Told,
    history,
    merged,
    told_of,
    topic_of,
)
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace
from services.eventkit.relay.kafka import KafkaPublisher
from services.eventkit.relay.process import stop_on_signals

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
#: Commits of a page.
PAGE = 2000


class Moment(click.ParamType):  # type: ignore[type-arg]
    """A day or an ISO 8601 time; without a zone, in Việt Nam."""

    name = "time"

    def __init__(self, *, end: bool = False) -> None:
        self._end = end

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        text = str(value)
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is no day (2019-01-15) and no time (2019-01-15T08:00).", param, ctx)
        if self._end and len(text) == 10:
            found = datetime.combine(found, time.max)
        return found if found.tzinfo else found.replace(tzinfo=ZONE)


class ApiFeeds:
    def __init__(self, api: LocalApi) -> None:
        self._api = api

    def page(self, source: str, after: int, question: Question) -> Page:
        query = {"after": after, "limit": PAGE, **question}
        answer = self._api.raw(
            source, "/api/v1/events", query, accept="application/cloudevents-batch+json", compressed=True
        )
        try:
            events = told_of(source, answer.data)
            return Page(events, int(answer.headers["Sxsh-Position"]), int(answer.headers["Sxsh-Head"]))
        except (msgspec.DecodeError, KeyError, ValueError):
            raise Trouble(f"What {source} answered is no feed of events.") from None


@click.command()
@click.option("--topic", required=True, help="Where to; made if it is not there.")
@click.option("--source", "sources", type=click.Choice(LOGS), multiple=True, help="A log; default: all.")
@click.option(
    "--speed", type=click.FloatRange(min=0, min_open=True), help="Times faster than it was recorded."
)
@click.option("--from", "begin", type=Moment(), help="Recorded from this day or time.")
@click.option("--until", "end", type=Moment(end=True), help="Recorded until this day or time, with it.")
@click.option("--type", "types", multiple=True, help="Only events of this type (facility.moved).")
@click.option("--subject", help="Only what concerns this (facility:<id>).")
@click.option("--bootstrap", help="Another Kafka than that of the local system.")
@click.option(
    "--partitions", type=click.IntRange(1, 1000), default=6, show_default=True, help="Of a new topic."
)
@click.option("--restart", is_flag=True, help="From the beginning, though it was told in part before.")
@workspace_option
def replay(
    topic: str,
    sources: tuple[str, ...],
    speed: float | None,
    begin: datetime | None,
    end: datetime | None,
    types: tuple[str, ...],
    subject: str | None,
    bootstrap: str | None,
    partitions: int,
    restart: bool,
    workspace: Workspace,
) -> None:
    """Tell the history again to a Kafka topic, as CloudEvents, in the order it was recorded.

    Without --speed as fast as can be. Ctrl-C stops it; the same command goes on where it was. A topic gets
    each event at least once, those of one subject in order.
    """
    if topic.startswith("sxsh."):
        raise Trouble("Topics sxsh.… are the system's own: what is told there would be taken for new.")
    addresses = workspace.addresses()
    where = bootstrap or addresses.kafka_bootstrap_servers
    question: Question = {
        "recorded_from": begin.isoformat() if begin else None,
        "recorded_until": end.isoformat() if end else None,
        "type": list(types),
        "subject": subject,
    }
    chosen = sources or LOGS
    file = workspace.root / "replays" / f"{quote(where + ' ' + topic, safe=' ')}.json"
    memory = Memory(file, {**question, "source": list(chosen)}, anew=restart)
    stop = stop_on_signals()
    feeds = ApiFeeds(LocalApi(workspace))
    console = Console(stderr=True)
    try:
        count, there = topic_of(where, topic, partitions)
        if not there:
            memory.sequences.clear()
        if memory.sequences:
            console.print(f"Going on after {_places(memory)}.", highlight=False)
        publisher = KafkaPublisher(where)
        try:
            told = _tell(
                Teller(publisher, topic, count, memory, speed, stop), feeds, chosen, question, memory, console
            )
        finally:
            publisher.close()
    except KafkaError as error:
        raise Trouble(f"Kafka at {where} does not answer ({error!r}). The same command goes on.") from error
    click.echo(
        f"{told} events told to {topic}." + (" Stopped; the same command goes on." if stop.is_set() else "")
    )
    sys.exit(130 if stop.is_set() else 0)


def _tell(
    teller: Teller,
    feeds: ApiFeeds,
    sources: Sequence[str],
    question: Question,
    memory: Memory,
    console: Console,
) -> int:
    columns = (
        TextColumn("{task.description:>9}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} commits"),
        TextColumn("{task.fields[at]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        tasks: dict[str, TaskID] = {log: progress.add_task(log, total=0, at="") for log in sources}

        def looked(source: str, position: int, head: int) -> None:
            progress.update(tasks[source], total=head, completed=position)

        def told(event: Told) -> None:
            at = event.at.astimezone(ZONE).isoformat(" ", "seconds")[:19]
            progress.update(tasks[event.source], completed=event.sequence // 1000, at=at)

        histories = [history(feeds, log, question, memory.sequences.get(log, 0), looked) for log in sources]
        return teller.tell(merged(histories), told)


def _places(memory: Memory) -> str:
    return ", ".join(f"{log} {sequence // 1000}" for log, sequence in sorted(memory.sequences.items()))
