"""The HTTP edge, the same in all services: one app factory, one set of errors, rights denied by default.

A service codes its blueprints against these names only. Routes of a blueprint are relative to ``/api/v1``.
"""

from services.eventkit.http import fields
from services.eventkit.http.access import (
    allow,
    credentials,
    ensure_district,
    ensure_from_here,
    ensure_whole_province,
    from_here,
    onward,
    principal,
    public,
    streams_body,
)
from services.eventkit.http.app import create_app, service
from services.eventkit.http.blueprint import Blueprint
from services.eventkit.http.context import command_context, expected_version, idempotency_key
from services.eventkit.http.responses import json_response, receipt_response, record_response
from services.eventkit.http.schemas import ReceiptSchema, Schema

__all__ = [
    "Blueprint",
    "ReceiptSchema",
    "Schema",
    "allow",
    "command_context",
    "create_app",
    "credentials",
    "ensure_district",
    "ensure_from_here",
    "ensure_whole_province",
    "expected_version",
    "fields",
    "from_here",
    "idempotency_key",
    "json_response",
    "onward",
    "principal",
    "public",
    "receipt_response",
    "record_response",
    "service",
    "streams_body",
]
