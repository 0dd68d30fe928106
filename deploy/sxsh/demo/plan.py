"""The demonstration as phases of requests: the same ones every time, whatever has been loaded before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.sxsh.demo import extras, network, officers, programme
from deploy.sxsh.demo.audits import Story, is_assessed
from deploy.sxsh.demo.facilities import Facility
from deploy.sxsh.demo.province import DISTRICTS, MARK, plant
from deploy.sxsh.demo.steps import Phase, Step

FACILITIES = 420
#: District -> day of its session for facilities.
SESSIONS = {district.id: f"2017-0{index + 1}-18" for index, district in enumerate(DISTRICTS)}


def plan(facilities: int = FACILITIES) -> list[Phase]:
    """What concerns one facility does not depend on how many there are. Raises `Trouble` for too many."""
    plant(facilities)
    numbers = [number for number in range(1, facilities + 1) if number not in extras.NUMBERS]
    all_ = [Facility(number) for number in numbers]
    stories = [Story(number) for number in numbers if is_assessed(number)]
    return [
        _phase("Đơn vị hành chính / administrative units", [list(_units())]),
        _phase("Kế hoạch / plans", programme.plans()),
        _phase("Nhiệm vụ, kinh phí, mạng lưới / tasks, money, network", _programme()),
        _phase(
            "Cơ sở công nghiệp / facilities",
            [*([one.registration()] for one in all_), *extras.registrations()],
        ),
        _phase("Truyền thông / campaigns", programme.campaigns(facilities)),
        _phase("Cán bộ, lớp tập huấn, điều tra / officers, courses, surveys", _prepared()),
        _phase("Chứng nhận cán bộ / certificates", officers.certificates()),
        _phase("Tập huấn cơ sở / facilities trained", (list(one.training(SESSIONS)) for one in all_)),
        _phase(
            "Điều tra nhận thức / awareness",
            [*([*one.census(), *one.sample()] for one in all_), *extras.awareness()],
        ),
        _phase(
            "Đánh giá và giải pháp / assessments and options",
            [*(list(story.first()) for story in stories), *extras.assessments()],
        ),
        _phase("Mô hình trình diễn / pilots", extras.pilots()),
        _phase("Theo dõi kết quả / follow-ups", (list(story.later()) for story in stories)),
        _phase("Mẫu điều tra rút ngẫu nhiên / a random sample", [programme.drawn()]),
        _phase("Tạm ngừng, đóng, chuyển / suspended, closed, moved", (list(one.fate()) for one in all_)),
        _phase("Gộp bản ghi trùng / duplicates merged", extras.merger()),
        _phase("Sắp xếp đơn vị hành chính 2025 / reorganised in 2025", programme.reorganisations()),
    ]


def _programme() -> Iterator[list[Step]]:
    yield from programme.tasks()
    yield from programme.money()
    yield from programme.documents()
    yield from network.network()
    yield from network.counts()


def _phase(title: str, tracks: Any) -> Phase:
    return Phase(title, [track for track in tracks if track])


def _units() -> Iterator[Step]:
    province = {"id": "ninh-binh-province", "code": "37", "name": "Tỉnh Ninh Bình", "level": "province"}
    yield _unit({**province, "kind": "province"})
    for one in DISTRICTS:
        yield _unit(
            {
                "id": one.id,
                "code": one.code,
                "name": one.name,
                "level": "district",
                "kind": one.kind,
                "parent_id": "ninh-binh-province",
            }
        )


def _unit(body: dict[str, Any]) -> Step:
    return Step(
        f"unit-{body['id']}", "office", "registry", "/api/v1/units", {**body, "occurred_on": "2015-01-01"}
    )


def _prepared() -> Iterator[list[Step]]:
    yield from officers.appointments()
    yield [
        _course("facilities", "Lợi ích của sản xuất sạch hơn", 50),
        *(_session(f"session-{d.id}", "facilities", d.id, SESSIONS[d.id], 8) for d in DISTRICTS),
    ]
    yield [
        _course("officers", "Cán bộ sản xuất sạch hơn cấp huyện", 60),
        *(
            _session(f"session-officers-{which}", "officers", "ninh-binh", day, 40)
            for which, day in officers.COURSE_DAYS.items()
        ),
    ]
    yield [_survey("census", "Điều tra nhận thức toàn bộ cơ sở 2016–2020", "2016-09-01")]
    yield [_survey("sample", "Điều tra mẫu 2018", "2018-10-01")]


def _course(audience: str, title: str, pass_mark: int) -> Step:
    body = {
        "title": f"{title} {MARK}",
        "audience": audience,
        "pass_mark": pass_mark,
        "occurred_on": "2016-09-01",
    }
    return Step(f"course-{audience}", "trainer", "training", "/api/v1/courses", body)


def _session(key: str, audience: str, unit: str, day: str, hours: int) -> Step:
    body = {"unit_id": unit, "place": f"Hội trường {MARK}", "hours": hours, "occurred_on": day}
    return Step(key, "trainer", "training", f"/api/v1/courses/{{course-{audience}}}/sessions", body)


def _survey(mode: str, title: str, day: str) -> Step:
    body = {"title": f"{title} {MARK}", "mode": mode, "occurred_on": day}
    return Step(f"survey-{mode}", "trainer", "training", "/api/v1/surveys", body)
