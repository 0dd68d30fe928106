"""Reads the APIs of the local system, as the machine that the launcher made a key for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import urllib3

from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace


class LocalApi:
    def __init__(self, workspace: Workspace) -> None:
        self._services = workspace.addresses().services
        self._key = LocalIdentity(workspace.identity).service_key
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=2.0, read=40.0), retries=False)

    def get(self, service: str, path: str, query: Mapping[str, object] | None = None) -> Any:
        """The decoded JSON answer. Raises `Trouble` with what the service says against it."""
        try:
            return json.loads(self.raw(service, path, query).data)
        except ValueError:
            url = self._services[service]
            raise Trouble(f"What answers at {url} is not {service}: the answer is not JSON.") from None

    def raw(
        self, service: str, path: str, query: Mapping[str, object] | None = None
    ) -> urllib3.BaseHTTPResponse:
        url = f"{self._services[service]}{path}"
        fields = {name: str(value) for name, value in (query or {}).items() if value is not None}
        try:
            answer = self._http.request("GET", url, fields=fields, headers={"X-Api-Key": self._key})
        except urllib3.exceptions.HTTPError:
            raise Trouble(
                f"{service} does not answer at {self._services[service]}. Start the system with `sxsh up`, "
                "or see what is wrong with `sxsh doctor`."
            ) from None
        if answer.status >= 400:
            raise Trouble(f"{service} answered {answer.status}: {_detail(answer.data)}")
        return answer


def _detail(body: bytes) -> str:
    try:
        problem = json.loads(body)
        return str(problem.get("detail") or problem.get("title"))
    except (ValueError, AttributeError):
        return body[:200].decode(errors="replace")
