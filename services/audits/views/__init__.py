"""Query models of the audits service, kept from its own log."""

from services.audits.views.assessments import ASSESSMENTS
from services.audits.views.attachments import ATTACHMENTS
from services.audits.views.flags import RAISED
from services.audits.views.options import OPTIONS
from services.audits.views.pilots import PILOTS
from services.eventkit.views import PartsView, View

VIEWS: list[View | PartsView] = [ASSESSMENTS, OPTIONS, PILOTS, ATTACHMENTS, RAISED]

#: Their checkpoint. To be changed when a model is added, so that what is in the log already gets into it.
CHECKPOINT = "views-2"
