"""Speaks to the APIs of the local system, as the machine that the launcher made a key for or as a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

import urllib3

from deploy.sxsh.access_commands import make_token
from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Workspace

Query = Mapping[str, object]
PIECE = 256 * 1024
#: Seconds until a file begins to come: a large workbook is put together before.
PATIENCE = 600.0


class Refused(Trouble):
    """A service answered with an error; `retry_after` is in seconds, 1 when it did not say."""

    def __init__(self, service: str, status: int, detail: str, retry_after: str = "") -> None:
        super().__init__(f"{service} answered {status}: {detail}")
        self.status, self.detail = status, detail
        self.retry_after = float(retry_after) if retry_after.isdecimal() else 1.0


class LocalApi:
    """Reads with the launcher's key; with `roles` it signs in as a person who has them, and may write."""

    def __init__(self, workspace: Workspace, *roles: str, language: str = "en") -> None:
        self._services = workspace.addresses().services
        self._headers = (
            {"Authorization": f"Bearer {make_token(workspace, list(roles), subject='sxsh')}"}
            if roles
            else {"X-Api-Key": LocalIdentity(workspace.identity).service_key}
        )
        self._headers["Accept-Language"] = language
        self._http = urllib3.PoolManager(retries=False)

    def get(self, service: str, path: str, query: Query | None = None) -> Any:
        """The decoded JSON answer. Raises `Trouble` with what the service says against it."""
        return self._decoded(service, self.raw(service, path, query))

    def post(self, service: str, path: str, body: Any = None) -> Any:
        """Sends `body` as JSON; the decoded JSON answer. Raises `Trouble`."""
        content = json.dumps({} if body is None else body, ensure_ascii=False).encode()
        return self._decoded(service, self._ask("POST", service, path, content, "application/json"))

    def upload(self, service: str, path: str, query: Query, file: IO[bytes], media: str) -> Any:
        """Sends a file as it is, a piece at a time. Raises `Trouble`."""
        return self._decoded(service, self._ask("POST", service, path, file, media, query))

    def download(self, service: str, path: str, query: Query, target: Path) -> int:
        """Writes the answer to a file, which is there whole or not at all; its bytes. Raises `Trouble`."""
        answer = self._ask("GET", service, path, None, None, query, stream=True)
        partial = target.with_name(f".{target.name}.part")
        try:
            with partial.open("wb") as file:
                for piece in answer.stream(PIECE):
                    file.write(piece)
            partial.replace(target)
        except urllib3.exceptions.HTTPError:
            raise Trouble(f"{service} broke off in the middle of the file. Ask for it again.") from None
        except OSError as error:
            raise Trouble(f"{target} cannot be written: {error.strerror}.") from None
        finally:
            partial.unlink(missing_ok=True)
            answer.release_conn()
        return target.stat().st_size

    def raw(
        self,
        service: str,
        path: str,
        query: Query | None = None,
        *,
        accept: str | None = None,
        compressed: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        """The answer as it is; a list in `query` is given as often as it is long. Raises `Trouble`."""
        headers = {
            **({"Accept": accept} if accept else {}),
            **({"Accept-Encoding": "gzip"} if compressed else {}),
        }
        return self._ask("GET", service, path, None, None, query, headers=headers)

    def _ask(
        self,
        method: str,
        service: str,
        path: str,
        body: bytes | IO[bytes] | None,
        media: str | None,
        query: Query | None = None,
        stream: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        fields = {name: value for name, value in (query or {}).items() if value is not None}
        url = f"{self._services[service]}{path}" + (f"?{urlencode(fields, doseq=True)}" if fields else "")
        try:
            answer = self._http.request(
                method,
                url,
                body=body,
                headers={**self._headers, **({"Content-Type": media} if media else {}), **(headers or {})},
                preload_content=not stream,
                timeout=urllib3.Timeout(connect=2.0, read=PATIENCE if stream else 40.0),
            )
        except urllib3.exceptions.HTTPError:
            raise Trouble(
                f"{service} does not answer at {self._services[service]}. Start the system with `sxsh up`, "
                "or see what is wrong with `sxsh doctor`."
            ) from None
        if answer.status >= 400:
            raise Refused(service, answer.status, _detail(answer.data), answer.headers.get("Retry-After", ""))
        return answer

    def _decoded(self, service: str, answer: urllib3.BaseHTTPResponse) -> Any:
        try:
            return json.loads(answer.data)
        except ValueError:
            url = self._services[service]
            raise Trouble(f"What answers at {url} is not {service}: the answer is not JSON.") from None


def _detail(body: bytes) -> str:
    try:
        problem = json.loads(body)
        said = str(problem.get("detail") or problem.get("title"))
        errors = [f"{one['field']}: {one['detail']}" for one in problem.get("errors", ())]
    except (ValueError, AttributeError, KeyError, TypeError):
        return body[:200].decode(errors="replace")
    return "\n  ".join([said, *errors[:20]])
