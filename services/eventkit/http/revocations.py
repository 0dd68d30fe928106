"""Revoking what somebody signs in with, before it expires: the same in every service."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import ValidationError, validates_schema

from services.eventkit.http import fields
from services.eventkit.http.access import allow, ensure_whole_province, principal
from services.eventkit.http.blueprint import Blueprint
from services.eventkit.http.responses import json_response
from services.eventkit.http.schemas import Schema
from services.eventkit.identity import Role
from services.eventkit.identity.revocations import SUBJECT, TOKEN, Revocation, Revocations


class RevokeSchema(Schema):
    """One of the two."""

    subject = fields.Text(
        max=200,
        metadata={
            "description": "All that was issued to this `sub` until now; an API key is machine:<its name>"
        },
    )
    token_id = fields.Text(max=200, metadata={"description": "The token with this `jti`"})
    reason = fields.Text(max=500, required=True)

    @validates_schema
    def one_of_two(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("subject" in data) == ("token_id" in data):
            raise ValidationError({"subject": ["Give either subject or token_id."]})


class RevocationSchema(Schema):
    id = fields.String(required=True)
    before = fields.String(required=True, metadata={"format": "date-time"})
    at = fields.String(required=True, metadata={"format": "date-time"})
    by = fields.String(required=True)
    reason = fields.String(required=True)


class RevocationsSchema(Schema):
    items = fields.List(fields.Nested(RevocationSchema), required=True)


def revocations_blueprint(revocations: Revocations) -> Blueprint:
    blueprint = Blueprint("revocations", __name__, description="Sign-ins that are believed no more")

    @blueprint.route("/revocations")
    @allow(Role.OPERATOR)
    @blueprint.response(200, RevocationsSchema)
    def list_revocations() -> Response:
        """What is revoked in this service, the newest first."""
        ensure_whole_province()
        return json_response({"items": [_shown(each) for each in revocations.listed()]})

    @blueprint.route("/revocations", methods=["POST"])
    @allow(Role.OPERATOR)
    @blueprint.arguments(RevokeSchema)
    @blueprint.response(201, RevocationSchema)
    def revoke(body: dict[str, Any]) -> Response:
        """Believe a subject's tokens, an API key or one token no more; within two seconds everywhere.

        Do it in each of the four services. Take the subject's right to sign in away at the issuer first: what
        it issues afterwards is believed.
        """
        ensure_whole_province()
        kind, value = (SUBJECT, body["subject"]) if "subject" in body else (TOKEN, body["token_id"])
        made = revocations.add(kind, value, by=principal().id, reason=body["reason"])
        return json_response(_shown(made), 201, {"Location": f"/api/v1/revocations/{made.id}"})

    @blueprint.route("/revocations/<path:revocation_id>", methods=["DELETE"])
    @allow(Role.ADMIN)
    @blueprint.response(204)
    def withdraw(revocation_id: str) -> Response:
        """Believe it again, as far as it has not expired."""
        ensure_whole_province()
        revocations.withdraw(revocation_id)
        return Response(status=204)

    return blueprint


def _shown(revocation: Revocation) -> dict[str, Any]:
    return revocation._asdict()
