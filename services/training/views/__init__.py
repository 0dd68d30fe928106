"""Query models of the training service: one document a stream, kept from its own log."""

from services.training.views.answers import ANSWERS
from services.training.views.campaigns import CAMPAIGNS, REACHES
from services.training.views.courses import COURSES
from services.training.views.participations import PARTICIPATIONS
from services.training.views.surveys import SURVEYS

VIEWS = [COURSES, PARTICIPATIONS, SURVEYS, ANSWERS, CAMPAIGNS, REACHES]
