"""The facts that the tests of this folder begin from."""

from __future__ import annotations

from datetime import date

from services.training.domain.courses import Course
from services.training.domain.courses import evolve as evolve_course
from services.training.domain.events import (
    Attended,
    Audience,
    CampaignClosed,
    CampaignOpened,
    CertificateIssued,
    Channel,
    CourseOpened,
    Mode,
    SessionCancelled,
    SessionScheduled,
    SurveyClosed,
    SurveyOpened,
    Tested,
)

OPENED = date(2018, 3, 1)
HELD = date(2018, 4, 12)
LATER = date(2018, 4, 20)

course_opened = CourseOpened(
    course_id="c1",
    title="Sản xuất sạch hơn cơ bản",
    audience=Audience.OFFICERS,
    pass_mark=60,
    occurred_on=OPENED,
)
session_scheduled = SessionScheduled(
    course_id="c1", session_id="s1", unit_id="kim-son", place="Phát Diệm", hours=16, occurred_on=HELD
)
session_cancelled = SessionCancelled(
    course_id="c1", session_id="s1", reason="lũ lụt", occurred_on=date(2018, 4, 11)
)
officer_attended = Attended(
    participation_id="p1",
    course_id="c1",
    session_id="s1",
    officer_id="o1",
    unit_id="kim-son",
    occurred_on=HELD,
)
facility_attended = Attended(
    participation_id="p1",
    course_id="c1",
    session_id="s1",
    facility_id="f1",
    unit_id="kim-son",
    occurred_on=HELD,
)
certificate_issued = CertificateIssued(participation_id="p1", officer_id="o1", occurred_on=LATER)
census_opened = SurveyOpened(
    survey_id="v1", title="Điều tra nhận thức 2018", mode=Mode.CENSUS, occurred_on=OPENED
)
sample_opened = SurveyOpened(
    survey_id="v1", title="Điều tra chọn mẫu 2018", mode=Mode.SAMPLE, occurred_on=OPENED
)
survey_closed = SurveyClosed(survey_id="v1", occurred_on=LATER)


campaign_opened = CampaignOpened(
    campaign_id="m1",
    title="Sản xuất sạch hơn trên sóng Ninh Bình",
    channel=Channel.RADIO,
    unit_ids=("kim-son",),
    occurred_on=OPENED,
)
campaign_closed = CampaignClosed(campaign_id="m1", occurred_on=LATER)


def result_of(score: int, passed: bool, on: date = HELD, officer: bool = True) -> Tested:
    return Tested(
        participation_id="p1",
        course_id="c1",
        officer_id="o1" if officer else None,
        facility_id=None if officer else "f1",
        score=score,
        passed=passed,
        occurred_on=on,
    )


def course() -> Course:
    folded = evolve_course(evolve_course(None, course_opened), session_scheduled)
    assert folded is not None
    return folded
