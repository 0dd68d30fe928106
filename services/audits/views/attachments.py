"""The evidence of all assessments: what is linked where, and what was withdrawn."""

from __future__ import annotations

from typing import Any

from mongoengine import BooleanField, Document, IntField, ListField, StringField

from services.audits.domain.assessment import assessment
from services.audits.domain.state import Assessment, Attachment
from services.audits.views.common import ALIAS, day
from services.eventkit.paging import list_page
from services.eventkit.text import fold, search_keys
from services.eventkit.views import PartsView

SORTABLE = {"linked_on": "linked_on", "title": "title_key", "bytes": "bytes"}


class AttachmentDocument(Document):
    id = StringField(primary_key=True)
    version = IntField(required=True)
    position = IntField(required=True)
    assessment_id = StringField(required=True)
    of = StringField(required=True)
    sha256 = StringField(required=True)
    media_type = StringField(required=True)
    bytes = IntField(required=True)
    title = StringField(required=True)
    title_key = StringField(required=True)
    url = StringField()
    by = StringField(required=True)
    linked_on = StringField(required=True)
    withdrawn = BooleanField(required=True)
    withdrawn_on = StringField()
    withdrawal = StringField()
    search = ListField(StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "attachments",
        "db_alias": ALIAS,
        "indexes": [("assessment_id", "linked_on", "id"), ("assessment_id", "title_key", "id")],
    }


def flatten(state: Assessment) -> dict[str, dict[str, Any]]:
    return {id_: _fields(state, attachment) for id_, attachment in state.attachments.items()}


def _fields(state: Assessment, attachment: Attachment) -> dict[str, Any]:
    return {
        "assessment_id": state.id,
        "of": attachment.of,
        "sha256": attachment.sha256,
        "media_type": attachment.media_type,
        "bytes": attachment.bytes,
        "title": attachment.title,
        "title_key": fold(attachment.title),
        "url": attachment.url,
        "by": attachment.by,
        "linked_on": day(attachment.linked_on),
        "withdrawn": attachment.withdrawn_on is not None,
        "withdrawn_on": day(attachment.withdrawn_on),
        "withdrawal": attachment.withdrawal,
        "search": search_keys(attachment.title, attachment.media_type),
    }


ATTACHMENTS = PartsView(assessment, AttachmentDocument, flatten)


def list_attachments(query: dict[str, Any], assessment_id: str) -> dict[str, Any]:
    filters: dict[str, Any] = {name: query.get(name) for name in ("of", "media_type", "withdrawn")}
    found = list_page(
        AttachmentDocument,
        filters={**filters, "assessment_id": assessment_id},
        q=query["q"],
        sort=query["sort"] or "-linked_on",
        cursor=query["cursor"],
        limit=query["limit"],
        sortable=SORTABLE,
    )
    for item in found["items"]:
        del item["title_key"], item["assessment_id"]
    return found
