"""What a reader of reports would lose, without any server: whole periods, fixed bytes, plain words."""

from __future__ import annotations

import io
import sys
import threading
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from deploy.sxsh.report_commands import report
from services.eventkit.errors import InvalidInput, NotFound, Unavailable
from services.eventkit.export.workbook import Figure, Sheet, workbook
from services.kpi.domain.plans import built_in
from services.kpi.domain.rules import Words
from services.kpi.reports import typeset
from services.kpi.reports.letterhead import letterhead
from services.kpi.reports.periods import Period, ensure_reported, periods
from services.kpi.reports.typesetter import COMMAND, Typesetter

AT = datetime(2019, 1, 15, 3, 4, 5, tzinfo=UTC)


def test_a_period_is_a_calendar_year_or_one_of_its_quarters() -> None:
    year, second = Period(2020), Period(2020, 2)
    assert (year.start, year.end, year.before) == (date(2020, 1, 1), date(2020, 12, 31), date(2019, 12, 31))
    assert (second.start, second.end, second.before) == (
        date(2020, 4, 1),
        date(2020, 6, 30),
        date(2020, 3, 31),
    )
    assert Period(2020, 4).end == year.end
    assert [Period.of(one.id) for one in (year, second)] == [year, second]
    assert Period.of("2020-Q5") is Period.of("x") is None


def test_reported_are_the_periods_of_the_plan_that_are_over() -> None:
    plan = built_in()
    over = [one.id for one in periods(plan, date(2017, 4, 1))]
    assert over == ["2016-Q3", "2016-Q4", "2016", "2017-Q1"]
    assert [one.id for one in periods(plan, date(2017, 3, 31))] == over[:-1]
    assert len(list(periods(plan, date(2026, 1, 1)))) == 2 + 1 + 4 * 5
    ensure_reported(Period(2017, 1), plan, date(2017, 4, 1), "year")
    with pytest.raises(InvalidInput, match="over on 2017-03-31"):
        ensure_reported(Period(2017, 1), plan, date(2017, 3, 31), "year")
    for other in (Period(2016, 2), Period(2021)):
        with pytest.raises(NotFound, match="2016-08-17 to 2020-12-31"):
            ensure_reported(other, plan, date(2026, 1, 1), "year")


def test_a_workbook_has_its_numbers_as_numbers_and_nothing_of_the_clock() -> None:
    sheet = Sheet(
        title="1 Kinh phí [đồng]",
        lines=["Bảng 1", "=not a formula"],
        headings=["Nguồn", "Tỷ lệ"],
        widths=[20, 10],
        rows=[[Figure("Nhà nước"), Figure(Decimal("0.345"), "0.0%")], [Figure("Tổng"), Figure(7)]],
        total=True,
    )
    made = [workbook([sheet], title="T", author="A", at=AT) for _ in range(2)]
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2019-01-15T03:04:05Z") == 2
    assert f"{datetime.now(UTC):%Y-%m}" not in core
    page = load_workbook(io.BytesIO(made[0])).worksheets[0]
    assert [[cell.value for cell in row] for row in page.iter_rows()][1:] == [
        ["=not a formula", None],
        ["Nguồn", "Tỷ lệ"],
        ["Nhà nước", 0.345],
        ["Tổng", 7],
    ]
    assert page["A2"].data_type == "s"
    assert page["B4"].number_format == "0.0%"
    assert page["A5"].font.bold and not page["A4"].font.bold
    assert page.freeze_panes == "A4"


HTML = (
    '<html lang="vi"><head><title>Báo cáo</title><meta name="dcterms.created" content="2019-01-15T03:04:05Z">'
    '<meta name="dcterms.modified" content="2019-01-15T03:04:05Z"><style>html { font-family: "Report" }'
    "</style></head>"
    "<body><p>Ủy ban nhân dân huyện Nho Quan: 12,6% – <b>đúng</b> <i>lộ trình</i> ₫</p></body></html>"
)


def test_what_is_missing_for_a_pdf_is_said_in_a_plain_sentence() -> None:
    """As on a machine without Pango, and on one without the face."""
    refuse = "import cffi\ndef no(*_): raise OSError('cannot load library')\ncffi.FFI.dlopen = no\n"
    run = "import sys\nfrom services.kpi.reports import typeset\nsys.exit(typeset.main(['x']))"
    with pytest.raises(Unavailable) as told:
        Typesetter((sys.executable, "-c", refuse + run)).pdf(HTML)
    assert told.value.detail == typeset.NO_PANGO
    assert "apt-get install libpango-1.0-0" in told.value.detail
    gone = "from services.kpi.reports import typeset\ntypeset.PACKAGE = 'no-such-package'\n"
    with pytest.raises(Unavailable) as told:
        Typesetter((sys.executable, "-c", gone + run)).pdf(HTML)
    assert "make install" in told.value.detail


def test_a_reader_waits_for_a_turn_only_so_long_and_is_told_to_ask_again() -> None:
    slow = (sys.executable, "-c", "import time; time.sleep(30)")
    with pytest.raises(Unavailable, match=r"more than 0\.1 s"):
        Typesetter(slow, longest=0.1).pdf(HTML)
    busy = Typesetter(slow, turn=0.05, longest=1.0)
    refused: list[Unavailable] = []

    def ask() -> None:
        try:
            busy.pdf(HTML)
        except Unavailable as error:
            refused.append(error)

    readers = [threading.Thread(target=ask) for _ in range(2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert sorted(one.retry_after for one in refused) == [5, 60]


def test_what_was_set_is_kept_and_a_failure_is_not(tmp_path: Path) -> None:
    """The program counts how often it is run."""
    count = tmp_path / "count"
    program = (
        f"import sys\nopen({str(count)!r}, 'a').write('x')\nsys.stdout.buffer.write(sys.stdin.buffer.read())"
    )
    setter = Typesetter((sys.executable, "-c", program))
    assert setter.pdf(HTML) == setter.pdf(HTML) == HTML.encode()
    assert count.read_text() == "x"
    broken = Typesetter((sys.executable, "-c", "raise SystemExit('boom')"))
    with pytest.raises(Unavailable, match="log says why"):
        broken.pdf(HTML)


def test_the_same_html_is_set_as_the_same_bytes_in_any_process() -> None:
    made = {
        Typesetter(("env", f"PYTHONHASHSEED={seed}", f"TZ={zone}", *COMMAND)).pdf(HTML)
        for seed, zone in (("1", "UTC"), ("2", "Asia/Ho_Chi_Minh"))
    }
    (one,) = made
    assert one.startswith(b"%PDF-1.7")


def test_a_deployment_has_its_own_letterhead(tmp_path: Path) -> None:
    assert letterhead().issuer == Words(vi="Sở Công Thương", en="Department of Industry and Trade")
    file = tmp_path / "head.yaml"
    text = (Path(typeset.__file__).with_name("letterhead.yaml")).read_text()
    file.write_text(text.replace("place: Ninh Bình", "place: Hà Nam"))
    assert letterhead(str(file)).place == "Hà Nam"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("issuer: nobody")
    with pytest.raises(ValueError, match=wrong.name):
        letterhead(str(wrong))


def test_the_command_says_what_it_needs_before_it_asks_anybody(tmp_path: Path) -> None:
    at = ["--data", str(tmp_path)]
    for asked, words in (
        ([], "sxsh report --year 2018 -o report.pdf"),
        (["--year", "2018"], "sxsh report --year 2018 -o report.pdf"),
        (["--due", "--known-at", "2018-01-01"], "--due makes reports as of now"),
        (["--year", "2018", "-o", "report.doc"], "must end with .pdf or .xlsx or .json"),
    ):
        said = CliRunner().invoke(report, [*asked, *at])
        assert said.exit_code == 1
        assert words in said.output
