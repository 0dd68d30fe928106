"""What the department would lose: a report with the numbers of the system, that can be made again."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader

from services.eventkit.settings import Settings
from services.kpi.pages.language import Reader
from services.kpi.reports.typesetter import ROOT
from tests.integration.kpi.conftest import PARTITIONS, Stored
from tests.integration.kpi.test_official import get, late, official, post, province, registry, settings
from tests.issuer import Issuer
from tests.registry_feed import KEY, RegistryFeed

__all__ = ["official", "province", "registry", "settings"]

#: Setting a document takes seconds on a busy machine.
pytestmark = pytest.mark.timeout(240)


def file(client: FlaskClient, path: str, **query: Any) -> bytes:
    answer = client.get(f"/api/v1/reports/{path}", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.data


def shares(client: FlaskClient) -> dict[str, Any]:
    return {one["code"]: one for one in get(client, "/targets?on=2018-12-31")["targets"]}


def check(told: dict[str, Any], content: bytes) -> None:
    """The document says what the API tells, and at the foot of each page where it comes from."""
    say, document = Reader("vi"), PdfReader(io.BytesIO(content))
    pages = [" ".join(page.extract_text().split()) for page in document.pages]
    text = " ".join(pages)
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "SỞ CÔNG THƯƠNG",
        "BÁO CÁO",
        "Năm 2018",
        "Nơi nhận:",
        "GIÁM ĐỐC",
        "1 trên 2 cơ sở (50,0%)",
        "Chưa có giá trị chính thức",
    ):
        assert words in text, words
    for row in next(one for one in told["targets"] if one["code"] == "K1")["by_district"]:
        if row["denominator"]:
            assert f"{say.pick(row['name'])} {row['denominator']} {row['numerator']} 50,0%" in text
    for one in told["supporting"]:
        for measure in one["measures"]:
            assert say.pick(measure["name"]).split()[0] in text
    assert told["heads"]["registry"] in text.replace(" ", "")
    foot = (
        "báo cáo nb-1051-2016.2018; vị trí nhật ký registry 3, audits 0, training 0; bộ quy tắc sxsh-2016@2"
    )
    for number, page in enumerate(pages, 1):
        assert foot in page
        assert f"Trang {number}/{len(pages)}" in page
    faces = {
        font["/BaseFont"].partition("+")[2]
        for page in document.pages
        for font in (one.get_object() for one in page["/Resources"]["/Font"].values())
    }
    assert faces <= {"Report", "Report-Bold", "Report-Italic", "Report-Bold-Italic"}, (
        "another face was needed"
    )
    made = document.metadata.creation_date
    assert made is not None and made.isoformat() == told["recorded_until"][:19] + "+00:00"


def test_the_workbook_has_the_same_numbers_in_both_languages(official: FlaskClient, province: Stored) -> None:
    known = shares(official)
    for lang, title in (("vi", "Các mục tiêu của kế hoạch"), ("en", "The targets of the plan")):
        book = load_workbook(io.BytesIO(file(official, "2018/quarters/4", format="xlsx", lang=lang)))
        (page,) = [one for one in book.worksheets if title in one.title]
        rows = {str(row[0]).partition(".")[0]: row for row in page.iter_rows(values_only=True)}
        for code, one in known.items():
            count, of, _, value, _, wanted, *_ = rows[code][1:]
            scale = 1_000_000 if one["unit"] == "goe" else 1
            for cell, name in ((count, "numerator"), (of, "denominator")):
                assert cell == (None if one[name] is None else one[name] / scale)
            assert value == (None if one["decimal"] is None else float(one["decimal"]))
            assert wanted == (None if one["target"] is None else float(one["target"]))
        assert all("registry 3, audits 0, training 0" in str(one["A3"].value) for one in book.worksheets)


@pytest.fixture
def command(settings: Settings, registry: RegistryFeed) -> Iterator[Any]:
    """Runs the command in a process of its own, with another seed for hashes and another zone."""
    environment = {
        **os.environ,
        "MONGODB_URI": settings.mongodb_uri,
        "MONGODB_DATABASE": settings.mongodb_database,
        "TOPIC_PARTITIONS": str(PARTITIONS),
        **{f"{log}_URL": registry.url for log in ("REGISTRY", "AUDITS", "TRAINING")},
        "SERVICE_API_KEY": KEY,
        "PYTHONHASHSEED": "4711",
        "TZ": "America/Lima",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "services.kpi", "reports", *arguments],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_report_is_made_once_for_its_positions_kept_and_the_same_in_any_process(
    official: FlaskClient, province: Stored, registry: RegistryFeed, command: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "reports"
    first = command("--year", "2018", "--lang", "vi", "--folder", str(folder))
    assert first.returncode == 0, first.stderr
    made = {path.suffix[1:]: path for path in folder.iterdir()}
    for path in made.values():
        assert re.fullmatch(r"bao-cao-nb-1051-2016\.2018\.[0-9a-f]{16}\.vi\.(pdf|xlsx)", path.name)
    files = {format_: path.read_bytes() for format_, path in made.items()}
    assert files == {format_: file(official, "2018", format=format_) for format_ in ("pdf", "xlsx")}
    told = get(official, "/reports/2018")
    known = {code: one["value"] for code, one in shares(official).items()}
    assert {one["code"]: one["value"] for one in told["targets"]} == known
    check(told, files["pdf"])
    again = command("--year", "2018", "--lang", "vi", "--folder", str(folder))
    assert (again.returncode, again.stdout) == (0, "Nothing is due.\n")

    late(official, province, registry)
    (row,) = [one for one in get(official, "/reports")["periods"] if one["id"] == "2018"]
    assert {(one["language"], one["format"]) for one in row["kept"]} == {("vi", "pdf"), ("vi", "xlsx")}
    for one in row["kept"]:
        assert one["position"] == {"registry": 3, "audits": 0, "training": 0}
        kept = file(official, f"kept/{one['id']}")
        assert kept == files[one["format"]], "what was kept is as it was"
    now = get(official, "/reports/2018")
    assert now["position"]["registry"] == 4
    assert next(one for one in now["targets"] if one["code"] == "K1")["value"] == "2/3"

    page = official.get("/reports").text
    assert "Năm 2018" in page and "Quý II năm 2018" in page
    assert all(f"/api/v1/reports/kept/{one['id']}" in page for one in row["kept"])
    assert "/api/v1/reports/2018/quarters/2?plan=nb-1051-2016&amp;format=pdf&amp;lang=en" in page


def test_what_is_official_is_told_and_what_can_not_be_reported_is_refused(
    official: FlaskClient, province: Stored, issuer: Issuer
) -> None:
    post(official, on="2018-12-31", label="Báo cáo 2018")
    told = get(official, "/reports/2018")
    assert (told["official"]["label"], told["official"]["differences"]) == ("Báo cáo 2018", [])
    assert told["targets"][0]["official"]["restated"] is False
    assert get(official, "/reports/2018/quarters/3")["official"] is None
    assert get(official, "/reports/2015", 404)["detail"].startswith("The plan nb-1051-2016 has no report")
    get(official, "/reports/2018/quarters/5", 404)
    get(official, "/reports/99999", 404)
    get(official, "/reports/2018?plan=none", 404)
    get(official, "/reports/2018?lang=fr", 422)
    get(official, "/reports/2018?known_at=2018-12-31", 422)
    get(official, "/reports/kept/none", 404)
    answer = official.get("/api/v1/reports/2018?format=xlsx")
    same = official.get("/api/v1/reports/2018?format=xlsx", headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304
    assert 'filename="bao-cao-nb-1051-2016.2018.vi.xlsx"' in answer.headers["Content-Disposition"]
    del official.environ_base["HTTP_AUTHORIZATION"]
    get(official, "/reports/2018", 401)
