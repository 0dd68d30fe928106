"""What a province would lose: an address that leads to the wrong service, or to more than it should.

The real nginx with the configuration of the deployment; only where things are differs. Skipped where there is
no nginx.
"""

from __future__ import annotations

import http.client
import json
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.sxsh.ports import free_port
from deploy.sxsh.processes import wait_until

ROOT = Path(__file__).resolve().parents[3]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
SERVICES = ("registry", "audits", "training", "kpi", "kpi-live", "grafana")

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx: apt-get install nginx-light")


class Behind(ThreadingHTTPServer):
    """Tells what it was asked, as a service; at /live it sends a frame and waits before the next."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.name = name
        self.go_on = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Behind

    def do_GET(self) -> None:
        if self.server.name == "kpi-live":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"event: news\n\n")
            self.server.go_on.wait(20)
            self.wfile.write(b"event: more\n\n")
            self.close_connection = True
            return
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        seen = {"by": self.server.name, "path": self.path, "bytes": len(body), **dict(self.headers.items())}
        answer = json.dumps(seen).encode()
        self.send_response(201)
        self.send_header("Location", "/api/v1/facilities/1")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        pass


class Gateway:
    def __init__(self, folder: Path) -> None:
        self.http, self.https = free_port(), free_port()
        self.behind = {name: Behind(name) for name in SERVICES}
        self.context = ssl._create_unverified_context()
        (folder / "run").mkdir()
        made = [*("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")]
        made += [
            *("-subj", "/CN=localhost", "-keyout", f"{folder}/tls_key", "-out", f"{folder}/tls_certificate")
        ]
        subprocess.run(["openssl", *made], check=True, capture_output=True)
        text = (ROOT / "deploy" / "gateway" / "nginx.conf").read_text()
        ports = {name: server.server_address[1] for name, server in self.behind.items()}
        for name, port in (("kpi-live", 8000), ("kpi", 8000), ("grafana", 3000)):
            assert f"http://{name}:{port}" in text
            text = text.replace(f"http://{name}:{port}", f"http://127.0.0.1:{ports[name]}")
        assert "http://$service:8000" in text
        text = text.replace("http://$service:8000", "http://127.0.0.1:$port")
        chosen = "".join(f"    {name} {ports[name]};\n" for name in ("registry", "audits", "training"))
        text = text.replace("http {", f"http {{\n  map $service $port {{\n{chosen}  }}", 1)
        text = text.replace("/tmp/", f"{folder}/run/").replace("/run/secrets", str(folder))
        text = re.sub(r"listen 8080", f"listen 127.0.0.1:{self.http}", text)
        text = re.sub(r"listen 8443", f"listen 127.0.0.1:{self.https}", text)
        text = text.replace("/dev/stdout", f"{folder}/access.log").replace(
            "/dev/stderr", f"{folder}/error.log"
        )
        self.config = folder / "nginx.conf"
        self.config.write_text(text)
        self.process = subprocess.Popen(
            [str(NGINX), "-c", str(self.config), "-e", f"{folder}/error.log", "-g", "daemon off;"]
        )

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPSConnection("127.0.0.1", self.https, context=self.context, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def up(self) -> bool:
        try:
            return self.ask("/")[0] == 201
        except OSError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        for server in self.behind.values():
            server.go_on.set()
            server.shutdown()
            server.server_close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    found = Gateway(tmp_path_factory.mktemp("gateway"))
    try:
        assert wait_until(found.up, 20), (found.config.parent / "error.log").read_text()
        yield found
    finally:
        found.stop()


@pytest.mark.parametrize(
    ("asked", "by", "path"),
    [
        ("/", "kpi", "/"),
        ("/targets/K1?on=2018-12-31", "kpi", "/targets/K1?on=2018-12-31"),
        ("/api/v1/targets", "kpi", "/api/v1/targets"),
        ("/registry/api/v1/facilities?q=xi%20m%C4%83ng", "registry", "/api/v1/facilities?q=xi%20m%C4%83ng"),
        ("/registry/api/v1/facilities/a%2Fb", "registry", "/api/v1/facilities/a%2Fb"),
        ("/audits/api/v1/assessments", "audits", "/api/v1/assessments"),
        ("/training/readyz", "training", "/readyz"),
        ("/trainings", "kpi", "/trainings"),
        ("/grafana/d/sxsh-overview", "grafana", "/grafana/d/sxsh-overview"),
    ],
)
def test_each_address_leads_to_its_service_unaltered(
    gateway: Gateway, asked: str, by: str, path: str
) -> None:
    status, headers, body = gateway.ask(
        asked, headers={"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "http", "Host": "sxsh.example.vn"}
    )
    seen = json.loads(body)
    assert (status, seen["by"], seen["path"]) == (201, by, path)
    assert seen["Host"] == "sxsh.example.vn"
    assert (seen["X-Forwarded-For"], seen["X-Forwarded-Proto"]) == ("127.0.0.1", "https")
    assert headers["location"] == ("" if by in ("kpi", "grafana") else f"/{by}") + "/api/v1/facilities/1"
    assert headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("service", ["registry", "audits", "training"])
def test_a_service_is_where_its_documents_say_it_is(gateway: Gateway, service: str) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    base = compose[service]["environment"]["BASE_PATH"]
    seen = json.loads(gateway.ask(f"{base}/api/v1/openapi.json")[2])
    assert (seen["by"], seen["path"]) == (service, "/api/v1/openapi.json")


@pytest.mark.parametrize(
    "path",
    ["/metrics", "/registry/metrics", "/audits//metrics", "/x/../training/metrics", "/registry/%6detrics"],
)
def test_what_is_for_inside_is_not_shown(gateway: Gateway, path: str) -> None:
    assert gateway.ask(path)[0] == 404


def test_plain_http_is_led_to_tls(gateway: Gateway) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.http, timeout=10)
    connection.request("GET", "/registry/api/v1/facilities?a=1", headers={"Host": "sxsh.example.vn"})
    answer = connection.getresponse()
    assert answer.status == 308
    assert answer.headers["Location"] == "https://sxsh.example.vn/registry/api/v1/facilities?a=1"
    connection.close()


def test_a_file_of_64_mib_passes_and_one_that_no_service_takes_does_not(gateway: Gateway) -> None:
    status, _, body = gateway.ask("/registry/api/v1/imports?kind=facilities", "POST", bytes(64 << 20))
    assert (status, json.loads(body)["bytes"]) == (201, 64 << 20)
    assert gateway.ask("/api/v1/x", "POST", b"", {"Content-Length": str(81 << 20)})[0] == 413


def test_news_are_handed_on_at_once(gateway: Gateway) -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", gateway.https, context=gateway.context, timeout=10)
    connection.request("GET", "/live")
    answer = connection.getresponse()
    assert answer.readline() == b"event: news\n"
    gateway.behind["kpi-live"].go_on.set()
    assert b"event: more" in answer.read()
    connection.close()


def test_one_client_can_not_take_all_of_it(gateway: Gateway) -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", gateway.https, context=gateway.context, timeout=10)
    answers = []
    for _ in range(400):
        connection.request("GET", "/targets")
        answer = connection.getresponse()
        answer.read()
        answers.append(answer.status)
        if answer.status == 429:
            break
    connection.close()
    assert answers[-1] == 429 and answers.count(201) >= 100
