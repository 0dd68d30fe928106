"""`python -m services.kpi reports`: makes the reports that are due, keeps them, and ends. For cron.

Due is every year and quarter of the plan that is over and of which no report is kept. A period that is named
is made again from what is known now: beside the earlier ones, unless nothing has changed. So it may be run
any number of times, also twice at once.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from services.eventkit.errors import SxshError, Unavailable
from services.eventkit.http import fields
from services.eventkit.settings import Settings
from services.eventkit.telemetry import configure_logging
from services.kpi.app import build
from services.kpi.container import Container
from services.kpi.domain.plans import DEFAULT, PlanData
from services.kpi.reports.files import LANGUAGES, MEDIA, file, name_of
from services.kpi.reports.kept import Kept, kept_id
from services.kpi.reports.periods import QUARTERS, Period, ensure_reported, periods
from services.kpi.reports.reading import Report, plan_at, read

#: Seconds that a moment of the past may take to be built.
PATIENCE = 900.0


class Outcome(NamedTuple):
    """`lacking` are plain sentences; what they are about is made the next time."""

    made: list[str]
    lacking: list[str]


def run_reports(settings: Settings, arguments: list[str]) -> int:
    """0; 1 when something could not be made, which is said on standard error; 2 for wrong arguments."""
    parser = argparse.ArgumentParser("python -m services.kpi reports", description=__doc__)
    parser.add_argument("--plan", default=DEFAULT)
    parser.add_argument("--year", type=int, help="this one, though one is kept")
    parser.add_argument("--quarter", type=int, choices=QUARTERS)
    parser.add_argument("--lang", choices=LANGUAGES, help="in this language alone")
    parser.add_argument("--folder", type=Path, help="write each new file there too; none is overwritten")
    asked = parser.parse_args(arguments)
    if asked.quarter and not asked.year:
        parser.error("--quarter needs --year")
    configure_logging("kpi", settings.log_level)
    try:
        service = build(settings)
        plan = plan_at(service, asked.plan, None)
        named = Period(asked.year, asked.quarter) if asked.year else None
        languages = (asked.lang,) if asked.lang else LANGUAGES
        written = partial(_write, asked.folder)
        outcome = make(service, plan, named, written, languages)
    except SxshError as error:
        sys.stderr.write(f"{error.detail}\n")
        return 1
    for name in outcome.made:
        sys.stdout.write(f"made {name}\n")
    if not outcome.made and not outcome.lacking:
        sys.stdout.write("Nothing is due.\n")
    for sentence in outcome.lacking:
        sys.stderr.write(f"{sentence}\n")
    return 1 if outcome.lacking else 0


def make(
    service: Container,
    plan: PlanData,
    named: Period | None,
    written: Callable[[str, bytes], None],
    languages: Sequence[str] = LANGUAGES,
    patience: float = PATIENCE,
) -> Outcome:
    """Make and keep what is due, or the period named. Raises `SxshError` for one that has no report."""
    kept = Kept(service.store.database)
    kept.prepare()
    outcome = Outcome([], [])
    if named is not None:
        ensure_reported(named, plan, fields.today(), "--year")
    for period in [named] if named is not None else _due(kept, plan, languages):
        try:
            report = _patiently(service, plan, period, patience)
        except SxshError as error:
            outcome.lacking.append(f"{period.id}: {error.detail}")
            continue
        _files(service, kept, report, outcome, written, languages)
    return outcome


def _due(kept: Kept, plan: PlanData, languages: Sequence[str]) -> list[Period]:
    """A period is due while one of its files is missing."""
    have = {(one.period, one.language, one.format) for one in kept.of(plan.id)}
    wanted = [(language, format_) for language in languages for format_ in MEDIA]
    return [
        period
        for period in periods(plan, fields.today())
        if any((period.id, *one) not in have for one in wanted)
    ]


def _files(
    service: Container,
    kept: Kept,
    report: Report,
    outcome: Outcome,
    written: Callable[[str, bytes], None],
    languages: Sequence[str],
) -> None:
    """The workbook first: it can be made on any machine."""
    for format_ in reversed(MEDIA):
        for language in languages:
            id_ = kept_id(report, format_, language)
            if kept.has(id_):
                continue
            try:
                content = file(service, report, format_, language)
            except Unavailable as error:
                if error.detail not in outcome.lacking:
                    outcome.lacking.append(error.detail)
                return
            if kept.put(id_, report, format_, language, content):
                written(name_of(id_.removesuffix(f".{language}.{format_}"), format_, language), content)
                outcome.made.append(id_)


def _patiently(service: Container, plan: PlanData, period: Period, patience: float) -> Report:
    """Waits while a moment of the past is built, or the projector writes."""
    end = time.monotonic() + patience
    while True:
        try:
            return read(service, plan.id, period)
        except Unavailable as error:
            if time.monotonic() > end:
                raise
            time.sleep(min(error.retry_after or 1, 5))


def _write(folder: Path | None, name: str, content: bytes) -> None:
    """The name holds what the content depends on: a file that is there is the same."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with (folder / name).open("xb") as target:
            target.write(content)
    except FileExistsError:
        return
