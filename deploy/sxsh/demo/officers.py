"""Eight district officers: seven dedicated, one of them with a certificate that has run out by 2020."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.sxsh.demo.province import DISTRICTS, FAMILY, GIVEN, MARK
from deploy.sxsh.demo.steps import Step

NOT_DEDICATED = "nho-quan"
#: Certified in 2016 and not again: 36 months later it is worth nothing.
NOT_RENEWED = "kim-son"
COURSE_DAYS = {"early": "2016-10-12", "late": "2018-05-16"}


def appointments() -> Iterator[list[Step]]:
    for index, district in enumerate(DISTRICTS):
        key = f"officer-{district.id}"
        person = {"name": f"{FAMILY[index]} {GIVEN[index]} {MARK}", "phone": f"0229 000 {index:04d}"}
        appointed = {
            "unit_id": district.id,
            "dedicated": district.id != NOT_DEDICATED,
            "occurred_on": f"2016-09-{index + 5:02d}",
        }
        yield [
            Step(
                key,
                "registrar",
                "registry",
                "/api/v1/officers",
                {"person": person, "occurred_on": "2016-08-22"},
            ),
            Step(
                f"{key}-appointed",
                "registrar",
                "registry",
                f"/api/v1/officers/{{{key}}}/appointments",
                appointed,
            ),
        ]


def certificates() -> Iterator[list[Step]]:
    for index, district in enumerate(DISTRICTS):
        which = "early" if district.id == NOT_RENEWED or index % 3 == 0 else "late"
        steps = list(_certified(district.id, which, 72 + index * 3))
        if which == "early" and district.id != NOT_RENEWED:
            steps += _certified(district.id, "late", 80 + index)
        yield steps


def _certified(district: str, which: str, score: int) -> Iterator[Step]:
    key, day = f"officer-{district}-{which}", COURSE_DAYS[which]
    sessions = f"/api/v1/courses/{{course-officers}}/sessions/{{session-officers-{which}}}"
    part = f"/api/v1/participations/{{{key}}}"
    yield Step(
        key, "trainer", "training", f"{sessions}/participations", {"officer_id": f"{{officer-{district}}}"}
    )
    yield Step(f"{key}-test", "trainer", "training", f"{part}/test", {"score": score, "occurred_on": day})
    yield Step(f"{key}-certificate", "trainer", "training", f"{part}/certificate", {"occurred_on": day})
