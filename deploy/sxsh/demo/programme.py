"""What the Department does: plans, how far their tasks are, their money, their documents, and campaigns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.sxsh.demo.province import MARK
from deploy.sxsh.demo.steps import Step
from deploy.sxsh.plan_commands import shipped

PLAN = "nb-1051-2016"

#: Task -> (percent on 15 December 2018, the same of 2020, last status, why).
TASKS: dict[str, tuple[int, int, str, str | None]] = {
    "communication": (60, 100, "done", None),
    "training": (45, 90, "under-way", None),
    "pilots": (50, 100, "done", None),
    "replication": (10, 35, "under-way", None),
    "support-unit": (100, 100, "done", None),
    "consultants": (40, 75, "done", "Phần còn lại chuyển sang kế hoạch sau"),
    "database-build": (30, 80, "under-way", None),
    "database-run": (0, 10, "suspended", "Chờ cơ sở dữ liệu hoàn thành"),
    "mechanisms": (5, 5, "dropped", "Đã gộp vào chính sách của tỉnh"),
}
#: Group, source, million VND planned, committed, disbursed, and what else is said of the line.
MONEY: tuple[tuple[int, str, int, int, int, dict[str, Any]], ...] = (
    (1, "local", 2400, 2300, 2150, {"task_id": "communication"}),
    (1, "central", 800, 600, 600, {"task_id": "training"}),
    (2, "central", 3000, 3000, 2600, {"task_id": "pilots"}),
    (2, "local", 1500, 1900, 1700, {"task_id": "replication"}),
    (2, "sponsorship", 1200, 1200, 1100, {"donor": f"Dự án hỗ trợ kỹ thuật {MARK}", "abroad": True}),
    (2, "own", 45000, 38000, 36500, {}),
    (3, "local", 900, 850, 850, {"task_id": "support-unit"}),
    (3, "sponsorship", 150, 150, 90, {"donor": f"Hiệp hội doanh nghiệp {MARK}"}),
    (4, "local", 1100, 700, 400, {"task_id": "database-build"}),
    (4, "central", 500, 0, 0, {"task_id": "database-run"}),
    (5, "local", 200, 120, 120, {"task_id": "policies"}),
)
#: Title, kind, due, and what became of it: (route, day).
DOCUMENTS: tuple[tuple[str, str, str, tuple[str, str] | None], ...] = (
    ("Quy chế hỗ trợ đánh giá sản xuất sạch hơn", "Quyết định", "2017-12-31", ("issue", "2017-11-20")),
    ("Kế hoạch truyền thông hằng năm", "Kế hoạch", "2017-03-31", ("issue", "2017-06-15")),
    ("Chính sách ưu đãi đổi mới công nghệ", "Nghị quyết", "2019-06-30", ("issue", "2020-02-10")),
    ("Giải thưởng sản xuất sạch hơn của tỉnh", "Quyết định", "2018-12-31", ("drop", "2018-10-01")),
    ("Hướng dẫn tự đánh giá nhanh", "Hướng dẫn", "2020-06-30", None),
)
#: Channel, title, unit or None for the whole province, from, to, people reached by report.
CAMPAIGNS: tuple[tuple[str, str, str | None, str, str | None, tuple[int, ...]], ...] = (
    ("television", "Phóng sự sản xuất sạch hơn", None, "2017-04-03", "2017-12-20", (42_000, 38_500)),
    ("radio", "Chuyên mục phát thanh", None, "2017-02-06", "2018-12-28", (25_000, 21_000, 18_000)),
    ("press", "Trang chuyên đề báo tỉnh", None, "2018-03-05", "2018-06-29", (9_500,)),
    ("web", "Trang thông tin của Sở", None, "2016-11-01", None, (3_200, 4_100)),
    ("social-media", "Nhóm trao đổi doanh nghiệp", None, "2019-01-07", None, (1_800,)),
    ("leaflet", "Tờ rơi đến tận cơ sở", "gia-vien", "2018-08-06", "2018-09-28", (420,)),
    ("event", "Ngày hội sản xuất sạch hơn", "tam-diep", "2019-06-05", "2019-06-06", (650,)),
)
#: Facilities that the leaflet and the event reached, by number.
REACHED = {"leaflet": (1, 4, 7, 10), "event": (2, 4, 8, 12)}
DEPARTMENT = "Sở Công Thương"


def plans() -> Iterator[list[Step]]:
    for id_, body in shipped().items():
        yield [Step(f"plan-{id_}", "office", "registry", "/api/v1/plans", body)]


def tasks() -> Iterator[list[Step]]:
    """One after the other, for all are kept with their plan. `policies` stays planned: nobody reports it."""
    yield [step for task in TASKS for step in _task(task)]


def _task(task: str) -> Iterator[Step]:
    early, late, status, reason = TASKS[task]
    key, path = f"task-{task}", f"/api/v1/plans/{PLAN}/tasks/{task}"
    yield _registrar(f"{key}-begun", f"{path}/status", "2017-01-09", status="under-way")
    for year, percent in ((2018, early), (2020, late)):
        said = {"percent": percent, "text": f"Báo cáo năm {year}: đạt {percent}% khối lượng {MARK}"}
        yield _registrar(f"{key}-report-{year}", f"{path}/progress-reports", f"{year}-12-15", **said)
    if status != "under-way":
        why = {} if reason is None else {"reason": f"{reason} {MARK}"}
        yield _registrar(f"{key}-{status}", f"{path}/status", "2020-12-20", status=status, **why)


def money() -> Iterator[list[Step]]:
    """Every source; one line has more committed than planned, one is corrected."""
    for index, (group, source, planned, committed, disbursed, more) in enumerate(MONEY):
        key, path = f"funding-{index}", f"/api/v1/funding/{{funding-{index}}}"
        line = {"plan_id": PLAN, "group": group, "source": source, "amount_vnd": planned * 1_000_000, **more}
        steps = [
            _registrar(key, "/api/v1/funding", "2016-12-20", **line),
            *_acts(key, f"{path}/commitments", "02-15", committed),
            *_acts(key, f"{path}/disbursements", "11-30", disbursed),
        ]
        if index == 0:
            back = {"of": "disbursed", "delta_vnd": -15_000_000, "reason": f"Thu hồi phần chi sai {MARK}"}
            steps.append(_registrar(f"{key}-corrected", f"{path}/corrections", "2020-03-10", **back))
        yield steps


def _acts(key: str, path: str, day: str, millions: int) -> Iterator[Step]:
    """In two parts."""
    for share, year in ((0.4, 2017), (0.6, 2019)):
        if vnd := round(millions * share) * 1_000_000:
            name = path.rpartition("/")[2]
            yield _registrar(f"{key}-{name}-{year}", path, f"{year}-{day}", amount_vnd=vnd)


def documents() -> Iterator[list[Step]]:
    """Issued early, late and very late, dropped, and open."""
    for index, (title, kind, due, then) in enumerate(DOCUMENTS):
        key = f"policy-{index}"
        planned = {
            "plan_id": PLAN,
            "title": f"{title} {MARK}",
            "kind": kind,
            "agency": DEPARTMENT,
            "due": due,
        }
        steps = [_registrar(key, "/api/v1/policies", "2016-12-20", **planned)]
        if then is not None:
            route, day = then
            said = (
                {"number": f"{index + 11}/{day[:4]}/QĐ-MP", "issuer": f"Ủy ban nhân dân tỉnh {MARK}"}
                if route == "issue"
                else {"reason": f"Chưa bố trí được kinh phí {MARK}"}
            )
            steps.append(_registrar(f"{key}-{route}", f"/api/v1/policies/{{{key}}}/{route}", day, **said))
        yield steps


def campaigns(facilities: int) -> Iterator[list[Step]]:
    for channel, title, unit, begun, ended, reports in CAMPAIGNS:
        key, path = f"campaign-{channel}", f"/api/v1/campaigns/{{campaign-{channel}}}"
        body = {"title": f"{title} {MARK}", "channel": channel, "task_id": "communication"}
        steps = [_trainer(key, "/api/v1/campaigns", begun, unit_ids=[unit] if unit else [], **body)]
        for index, people in enumerate(reports):
            source = f"Ước tính đợt {index + 1} {MARK}"
            steps.append(
                _trainer(f"{key}-reach-{index}", f"{path}/reach-reports", begun, people=people, source=source)
            )
        for number in (one for one in REACHED.get(channel, ()) if one <= facilities):
            reached = {"facility_id": f"{{facility-{number:04d}}}"}
            steps.append(_trainer(f"{key}-reached-{number}", f"{path}/facilities", begun, **reached))
        if ended is not None:
            steps.append(_trainer(f"{key}-closed", f"{path}/closure", ended))
        yield steps


def drawn() -> list[Step]:
    """The random sample of the next survey: drawn, and nobody asked yet."""
    key, path = "survey-drawn", "/api/v1/surveys"
    opened = {"title": f"Điều tra mẫu 2020 {MARK}", "mode": "sample", "population": 500}
    return [
        _trainer(key, path, "2020-11-02", **opened),
        _trainer(f"{key}-drawn", f"{path}/{{{key}}}/draw", "2020-11-03", size=30, seed=1051),
    ]


def reorganisations() -> Iterator[list[Step]]:
    """Those of 2025: the merger of two units in January, in July the end of the districts."""
    steps = []
    for name in ("ninh-binh-2025-01", "ninh-binh-2025-07"):
        path = "/api/v1/reorganisations"
        steps.append(Step(f"reorganisation-{name}", "office", "registry", f"{path}/loads", {"name": name}))
        application = f"{path}/{name}/application"
        steps.append(Step(f"reorganisation-{name}-applied", "office", "registry", application, {}))
    yield steps


def _registrar(key: str, path: str, day: str, **body: Any) -> Step:
    return Step(key, "registrar", "registry", path, {**body, "occurred_on": day})


def _trainer(key: str, path: str, day: str, **body: Any) -> Step:
    return Step(key, "trainer", "training", path, {**body, "occurred_on": day})
