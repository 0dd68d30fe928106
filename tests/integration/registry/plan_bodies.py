"""A plan as it is sent to the registry."""

from __future__ import annotations

from typing import Any


def task(id_: str, group: int, title: str, **changes: Any) -> dict[str, Any]:
    return {
        "task_id": id_,
        "group": group,
        "title": title,
        "agency": "Sở Công Thương",
        "co_agencies": [],
        "start": "2016-09-01",
        "end": "2019-12-31",
        **changes,
    }


def plan(id_: str = "nb-1051-2016", **changes: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "name": {"vi": "Kế hoạch sản xuất sạch hơn", "en": "Plan on cleaner production"},
        "source": "Decision 1051/QĐ-UBND, 17 August 2016",
        "start": "2016-08-17",
        "due": "2020-12-31",
        "territory": ["nho-quan", "tam-diep"],
        "targets": [
            {"code": "K1", "milestones": [{"on": "2020-12-31", "value": "0.95"}]},
            {
                "code": "K2b",
                "milestones": [{"on": "2020-12-31", "value": "0.08", "band": ["0.08", "0.13"]}],
                "path_from": {"on": "2016-12-31", "value": "0"},
            },
        ],
        "task_groups": [
            {"group": 1, "name": {"vi": "Nhận thức", "en": "Awareness"}},
            {"group": 2, "name": {"vi": "Hỗ trợ kỹ thuật", "en": "Technical support"}},
        ],
        "tasks": [
            task("to-roi", 1, "Đường dây tư vấn và tờ rơi"),
            task("mo-hinh", 2, "Mô hình điểm", co_agencies=["Sở Khoa học và Công nghệ"]),
        ],
        "expected": {"pilots": 4},
        "occurred_on": "2016-08-17",
        **changes,
    }
