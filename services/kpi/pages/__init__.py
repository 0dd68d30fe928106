"""The pages for people: made at the server from what the API answers, of use without scripts."""

from services.kpi.pages.frame import COOKIE
from services.kpi.pages.routes import pages_blueprint
from services.kpi.pages.signing import Signing

__all__ = ["COOKIE", "Signing", "pages_blueprint"]
