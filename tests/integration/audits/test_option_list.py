"""The reminder list: an option that waits is found when its year is over, by who may see its facility."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from services.audits.domain.catalogue import OPTION_CLASSES
from tests.integration.audits.people import People, Person

Year = Callable[..., dict[str, Any]]


def titles(person: Person, query: str) -> list[str]:
    return [item["title"] for item in person.read(f"/options{query}")["items"]]


def deferred(an: Person, at: str, title: str, **changes: Any) -> str:
    option = an.proposed(at, title=title, **changes)
    an.did(f"{option}/deferral", {"occurred_on": "2018-04-01", "note": "chưa có vốn"})
    return option


def test_what_waits_for_its_yearly_answer(an: Person) -> None:
    at = an.opened()
    deferred(an, at, "Thay lò nung")
    answered = deferred(an, at, "Bọc cách nhiệt")
    an.did(f"{answered}/answers", {"occurred_on": "2019-02-10", "answer": "still-pending"})
    an.proposed(at, title="Sấy bằng nhiệt thải")
    assert titles(an, "?due_on=2019-02-19") == []
    assert titles(an, "?due_on=2019-02-20") == ["Thay lò nung"]
    assert sorted(titles(an, "?due_on=2020-02-20")) == ["Bọc cách nhiệt", "Thay lò nung"]
    assert titles(an, "?due_on=2021-02-20") == []

    shown = an.get(answered).get_json()
    assert shown["status"] == "lapsed"
    assert (shown["due_on"], shown["lapses_on"], shown["note"]) == ("2020-02-20", "2021-02-20", "chưa có vốn")
    assert [said["answer"] for said in shown["answers"]] == ["still-pending"]

    late = {"occurred_on": "2022-03-01", "answer": "still-pending"}
    assert "2021-02-20" in an.post(f"{answered}/answers", late).get_json()["detail"]
    an.did(f"{answered}/answers", late | {"answer": "not-implemented", "reason": "bán lò"})
    assert an.get(answered).get_json()["status"] == "refused"


def test_lapsed_and_pending_are_told_apart_on_any_day(an: Person) -> None:
    deferred(an, an.opened(), "Thay lò nung")
    assert titles(an, "?status=pending&on=2021-02-19") == ["Thay lò nung"]
    assert titles(an, "?status=lapsed&on=2021-02-19") == []
    assert titles(an, "?status=pending&on=2021-02-20") == []
    assert titles(an, "?status=lapsed") == ["Thay lò nung"]
    (line,) = an.read("/options?on=2021-02-19")["items"]
    assert line["status"] == "pending"


def test_filters_search_and_order(an: Person) -> None:
    at, other = an.opened(), an.opened("f-xi-mang")
    an.proposed(at, title="Đường ống hơi", investment_vnd=10, yearly_saving_vnd=4)
    an.proposed(other, title="Bảo dưỡng", option_class="good-housekeeping", investment_vnd=0)
    an.proposed(at, title="Thay quạt", investment_vnd=90, yearly_saving_vnd=30)
    unknown = an.proposed(other, title="Xin tài trợ")
    an.did(f"{unknown}/exclusion", {"occurred_on": "2018-03-01", "reason": "không phải SXSH"})
    assert titles(an, "?class=good-housekeeping") == ["Bảo dưỡng"]
    assert titles(an, "?q=duong%20ong") == ["Đường ống hơi"]
    assert titles(an, "?facility_id=f-xi-mang&status=excluded") == ["Xin tài trợ"]
    assert titles(an, "?sort=payback&payback_at_most=2.5") == ["Bảo dưỡng", "Xin tài trợ", "Đường ống hơi"]
    assert titles(an, "?sort=title") == ["Bảo dưỡng", "Đường ống hơi", "Thay quạt", "Xin tài trợ"]
    first = an.read("/options?sort=title&limit=3")
    rest = an.read(f"/options?sort=title&limit=3&cursor={first['next']}")
    assert [item["title"] for item in rest["items"]] == ["Xin tài trợ"]
    assert an.get("?class=magic", base="/api/v1/options").status_code == 422
    assert an.get("?sort=magic", base="/api/v1/options").status_code == 422


def test_the_summary_leaves_out_what_is_excluded(an: Person) -> None:
    at = an.opened()
    for investment, saving in ((10, 4), (90, 30), (100, 100)):
        an.proposed(at, investment_vnd=investment, yearly_saving_vnd=saving)
    an.proposed(at, investment_vnd=7, yearly_saving_vnd=0)
    gone = an.proposed(at, investment_vnd=1000, yearly_saving_vnd=1)
    an.did(f"{gone}/exclusion", {"occurred_on": "2018-03-01", "reason": "nhập nhầm"})
    found = an.read("/options/summary")
    assert found["options"] == 5
    assert {name: count for name, count in found["by_status"].items() if count} == {
        "proposed": 4,
        "excluded": 1,
    }
    assert (found["median_payback_years"], found["with_payback"]) == ("2.50", 3)
    assert (found["investment_vnd"], found["yearly_saving_vnd"]) == (207, 134)
    assert an.read("/options/summary?q=khongco")["median_payback_years"] is None
    assert an.get(at).get_json()["options"][4]["status"] == "excluded"
    (line,) = an.read("/assessments")["items"]
    assert line["options_proposed"] == 4


def test_each_class_has_its_own_payback(an: Person) -> None:
    at = an.opened()
    for class_, investment in (("process-control", 100), ("process-control", 300), ("by-product", 500)):
        an.proposed(at, option_class=class_, investment_vnd=investment, yearly_saving_vnd=100)
    found = {one["class"]: one for one in an.read("/options/summary")["by_class"]}
    assert list(found) == list(OPTION_CLASSES)
    paybacks = {class_: (one["median_payback_years"], one["with_payback"]) for class_, one in found.items()}
    assert paybacks["process-control"] == ("2.00", 2)
    assert paybacks["by-product"] == ("5.00", 1)
    assert paybacks["input-change"] == (None, 0)
    assert sum(one["investment_vnd"] for one in found.values()) == 900


def test_callers_limited_to_districts_see_their_own(an: Person, people: People) -> None:
    an.proposed(an.opened(), title="Ở Nho Quan")
    an.proposed(an.opened("f-xi-mang"), title="Ở Tam Điệp")
    local = people.sign_in("hoa", "operator", districts=["tam-diep"])
    assert titles(local, "") == ["Ở Tam Điệp"]
    assert titles(local, "?facility_id=f-gach") == []
    assert local.read("/options/summary")["options"] == 1


def test_vietnamese_is_found_however_it_is_typed(an: Person) -> None:
    an.proposed(an.opened(), title="Thay động cơ quạt gió")
    for typed in ("động cơ", "dong co", "ĐỘNG", unicodedata.normalize("NFD", "quạt")):
        assert titles(an, f"?q={quote(typed)}") == ["Thay động cơ quạt gió"], typed
    assert titles(an, f"?q={quote('đông lạnh')}") == []


def test_the_reminder_list_is_a_file_too(an: Person) -> None:
    deferred(an, an.opened(), "=Thay lò nung")
    found = an.get("/export?format=csv&due_on=2019-02-20", base="/api/v1/options")
    assert found.status_code == 200, found.get_data()
    text = found.get_data().decode("utf-8-sig")
    assert "'=Thay lò nung" in text
    assert "2019-02-20" in text
    empty = an.get("/export?format=csv&due_on=2019-02-19", base="/api/v1/options").get_data().decode()
    assert "lò nung" not in empty
    for path in ("/flags", "/pilots"):
        assert an.get("/export?format=jsonl", base=f"/api/v1{path}").status_code == 200
