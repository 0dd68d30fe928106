"""Whatever an event or a record is, there are words for it: their keys are made up of data."""

from __future__ import annotations

import pytest

from services.audits.domain.catalogue import catalogue as audits
from services.kpi.domain.official import catalogue as official
from services.kpi.domain.quality import DETAILS
from services.kpi.pages import gaps
from services.kpi.pages.facilities import SORTS, STATUSES
from services.kpi.pages.language import LANGUAGES, Reader
from services.kpi.pages.officers import CERTIFICATES
from services.registry.domain.events import catalogue as registry
from services.training.domain.events import catalogue as training

TYPES = [type_ for each in (registry, audits, training, official) for type_ in each.types()]
MADE_UP = (
    *(f"event-{type_}" for type_ in TYPES),
    *(f"{of}-{kind}" for kind in gaps.KINDS for of in ("gap", "todo")),
    *(f"missing-{detail}" for detail in DETAILS),
    *(f"certificate-is-{state}" for state in CERTIFICATES),
    *(f"operation-{status}" for status in STATUSES),
    *SORTS.values(),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_made_up_of_data_has_words(language: str) -> None:
    say = Reader(language)
    assert all(say.t(key) for key in MADE_UP)
    assert all(say.t(f"held-{state}", day="1/2/2019") for state in CERTIFICATES)
