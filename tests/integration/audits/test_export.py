"""Assessments as a file: what an assessor of a district takes away is what the list shows there."""

from __future__ import annotations

import csv
import io

from tests.integration.audits.people import People, Person


def rows_of(body: bytes) -> list[dict[str, str]]:
    lines = [line for line in body.decode("utf-8-sig").splitlines() if not line.startswith("# ")]
    return list(csv.DictReader(io.StringIO("\n".join(lines))))


def test_the_file_keeps_the_limits_and_the_filters_of_the_list(people: People, an: Person) -> None:
    own, other = an.opened("f-gach"), an.opened("f-xi-mang", method="detailed")
    local = people.sign_in("lan", "assessor", districts=["nho-quan"])

    assert [f"/{row['id']}" for row in rows_of(local.get("/export").data)] == [own]
    assert [f"/{row['id']}" for row in rows_of(an.get("/export?method=detailed").data)] == [other]
    assert rows_of(local.get("/export?facility_id=f-xi-mang").data) == []
