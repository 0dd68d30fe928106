"""Facilities beside the numbered ones, each for a story of its own that the others do not tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from deploy.sxsh.demo.audits import Story
from deploy.sxsh.demo.facilities import Facility
from deploy.sxsh.demo.province import MARK
from deploy.sxsh.demo.steps import Step

SURVIVOR, DUPLICATE, ALIKE, ITS_TWIN, OPTIONS, CORRECTED = 440, 441, 442, 443, 434, 435
#: They repeat the pilot of `OPTIONS`.
REPLICAS = (436, 438)
#: By number. The plants of these numbers are told here and nowhere else.
NUMBERS = (SURVIVOR, DUPLICATE, ALIKE, ITS_TWIN, OPTIONS, CORRECTED, *REPLICAS)
#: Duplicate -> the record it repeats, written as somebody else would write it.
REPEATS = {DUPLICATE: SURVIVOR, ITS_TWIN: ALIKE}

#: One option of each class: (class, title, what becomes of it).
EVERY_OPTION = (
    ("good-housekeeping", "Bịt rò rỉ khí nén", "verified"),
    ("input-change", "Thay keo gốc dung môi bằng keo gốc nước", "implemented-late"),
    ("process-control", "Điều khiển tự động nhiệt độ sấy", "lapsed"),
    ("equipment-modification", "Lắp biến tần cho quạt sấy", "excluded"),
    ("technology-change", "Thay lò hơi", "refused"),
    ("on-site-recovery", "Thu hồi nước ngưng", "discontinued"),
    ("by-product", "Ép viên nhiên liệu từ mùn cưa", "proposed"),
    ("product-modification", "Giảm chiều dày ván theo đơn hàng", "pending"),
)


def registrations() -> Iterator[list[Step]]:
    for number in NUMBERS:
        step = Facility(number).registration()
        if number in REPEATS:
            own = Facility(REPEATS[number]).registration().body
            for name in ("kind", "unit_id", "industry", "tax_code", "products"):
                step.body[name] = own[name]
            step.body["name"] = own["name"].replace("Công ty TNHH", "CÔNG TY TNHH")
            step.body["occurred_on"] = "2017-05-02"
        yield [step]


def awareness() -> Iterator[list[Step]]:
    """The duplicate was asked, its survivor never: once they are merged, the answer is the survivor's."""
    body = {
        "facility_id": f"{{facility-{DUPLICATE:04d}}}",
        "benefits": ["cuts-cost", "saves-energy"],
        "occurred_on": "2017-10-10",
    }
    path = "/api/v1/surveys/{survey-census}/answers"
    yield [Step(f"facility-{DUPLICATE:04d}-census-0", "trainer", "training", path, body)]
    for number in (OPTIONS, CORRECTED, *REPLICAS):
        yield list(Facility(number).census())


def merger() -> Iterator[list[Step]]:
    reason = {"reason": f"Cùng mã số thuế, cùng địa chỉ: một cơ sở đăng ký hai lần {MARK}"}
    body = {"survivor_id": f"{{facility-{SURVIVOR:04d}}}", **reason, "occurred_on": "2019-03-04"}
    path = f"/api/v1/facilities/{{facility-{DUPLICATE:04d}}}/merges"
    yield [Step(f"facility-{DUPLICATE:04d}-merged", "registrar", "registry", path, body)]


def assessments() -> Iterator[list[Step]]:
    yield list(_every_option())
    yield list(_corrected_report())
    for number in REPLICAS:
        yield list(Story(number).first())


def pilots() -> Iterator[list[Step]]:
    """One finished and repeated at two facilities, one still shown and repeated once."""
    first, second = Story(OPTIONS), Story(CORRECTED)
    yield [
        *_pilot(first, "option-0", "2018-09-03"),
        *_pilot(second, "option-0", "2019-03-11"),
        _finished(first),
        *(_replicated(Story(number), "option-0", first) for number in REPLICAS),
        _replicated(first, "option-1", second),
    ]


def _pilot(story: Story, option: str, day: str) -> Iterator[Step]:
    body = {
        "option_ids": [f"{{{story.key}-{option}}}"],
        "title": f"Mô hình trình diễn {story.number} {MARK}",
        "task_id": "pilots",
        "occurred_on": day,
    }
    yield Step(f"{story.key}-pilot", "assessor", "audits", f"{story.path}/pilots", body)


def _finished(story: Story) -> Step:
    body = {"result": f"Tiết kiệm như đã tính, có thể nhân rộng {MARK}", "occurred_on": "2019-09-02"}
    path = f"{story.path}/pilots/{{{story.key}-pilot}}/finish"
    return Step(f"{story.key}-pilot-finished", "reviewer", "audits", path, body)


def _replicated(story: Story, option: str, of: Story) -> Step:
    key = f"{story.key}-{option}"
    body = {"pilot_id": f"{{{of.key}-pilot}}", "occurred_on": "2019-10-07"}
    return Step(
        f"{key}-replicates", "assessor", "audits", f"{story.path}/options/{{{key}}}/replication", body
    )


def _every_option() -> Iterator[Step]:
    story = Story(OPTIONS)
    yield from _approved(story)
    yield from _evidence(story)
    for index, (kind, title, fate) in enumerate(EVERY_OPTION):
        key = f"{story.key}-option-{index}"
        path = f"{story.path}/options/{{{key}}}"
        proposed = date(2019, 4, 1) if fate == "pending" else date(2017, 5, 15)
        body = {
            "option_class": kind,
            "title": f"{title} {MARK}",
            "resources": ["electricity"],
            "investment_vnd": (index + 1) * 60_000_000,
            "yearly_saving_vnd": (index + 2) * 25_000_000,
            "estimated": [{"resource": "electricity", "quantity": f"{(index + 1) * 9000}", "unit": "kWh"}],
        }
        yield _assessor(key, f"{story.path}/options", proposed, **body)
        yield from _fate(key, path, fate, proposed)


def _fate(key: str, path: str, fate: str, proposed: date) -> Iterator[Step]:
    def say(what: str, after: int, **body: Any) -> Step:
        return _assessor(f"{key}-{what}-{after}", f"{path}/{what}", proposed + timedelta(after), **body)

    if fate in ("verified", "discontinued"):
        yield say("implementation", 200)
        verified = {"verified": [{"resource": "electricity", "quantity": "8200", "unit": "kWh"}]}
        on = (proposed + timedelta(320)).isoformat()
        body = {**verified, "verified_saving_vnd": 21_000_000, "occurred_on": on}
        yield Step(f"{key}-verified", "reviewer", "audits", f"{path}/verification", body)
    if fate == "discontinued":
        yield say("discontinuation", 900, reason=f"Dây chuyền ngừng hoạt động {MARK}")
    elif fate == "refused":
        yield say("refusal", 150, reason=f"Chưa vay được vốn {MARK}")
    elif fate in ("implemented-late", "lapsed", "pending", "excluded"):
        yield say("deferral", 60, note=f"Chờ kế hoạch đầu tư {MARK}")
        yield say("answers", 370, answer="still-pending")
    if fate == "implemented-late":
        yield say("answers", 800, answer="implemented")
        yield say("corrections", 810, investment_vnd=95_000_000, reason=f"Theo hóa đơn quyết toán {MARK}")
    elif fate == "excluded":
        yield say("exclusion", 400, reason=f"Không phù hợp với thiết bị hiện có {MARK}")


def _corrected_report() -> Iterator[Step]:
    """Its report was accepted with a wrong cost; put right, it is accepted again by somebody else."""
    story = Story(CORRECTED)
    yield from story.first()
    yield from story.later()
    key = f"{story.key}-follow-up-2018"
    path = f"{story.path}/follow-ups/{{{key}}}"
    measured = story.report(2018)
    measured["flows"][0]["cost_vnd"] = round(measured["flows"][0]["cost_vnd"] * 0.97)
    body = {**measured, "reason": f"Ghi nhầm tiền điện của tháng 12 {MARK}"}
    yield Step(f"{key}-corrected", "assessor", "audits", f"{path}/corrections", body)
    again = {"occurred_on": "2019-06-03"}
    yield Step(f"{key}-accepted-again", "reviewer", "audits", f"{path}/acceptance", again)


def _approved(story: Story) -> Iterator[Step]:
    """Opened, measured, one option to submit with, approved."""
    facility = f"{{facility-{story.number:04d}}}"
    yield _assessor(
        story.key, "/api/v1/assessments", date(2017, 3, 1), facility_id=facility, method="detailed"
    )
    baseline = f"{story.path}/baseline"
    yield Step(f"{story.key}-baseline", "assessor", "audits", baseline, story.baseline(), "PUT")
    for step in range(1, 5):
        body = {"step": step, "tasks": [f"d{step}.{task}" for task in (1, 2)]}
        yield _assessor(f"{story.key}-step-{step}", f"{story.path}/steps", date(2017, 3, 3 * step), **body)
    first = {"option_class": "good-housekeeping", "title": f"Tắt máy khi không tải {MARK}", "resources": []}
    yield _assessor(f"{story.key}-first", f"{story.path}/options", date(2017, 3, 20), **first)
    yield _assessor(f"{story.key}-submission", f"{story.path}/submission", date(2017, 4, 3))
    approval = {"occurred_on": "2017-04-20"}
    yield Step(f"{story.key}-approval", "reviewer", "audits", f"{story.path}/approval", approval)


def _evidence(story: Story) -> Iterator[Step]:
    """Two files kept elsewhere, of which the second was the wrong one."""
    path = f"{story.path}/attachments"
    for index, title in enumerate(("Hóa đơn điện 2016", "Ảnh chụp đồng hồ")):
        key = f"{story.key}-attachment-{index}"
        body = {
            "of": f"{{{story.key}}}",
            "sha256": sha256(key.encode()).hexdigest(),
            "media_type": "application/pdf",
            "bytes": 48_213 + index,
            "title": f"{title} {MARK}",
            "url": f"https://example.org/{key}.pdf",
        }
        yield _assessor(key, path, date(2017, 3, 21), **body)
    wrong = {"reason": f"Nhầm của cơ sở khác {MARK}"}
    yield _assessor(f"{key}-withdrawn", f"{path}/{{{key}}}/withdrawal", date(2017, 3, 27), **wrong)


def _assessor(key: str, path: str, day: date, **body: Any) -> Step:
    return Step(key, "assessor", "audits", path, {**body, "occurred_on": day.isoformat()})
