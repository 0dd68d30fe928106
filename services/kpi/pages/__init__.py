"""The pages for people: made at the server from what the API answers, of use without scripts."""

from services.kpi.pages.frame import COOKIE
from services.kpi.pages.routes import pages_blueprint

__all__ = ["COOKIE", "pages_blueprint"]
