"""What an operator decides in a browser: nothing lost when it is wrong, nothing done twice or by others."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import url_for
from flask.testing import FlaskClient
from pymongo import MongoClient
from werkzeug.test import TestResponse

from services.eventkit.identity import Role
from tests.integration.kpi.neighbourhood import Neighbourhood, neighbourhood
from tests.integration.kpi.test_pages import HERE, text
from tests.integration.kpi.told_province import facility, tell

FROM_HERE = {"Origin": HERE}


class Town:
    def __init__(self, of: Neighbourhood, ids: dict[str, str]) -> None:
        self.of, self.ids = of, ids

    def read(self, service: str, path: str) -> Any:
        answer = (
            self.of.apps[service]
            .test_client()
            .get(f"/api/v1{path}", headers=self.of.issuer.bearer("boss", ["admin"]))
        )
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def flag(self) -> str:
        (one,) = [f for f in self.read("audits", "/flags")["items"] if f["flag"] == "outlier"]
        return f"/flags/{one['assessment_id']}/{one['follow_up_id']}/outlier"


@pytest.fixture(scope="module")
def town(
    tmp_path_factory: pytest.TempPathFactory, mongo_uri: str, mongo_client: MongoClient[dict[str, Any]]
) -> Iterator[Town]:
    with neighbourhood(tmp_path_factory.mktemp("town"), mongo_uri, mongo_client) as of:
        yield Town(of, tell(of))


def key(page: TestResponse) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page.text)
    assert found
    return found.group(1)


def send(browser: FlaskClient, path: str, **values: Any) -> TestResponse:
    return browser.post(path, data=values, headers=FROM_HERE)


def test_a_flag_is_reviewed_by_somebody_else_once(town: Town) -> None:
    path, today = town.flag(), {"occurred_on": "2021-02-01"}
    reviewer = town.of.browser("reviewer", name="dung")
    assert "Gạch Đồi mức" in text(reviewer.get("/flags"))
    assert path in reviewer.get("/flags").text
    shown = reviewer.get(path)
    assert "Than cám 5–6 1.200 t 300 t" in text(shown)

    wrong = send(reviewer, path, key=key(shown), note="", decision="", occurred_on="2999-01-01")
    assert wrong.status_code == 422
    said = text(wrong)
    assert "Chưa ghi nhận được gì." in said and "Hãy chọn một mục." in said
    assert "Hãy ghi lý do" in said and "Không được sau hôm nay" in said
    assert 'value="2999-01-01"' in wrong.text and 'href="#note"' in wrong.text
    assert key(wrong) == key(shown)
    kept = send(reviewer, path, key=key(shown), note="đã xem <b>", decision="keep", occurred_on="2019-01-01")
    assert kept.status_code == 422, text(kept)
    assert "đã xem &lt;b&gt;</textarea>" in kept.text
    assert 'value="keep" checked' in kept.text

    for browser, status in (
        (town.of.browser("trainer", "operator", name="tam"), 403),
        (town.of.browser("reviewer", name="hoa", districts=["kim-son"]), 403),
    ):
        assert send(browser, path, key="k", note="x", decision="keep", **today).status_code == status
    assert "«reviewer» mới được" in text(town.of.browser("trainer", name="tam").get(path))
    assert town.of.browser("reviewer", name="hoa", districts=["kim-son"]).get(path).status_code == 403
    own = town.of.browser("reviewer", name="lan")
    assert "người khác phải soát xét" in text(own.get(path)) and "<textarea" not in own.get(path).text
    refused = send(own, path, key="own", note="của tôi", decision="keep", **today)
    assert refused.status_code == 403
    assert "Tài khoản của bạn không được làm việc này." in text(refused)

    form = {"key": key(shown), "note": "đã đối chiếu", "decision": "leave-out", **today}
    assert send(reviewer, path, **form).headers["Location"] == path
    before = town.read("audits", "/flags?flag=outlier")["items"][0]
    assert (before["decision"], before["reviewer"], before["note"]) == ("leave-out", "dung", "đã đối chiếu")
    assert send(reviewer, path, **form).status_code == 303
    assert town.read("audits", "/flags?flag=outlier")["items"][0]["version"] == before["version"]
    other = send(reviewer, path, **{**form, "decision": "keep"})
    assert other.status_code == 422 and "đã được gửi với nội dung khác" in text(other)
    assert "Số liệu không tin được – loại ra – dung" in text(reviewer.get(path))
    assert path not in reviewer.get("/flags").text and path in reviewer.get("/flags?decided=true").text
    assert reviewer.get("/flags/x/y/outlier").status_code == 404


def test_duplicates_are_compared_and_merged_or_told_apart(town: Town) -> None:
    one, other = town.ids["gach"], town.ids["doi"]
    lan = town.of.browser("registrar", name="lan")
    listed = lan.get("/duplicates")
    pair = re.search(r'href="(/duplicates/[^"]+)"', listed.text.split('class="card pairs"')[1])
    assert pair and {one, other} == set(pair.group(1).split("/")[2:])
    path = f"/duplicates/{one}/{other}"
    shown = lan.get(path)
    assert "Mã số thuế 2700123456 2700123456 có" in text(shown)
    assert "K1 được tính trong mẫu số, chưa được tính được tính được tính" in text(shown)
    form = {"key": key(shown), "reason": "một giấy phép", "occurred_on": "2021-01-05"}
    wrong = send(lan, path, key=key(shown), reason="x" * 501, occurred_on="31/12/2020")
    assert wrong.status_code == 422
    for said in ("Hãy chọn một mục.", "hiện có 501", "dạng 2018-12-31"):
        assert said in text(wrong)
    assert "x" * 501 in wrong.text and 'value="31/12/2020"' in wrong.text
    afar = town.of.browser("registrar", name="minh", districts=["kim-son"])
    assert afar.get(path).status_code == 403
    assert send(afar, path, decision="one", **form).status_code == 403
    reader = town.of.browser("inspector", name="thanh")
    assert reader.get(path).status_code == 200 and "<textarea" not in reader.get(path).text
    assert send(reader, path, decision="one", **form).status_code == 403

    apart = f"/duplicates/{one}/{town.ids['mia']}"
    assert send(lan, apart, **{**form, "key": "apart", "decision": "distinct"}).status_code == 303
    assert "hai cơ sở khác nhau" in text(lan.get(apart))

    for _ in range(2):
        assert send(lan, path, decision="one", **form).headers["Location"] == path
    (merged,) = town.read("registry", "/merges")["items"]
    assert (merged["id"], merged["survivor_id"], merged["reason"]) == (other, one, "một giấy phép")
    done = lan.get(path)
    assert "Gạch Đồi (NB-4) đã được gộp vào Gạch Đông Sơn (NB-1)." in text(done)
    assert "<textarea" not in done.text
    again = send(lan, path, **{**form, "key": "again", "decision": "other"})
    assert again.status_code == 409 and "một giấy phép" in again.text
    assert lan.get("/duplicates/nobody/none").status_code == 404


def test_a_period_is_frozen_as_it_was_looked_at(town: Town) -> None:
    town.of.catch_up()
    ivy = town.of.browser("operator", name="ivy")
    assert send(ivy, "/official/freeze", key="x", on="2999-01-01", label="").status_code == 422
    assert "dạng 2018-12-31" in text(ivy.get("/official/freeze?on=2019"))
    looked = ivy.get("/official/freeze?on=2019-12-31")
    api = {one["code"]: one for one in town.read("kpi", "/targets?on=2019-12-31")["targets"]}
    assert f"{api['K1']['numerator']} / {api['K1']['denominator']}" in text(looked)

    def form(page: TestResponse, **more: str) -> dict[str, str]:
        hidden = re.findall(r'name="(plan|on|seen|corrects|key)" value="([^"]*)"', page.text)
        return {**dict(hidden), **more}

    facility(town.of, "NB-9", "Gốm Bồ Bát")
    town.of.catch_up()
    moved = send(ivy, "/official/freeze", **form(looked, label="Báo cáo năm 2019"))
    assert moved.status_code == 409
    assert "Các giá trị đã thay đổi từ khi bạn xem." in text(moved)
    assert 'value="Báo cáo năm 2019"' in moved.text
    assert town.read("kpi", "/official-values")["items"] == []

    for refused in (town.of.browser("registrar"), town.of.browser("operator", districts=["nho-quan"])):
        assert refused.get("/official/freeze").status_code == 403
        assert send(refused, "/official/freeze", **form(moved, label="x")).status_code == 403
        assert "/official/freeze" not in refused.get("/official").text
    confirmed = form(moved, label="Báo cáo năm 2019")
    for _ in range(2):
        done = send(ivy, "/official/freeze", **confirmed)
        assert done.status_code == 303, text(done)
    assert "Đã chốt «Báo cáo năm 2019» cho kỳ đến 31/12/2019." in text(ivy.get(done.headers["Location"]))
    (frozen,) = town.read("kpi", "/official-values")["items"]
    assert (frozen["label"], frozen["by"], frozen["corrections"]) == ("Báo cáo năm 2019", "ivy", 0)

    anew = ivy.get("/official/freeze?on=2019-12-31")
    assert "Kỳ này đã được chốt: «Báo cáo năm 2019», ivy" in text(anew)
    same = send(ivy, "/official/freeze", **form(anew, label="Lần hai", reason="nhầm"))
    assert same.status_code == 409 and "nhầm</textarea>" in same.text
    facility(town.of, "NB-10", "Đá Hoàng Mai")
    town.of.catch_up()
    anew = ivy.get("/official/freeze?on=2019-12-31")
    assert "Hãy ghi lý do" in text(send(ivy, "/official/freeze", **form(anew, label="Lần hai")))
    corrected = send(ivy, "/official/freeze", **form(anew, label="Lần hai", reason="thêm một cơ sở"))
    assert corrected.status_code == 303, text(corrected)
    assert "Đã đính chính 1 lần. thêm một cơ sở" in text(ivy.get("/official"))


HEADER = "Mã cơ sở,Tên cơ sở,Loại hình,Phiên bản VSIC,Mã ngành,Đơn vị hành chính,Từ ngày\n"
ROWS = (
    "NB-21,Gạch Hoa Lư,doanh nghiệp,2018,23921,nho-quan,01/03/2015\n"
    "NB-22,,doanh nghiệp,2018,23921,nho-quan,01/03/2015\n"
    "NB-23,Đá Tam Điệp,doanh nghiệp,2018,23921,nho-quan,31/02/2015\n"
)


def upload(browser: FlaskClient, content: str, name: str = "cơ sở.csv", **values: str) -> TestResponse:
    file = (io.BytesIO(content.encode()), name)
    return browser.post("/imports", data={**values, "file": file}, headers=FROM_HERE)


def settled(browser: FlaskClient, path: str) -> TestResponse:
    """The page, once it does not say any more that it is to be loaded again."""
    for _ in range(300):
        page = browser.get(path)
        if "Refresh" not in page.headers:
            return page
        time.sleep(0.03)
    raise AssertionError(text(page))


def test_a_file_is_looked_through_and_then_brought_in(town: Town) -> None:
    lan = town.of.browser("registrar", name="lan")
    template = lan.get("/imports/templates/facilities.csv")
    assert template.status_code == 200 and "Mã cơ sở" in template.text
    assert "attachment" in template.headers["Content-Disposition"]
    start = lan.get("/imports")
    assert "Cơ sở công nghiệp" in text(start) and "Phiếu khảo sát" not in text(start)
    wrong = send(lan, "/imports", key=key(start), kind="answers")
    assert wrong.status_code == 422
    assert "Hãy chọn một mục." in text(wrong) and "Hãy chọn tệp" in text(wrong)
    assert "nhận tệp: XLSX, CSV" in text(upload(lan, "x", "x.pdf", kind="facilities", key=key(start)))
    assert "Tệp này trống" in text(upload(lan, "", kind="facilities", key=key(start)))

    sent = [upload(lan, HEADER + ROWS, kind="facilities", key=key(start)) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [303, 303], text(sent[0])
    path = sent[0].headers["Location"]
    assert sent[1].headers["Location"] == path
    other = upload(lan, HEADER, kind="facilities", key=key(start))
    assert other.status_code == 422 and "nội dung khác" in text(other)
    checked = settled(lan, path)
    said = text(checked)
    assert "Số dòng 3 Đúng 1 Sai 2" in said
    assert "Tên cơ sở ô này không được để trống –" in said
    assert "4 Từ ngày không có ngày này trong lịch 31/02/2015" in said
    assert "no such day" in text(lan.get(f"{path}?lang=en"))
    lan.get("/imports?lang=vi")
    rejected = lan.get(f"{path}/rejected.csv")
    assert "NB-22" in rejected.text and "NB-21" not in rejected.text
    assert town.read("registry", "/facilities?code=NB-21")["items"] == []

    trainer = town.of.browser("trainer", name="tam")
    assert trainer.get(path).status_code == 403
    assert send(trainer, f"{path}/run", rows="valid").status_code == 403
    assert path not in trainer.get("/imports").text
    afar = town.of.browser("registrar", name="minh", districts=["kim-son"])
    assert afar.get(path).status_code == 403

    assert send(lan, f"{path}/run", rows="some").status_code == 422
    all_ = send(lan, f"{path}/run", rows="all", key="all")
    assert all_.status_code == 409 and "Chỉ ghi 1 dòng đúng" in text(all_)
    for _ in range(2):
        run = send(lan, f"{path}/run", rows="valid", key=key(checked))
        assert run.headers["Location"] == path
    assert "Đã ghi 1 dòng; 0 dòng đã có từ trước." in text(settled(lan, path))
    (row,) = town.read("registry", "/facilities?code=NB-21")["items"]
    assert row["name"] == "Gạch Hoa Lư"

    at_home = upload(afar, HEADER + ROWS.replace("NB-2", "NB-3"), kind="facilities", key="afar")
    assert "Đúng 0 Sai 3" in text(settled(afar, at_home.headers["Location"]))
    off = upload(lan, HEADER + ROWS, kind="facilities", key="off").headers["Location"]
    settled(lan, off)
    for _ in range(2):
        assert send(lan, f"{off}/cancellation", key="c").status_code == 303
    assert "đã hủy" in text(lan.get(off))


def test_what_somebody_types_into_an_address_asks_nothing_else(town: Town) -> None:
    lan = town.of.browser("registrar", "reviewer", name="lan")
    for path in (
        "/duplicates/%2e%2e/units",
        "/flags/a%3fb/c/outlier",
        "/imports/kpi/x",
        "/imports/registry/%2e%2e",
    ):
        assert lan.get(path).status_code == 404, path
    assert lan.post("/imports/registry/x/delete", headers=FROM_HERE).status_code == 404


ANY = frozenset(Role)
#: What is asked of a moment of the past that nobody has built yet.
BEING_BUILT = 503
IMPORTERS = {Role.REGISTRAR, Role.ASSESSOR, Role.TRAINER}
#: Who may, where it is not whoever is signed in. What changes something has to stand here. The imports that
#: are tried are those of facilities.
ONLY: dict[tuple[str, str], set[Role]] = {
    ("GET", "/system"): {Role.OPERATOR, Role.INSPECTOR},
    ("POST", "/system/redrive"): {Role.OPERATOR},
    ("POST", "/flags/<assessment_id>/<follow_up_id>/<flag>"): {Role.REVIEWER},
    ("POST", "/duplicates/<one>/<other>"): {Role.REGISTRAR},
    ("GET", "/official/freeze"): {Role.OPERATOR},
    ("POST", "/official/freeze"): {Role.OPERATOR},
    ("GET", "/targets/<code>/changes"): {Role.OPERATOR, Role.INSPECTOR},
    ("GET", "/events/<event_id>"): {Role.OPERATOR, Role.INSPECTOR},
    ("GET", "/boundaries"): {Role.OPERATOR},
    ("POST", "/boundaries"): {Role.OPERATOR},
    ("POST", "/boundaries/removal"): {Role.OPERATOR},
    ("GET", "/imports"): IMPORTERS,
    ("POST", "/imports"): IMPORTERS,
    ("GET", "/imports/templates/<kind>.<format_>"): {Role.REGISTRAR},
    ("GET", "/imports/<service>/<import_id>"): {Role.REGISTRAR},
    ("GET", "/imports/<service>/<import_id>/rejected.<format_>"): {Role.REGISTRAR},
    ("POST", "/imports/<service>/<import_id>/<act>"): {Role.REGISTRAR},
    ("POST", "/sign-in/links"): set(ANY),
}
#: For whoever comes: signing in and out, and what a page is drawn with.
PUBLIC = re.compile(r"/sign-in(/return|/token|/link)?|/sign-out|/signed-out|/assets/.*")


def addresses(town: Town, names: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """(method, rule, an address of it) of every page and every part of one."""
    kpi = town.of.apps["kpi"]
    with kpi.test_request_context():
        for rule in kpi.url_map.iter_rules():
            if rule.endpoint.startswith("pages."):
                found = url_for(rule.endpoint, **{name: names.get(name, "x") for name in rule.arguments})
                for method in sorted({"GET", "POST"} & (rule.methods or set())):
                    yield method, rule.rule, found


def test_each_role_may_open_and_send_what_it_may_and_nothing_else(town: Town) -> None:
    assessment, follow_up, flag = town.flag().split("/")[2:]
    names = {
        "assessment_id": assessment,
        "follow_up_id": follow_up,
        "flag": flag,
        "code": "K1",
        "one": town.ids["gach"],
        "other": town.ids["coi"],
        "facility_id": town.ids["gach"],
        "service": "registry",
        "kind": "facilities",
        "format_": "csv",
        "act": "run",
    }
    walked = list(addresses(town, names))
    assert len(walked) > 20
    nobody = town.of.apps["kpi"].test_client()
    roles = {role: town.of.browser(role.value, name=f"only-{role.value}") for role in Role}
    limited = town.of.browser(*(role.value for role in Role), name="limited", districts=["kim-son"])
    wrong = []
    for method, rule, address in walked:
        if PUBLIC.fullmatch(rule):
            continue
        asked = nobody.open(address, method=method, headers=FROM_HERE)
        if asked.status_code != (303 if method == "GET" else 401):
            wrong.append(f"nobody {method} {address}: {asked.status_code}")
        assert method == "GET" or (method, rule) in ONLY, f"{rule} changes something: say in ONLY who may"
        may = {*ONLY.get((method, rule), ANY), Role.ADMIN}
        for role, browser in roles.items():
            status = browser.open(address, method=method, headers=FROM_HERE).status_code
            if (
                (status >= 500 and status != BEING_BUILT)
                or status == 401
                or (status == 403) != (role not in may)
            ):
                wrong.append(f"{role.value} {method} {address}: {status}")
        told = limited.open(address, method=method, headers=FROM_HERE)
        if (
            (told.status_code >= 500 and told.status_code != BEING_BUILT)
            or "Gạch Đông Sơn" in told.text
            or "Gạch Đồi" in told.text
        ):
            wrong.append(f"another district's {method} {address}: {told.status_code}")
    assert not wrong, "\n".join(wrong)
