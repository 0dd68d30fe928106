"""The province that is measured is told in events that the services have; and what makes CI fail."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bench import __main__ as command
from bench import append, chart, report
from bench.curves import Measured, curve
from bench.province import Province
from bench.results import Check, Row
from services.kpi.domain.facts import SOURCES


def test_the_province_of_the_measurements_is_told_in_all_three_logs() -> None:
    told = Counter(source for source, _ in Province(40).commits())
    assert set(told) == set(SOURCES)
    assert told["registry"] > 40


class Measurements:
    """Rows as they would be measured one after the other, each with these ratios to its floor."""

    def __init__(self, *rounds: Sequence[float], hold: float = 1.0, in_ci: float | None = None) -> None:
        self._rounds = list(rounds)
        self._holds = (hold, in_ci)
        self.asked = 0

    def __call__(self, _: object) -> Row:
        samples = [100 * ratio for ratio in self._rounds[self.asked]]
        self.asked += 1
        row = Row("append", "append", "commits/s", samples, "insert_one", [100.0] * len(samples))
        row.checks.append(Check("ms, on this machine", [9000.0], 1.0, at_least=False))
        return row.hold_ratio(*self._holds)


@pytest.fixture
def ci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The exit code of `python -m bench --ci` when the row measures this."""

    def run(measured: Measurements) -> int:
        monkeypatch.setattr(command, "world", lambda _: contextlib.nullcontext())
        monkeypatch.setattr(report, "FOLDER", tmp_path)
        monkeypatch.setattr(append, "ratios", measured)
        return command.main(["--ci", "--only", "append"])

    return run


def test_ci_fails_when_a_ratio_stays_under_its_hold(ci: Any, capsys: pytest.CaptureFixture[str]) -> None:
    lost = Measurements([0.8, 0.7, 0.9], [0.8, 0.8, 1.3], [0.7, 0.9, 0.8])
    assert ci(lost) == 1
    assert lost.asked == 3
    assert "append: 0.80 x floor, under the hold of 1 (median of 9 rounds" in capsys.readouterr().err


def test_one_disturbed_moment_is_no_failure_and_absolute_times_are_not_asked(ci: Any) -> None:
    one_bad_round = Measurements([1.1, 0.2, 1.2])
    assert ci(one_bad_round) == 0
    assert one_bad_round.asked == 1
    a_bad_minute = Measurements([0.5, 0.4, 1.2], [1.1, 1.2, 1.1])
    assert ci(a_bad_minute) == 0
    assert a_bad_minute.asked == 2


def test_where_a_short_run_is_another_measure_ci_has_a_hold_of_its_own(ci: Any) -> None:
    assert ci(Measurements([0.5, 0.5, 0.5], hold=0.7, in_ci=0.4)) == 0
    assert ci(Measurements(*[[0.3, 0.3, 0.3]] * 3, hold=0.7, in_ci=0.4)) == 1


def test_a_curve_fails_where_ten_times_as_much_costs_more_than_its_floor_does() -> None:
    def rows(rates: Sequence[float], floors: Sequence[float]) -> list[bool]:
        points = [
            Measured(10**n, lambda a=a: a, lambda b=b: b)
            for n, (a, b) in enumerate(zip(rates, floors, strict=True))
        ]
        return [row.holds_in_ci for row in curve("read", "events", "1/s", "cursor", 3, points)]

    assert rows([100, 50, 25], [200, 100, 50]) == [True, True, True]
    assert rows([100, 50, 25], [200, 100, 100]) == [True, True, False]


def test_a_name_that_is_no_row_is_refused() -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--ci", "--only", "apend"])
    assert ended.value.code == 2


def test_the_chart_says_in_words_what_it_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [Measured(at, lambda at=at: 5000.0 / at, lambda: 100.0) for at in (10, 100)]
    rows = [
        Row("append", "append <8>", "commits/s", [130, 150], "raw", [100, 100]).hold_ratio(1.0),
        Row("pages", "/", "ms", [10.0], checks=[Check("ms", [10.0], 100, at_least=False)]),
        Row("pages", "/tasks", "ms", [200.0], checks=[Check("ms", [200.0], 100, at_least=False)]),
        *curve("read", "events", "1/s", "cursor", 3, points),
    ]
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    kept = report.report(rows, 1.0, "quick")
    chart.draw(kept, tmp_path / "chart.svg")
    svg = "{http://www.w3.org/2000/svg}"
    root = ElementTree.parse(tmp_path / "chart.svg").getroot()
    said = [text.text or "" for text in root.iter(f"{svg}text")]
    assert "append <8>" in said
    assert "1.40 x floor, ≥ 1" in said
    assert "pages, the slowest of 2: /tasks" in said
    assert "200 ms, ≤ 100: fails" in said
    assert "x floor: 5.00 → 0.50" in said
    assert "ten times as much keeps 0.10 of it, ≥ 0.7: fails" in said
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    for text in root.iter(f"{svg}text"):
        assert 0 <= float(text.attrib["x"]) <= width
        assert 0 <= float(text.attrib["y"]) <= height
