"""Requests and answers of the training service, a module a noun."""

from services.training.api.schemas.campaigns import (
    CampaignListSchema,
    CampaignQuery,
    CampaignSchema,
    OpenCampaignSchema,
    ReachedFacilitySchema,
    ReachedListSchema,
    ReachedQuery,
    ReachSchema,
)
from services.training.api.schemas.common import OccurredSchema, ReasonSchema
from services.training.api.schemas.courses import (
    CourseListSchema,
    CourseQuery,
    CourseSchema,
    OpenCourseSchema,
    ScheduleSessionSchema,
    SessionSchema,
)
from services.training.api.schemas.participations import (
    AttendSchema,
    ParticipationListSchema,
    ParticipationQuery,
    ParticipationSchema,
    RecordTestSchema,
)
from services.training.api.schemas.surveys import (
    AnswerListSchema,
    AnswerQuery,
    AnswerSchema,
    OpenSurveySchema,
    SurveyListSchema,
    SurveyQuery,
    SurveySchema,
)

__all__ = [
    "AnswerListSchema",
    "AnswerQuery",
    "AnswerSchema",
    "AttendSchema",
    "CampaignListSchema",
    "CampaignQuery",
    "CampaignSchema",
    "CourseListSchema",
    "CourseQuery",
    "CourseSchema",
    "OccurredSchema",
    "OpenCampaignSchema",
    "OpenCourseSchema",
    "OpenSurveySchema",
    "ParticipationListSchema",
    "ParticipationQuery",
    "ParticipationSchema",
    "ReachSchema",
    "ReachedFacilitySchema",
    "ReachedListSchema",
    "ReachedQuery",
    "ReasonSchema",
    "RecordTestSchema",
    "ScheduleSessionSchema",
    "SessionSchema",
    "SurveyListSchema",
    "SurveyQuery",
    "SurveySchema",
]
