"""The province that is measured is told in events that the services have."""

from __future__ import annotations

from collections import Counter

from bench.province import Province
from services.kpi.domain.facts import SOURCES


def test_the_province_of_the_measurements_is_told_in_all_three_logs() -> None:
    told = Counter(source for source, _ in Province(40).commits())
    assert set(told) == set(SOURCES)
    assert told["registry"] > 40
