"""The HTTP edge of the audits service: what may be sent, by whom, and what is answered."""

from services.audits.api import (
    assessments,
    attachments,
    flags,
    follow_ups,
    imports,
    methods,
    option_list,
    options,
    pilots,
)
from services.eventkit.http import Blueprint

__all__ = ["blueprints"]


def blueprints() -> list[Blueprint]:
    return [
        assessments.blueprint,
        options.blueprint,
        option_list.blueprint,
        follow_ups.blueprint,
        flags.blueprint,
        pilots.blueprint,
        attachments.blueprint,
        methods.blueprint,
        imports.blueprint,
    ]
