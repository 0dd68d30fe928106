"""The support network, from the Department to the offices of the districts; and the official counts."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.sxsh.demo.province import DISTRICTS, FAMILY, GIVEN, MARK
from deploy.sxsh.demo.steps import Step

UNIT = "network-centre"
CONSULTANTS = ("Lò hơi, hơi nước", "Động cơ, biến tần", "Nước thải", "Kế toán dòng vật liệu")
#: No longer active at the end of the plan.
LEFT = 3
#: Not linked by the end of the plan.
NOT_LINKED = ("kim-son", "yen-mo")


def network() -> Iterator[list[Step]]:
    established = {
        "name": f"Đơn vị hỗ trợ sản xuất sạch hơn {MARK}",
        "decision": f"21/QĐ-MP {MARK}",
        "occurred_on": "2017-03-01",
    }
    yield [
        Step(UNIT, "office", "registry", "/api/v1/networks", established),
        *(step for index in range(len(CONSULTANTS)) for step in _consultant(index)),
        *(_linked(one.id) for one in DISTRICTS if one.id not in NOT_LINKED),
    ]


def _consultant(index: int) -> Iterator[Step]:
    key = f"consultant-{index}"
    body = {
        "network_id": f"{{{UNIT}}}",
        "person": {"name": f"{FAMILY[-1 - index]} {GIVEN[-1 - index]} {MARK}"},
        "fields": [CONSULTANTS[index]],
        "occurred_on": f"2017-0{index + 4}-10",
    }
    yield Step(key, "registrar", "registry", "/api/v1/consultants", body)
    if index == LEFT:
        left = {"reason": f"Chuyển công tác {MARK}", "occurred_on": "2019-08-01"}
        yield Step(
            f"{key}-left", "registrar", "registry", f"/api/v1/consultants/{{{key}}}/deactivations", left
        )


def _linked(unit: str) -> Step:
    body = {
        "network_id": f"{{{UNIT}}}",
        "office": f"Phòng Kinh tế và Hạ tầng {MARK}",
        "occurred_on": "2017-09-15",
    }
    path = f"/api/v1/units/{unit}/network-links"
    return Step(f"network-link-{unit}", "registrar", "registry", path, body)


def counts() -> Iterator[list[Step]]:
    for one in DISTRICTS:
        body = {
            "facilities": one.share * 5,
            "households": one.share * 2,
            "source": f"Niên giám thống kê {MARK}",
            "occurred_on": "2018-12-31",
        }
        path = f"/api/v1/units/{one.id}/official-counts"
        yield [Step(f"official-count-{one.id}", "office", "registry", path, body)]
