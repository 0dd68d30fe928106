"""Evidence is named by its hash, so that nobody can exchange it; taking it back leaves a trace."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.audits.domain.assessment import assessment
from services.audits.domain.attachments import LinkAttachment, WithdrawAttachment
from services.audits.domain.catalogue import AttachmentLinked, AttachmentWithdrawn
from services.eventkit.errors import InvalidInput, NotFound, Refused
from tests.unit.audits.facts import OF, UNTIL_REPORTED, opened
from tests.unit.given import given

FILE: dict[str, Any] = {
    "attachment_id": "t1",
    "of": "u1",
    "sha256": "ab" * 32,
    "media_type": "application/pdf",
    "bytes": 120_000,
    "title": "Hóa đơn điện 2019",
    "by": "an",
    "occurred_on": date(2020, 1, 10),
    "url": "https://files.example/1",
}
LINK = LinkAttachment(**FILE)
WITHDRAW = WithdrawAttachment(attachment_id="t1", reason="another plant's", occurred_on=date(2020, 2, 1))
linked = AttachmentLinked(**OF, **FILE)
withdrawn = AttachmentWithdrawn(
    **OF, attachment_id="t1", reason="another plant's", occurred_on=date(2020, 2, 1)
)


def test_evidence_is_linked_withdrawn_and_linked_again() -> None:
    after = given(assessment, UNTIL_REPORTED).when(LINK).then([linked])
    after.when(LinkAttachment(**FILE | {"attachment_id": "t2"})).refused("linked here already", Refused)
    assert len(after.when(LinkAttachment(**FILE | {"attachment_id": "t2", "of": "o1"})).events()) == 1
    gone = after.when(WITHDRAW).then([withdrawn])
    gone.when(WITHDRAW).refused("withdrawn already", Refused)
    assert len(gone.when(LinkAttachment(**FILE | {"attachment_id": "t2"})).events()) == 1


@pytest.mark.parametrize("of", ["a1", "o1", "u1"])
def test_evidence_is_of_the_assessment_or_a_part_of_it(of: str) -> None:
    assert len(given(assessment, UNTIL_REPORTED).when(LinkAttachment(**FILE | {"of": of})).events()) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"of": "o9"}, "/of"),
        ({"sha256": "AB" * 32}, "/sha256"),
        ({"sha256": "ab" * 31}, "/sha256"),
        ({"media_type": "pdf"}, "/media_type"),
        ({"url": "file:///etc/passwd"}, "/url"),
        ({"url": "javascript:alert(1)"}, "/url"),
        ({"occurred_on": date(2018, 1, 31)}, "/occurred_on"),
    ],
)
def test_each_wrong_field_is_named(changes: dict[str, Any], field: str) -> None:
    given(assessment, UNTIL_REPORTED).when(LinkAttachment(**FILE | changes)).refused(field, InvalidInput)


def test_only_what_is_linked_is_withdrawn_and_with_a_reason() -> None:
    given(assessment, [opened]).when(WITHDRAW).refused("no attachment", NotFound)
    before = [*UNTIL_REPORTED, linked]
    silent = WithdrawAttachment(attachment_id="t1", reason=" ", occurred_on=date(2020, 2, 1))
    given(assessment, before).when(silent).refused("/reason", InvalidInput)
    early = WithdrawAttachment(attachment_id="t1", reason="x", occurred_on=date(2020, 1, 9))
    given(assessment, before).when(early).refused("the day it was linked", InvalidInput)
