"""Evidence kept elsewhere: its hash says that it is the same, its link where it is. It may be withdrawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import msgspec

from services.audits.domain import checks
from services.audits.domain.catalogue import AttachmentLinked, AttachmentWithdrawn
from services.audits.domain.state import Assessment
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")


class LinkAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """`of` is the id of the assessment, or of an option or follow-up of it."""

    attachment_id: str
    of: str
    sha256: str
    media_type: str
    bytes: int
    title: str
    by: str
    occurred_on: date
    url: str | None = None


class WithdrawAttachment(msgspec.Struct, frozen=True, kw_only=True):
    attachment_id: str
    reason: str
    occurred_on: date


AttachmentCommand = LinkAttachment | WithdrawAttachment
ATTACHMENT_COMMANDS = (LinkAttachment, WithdrawAttachment)


def decide(command: AttachmentCommand, state: Assessment) -> Sequence[Event]:
    checks.opened(state)
    if isinstance(command, LinkAttachment):
        return [_link(command, state)]
    return [_withdraw(command, state)]


def _link(command: LinkAttachment, state: Assessment) -> Event:
    if command.of != state.id and command.of not in state.options and command.of not in state.follow_ups:
        raise InvalidInput.at("/of", "must be the id of the assessment, or of an option or follow-up of it")
    if not _SHA256.fullmatch(command.sha256):
        raise InvalidInput.at("/sha256", "must be the SHA-256 of the file, as 64 small hexadecimal digits")
    if not _MEDIA_TYPE.fullmatch(command.media_type):
        raise InvalidInput.at("/media_type", "must be a media type such as application/pdf, in small letters")
    if command.url is not None and not command.url.startswith(("https://", "http://")):
        raise InvalidInput.at("/url", "must begin with https:// or http://")
    checks.not_before(command.occurred_on, state.opened_on, "the opening of the assessment")
    for other in state.attachments.values():
        if other.withdrawn_on is None and (other.of, other.sha256) == (command.of, command.sha256):
            raise Refused("The same file is linked here already.")
    return AttachmentLinked(
        **checks.of(state),
        attachment_id=command.attachment_id,
        of=command.of,
        sha256=command.sha256,
        media_type=command.media_type,
        bytes=command.bytes,
        title=command.title,
        by=command.by,
        url=command.url,
        occurred_on=command.occurred_on,
    )


def _withdraw(command: WithdrawAttachment, state: Assessment) -> Event:
    attachment = state.attachments.get(command.attachment_id)
    if attachment is None:
        raise NotFound("The assessment has no attachment with this id. List those it has.")
    if attachment.withdrawn_on is not None:
        raise Refused("The attachment is withdrawn already.")
    checks.given(command.reason, "/reason")
    checks.not_before(command.occurred_on, attachment.linked_on, "the day it was linked")
    return AttachmentWithdrawn(
        **checks.of(state),
        attachment_id=command.attachment_id,
        reason=command.reason,
        occurred_on=command.occurred_on,
    )
