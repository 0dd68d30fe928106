"""What an operator would lose: an alert that can never fire, because what it looks at does not exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

from services.eventkit.telemetry import Metrics

ROOT = Path(__file__).resolve().parents[2]
RULES = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text())
SCRAPED = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DASHBOARDS = {
    path: json.loads(path.read_text()) for path in (ROOT / "deploy/grafana/dashboards").glob("*.json")
}
#: Of Prometheus itself and of every Python process.
COMMON = {"up", "ALERTS", "process_resident_memory_bytes", "process_cpu_seconds_total"}
_ATTRIBUTES = {
    name: metric for name, metric in vars(Metrics).items() if isinstance(metric, Counter | Gauge | Histogram)
}


def series() -> dict[str, set[str]]:
    """What is exposed: name -> its labels."""
    endings = {Counter: ("_total",), Gauge: ("",), Histogram: ("_bucket", "_sum", "_count")}
    return {
        f"{metric._name}{ending}": {*metric._labelnames, "le"}
        for metric in _ATTRIBUTES.values()
        for ending in endings[type(metric)]
    }


def expressions() -> Iterator[tuple[str, str]]:
    for group in RULES["groups"]:
        for rule in group["rules"]:
            yield rule.get("alert") or rule["record"], rule["expr"]
    for path, board in DASHBOARDS.items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"{path.name}: {panel['title']}", target["expr"]


def test_rules_and_dashboards_ask_for_nothing_that_is_not_measured() -> None:
    known = series()
    recorded = {rule["record"] for group in RULES["groups"] for rule in group["rules"] if "record" in rule}
    seen: set[str] = set()
    for where, expression in expressions():
        bare = re.sub(r'"[^"]*"', "", expression)
        named = set(re.findall(r"(?<![\w:])(?:sxsh_\w+|process_\w+|up\b|ALERTS\b)", bare))
        assert named <= known.keys() | COMMON, (where, named - known.keys() - COMMON)
        assert set(re.findall(r"sxsh:\w+", bare)) <= recorded, where
        labels = {"instance", "job"}.union(*(known.get(name, set()) for name in named))
        if "sxsh:" not in bare:
            used = {
                label.strip()
                for listed in re.findall(r"\b(?:by|on|without) \(([^)]*)\)", bare)
                for label in listed.split(",")
                if label.strip()
            }
            assert used <= labels, (where, used - labels)
        seen |= named
    assert len(seen) > 20


def test_every_metric_is_measured_somewhere_and_named_by_the_conventions() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "services").rglob("*.py"))
    for name, metric in _ATTRIBUTES.items():
        assert re.search(rf"\bmetrics\.{name}\b", code), f"{name} is never set"
        assert re.fullmatch(r"sxsh_[a-z0-9_]+", metric._name)
        assert not metric._name.endswith(("_ms", "_milliseconds", "_kb", "_percent"))
        if isinstance(metric, Histogram) and "size" not in name:
            assert metric._name.endswith("_seconds")
        assert metric._documentation


def test_every_process_that_measures_is_scraped_where_it_answers() -> None:
    scraped = {
        target
        for job in SCRAPED["scrape_configs"]
        for each in job.get("static_configs", ())
        for target in each["targets"]
    } | {
        f"{name}:{each['port']}"
        for job in SCRAPED["scrape_configs"]
        for each in job.get("dns_sd_configs", ())
        for name in each["names"]
    }
    expected = {"localhost:9090", "alertmanager:9093"}
    for name, described in COMPOSE["services"].items():
        bind = described.get("environment", {}).get("METRICS_BIND")
        if bind and described.get("restart") != "no":
            serves = any("gunicorn" in word for word in described.get("command", ["gunicorn"]))
            expected.add(f"{name}:{8000 if serves else bind.rpartition(':')[2]}")
            assert "inner" in described["networks"]
    assert scraped == expected


def test_alerts_say_what_is_wrong_and_what_to_do() -> None:
    for rule in (rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule):
        assert set(rule["annotations"]) == {"summary", "mend"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_every_alert_is_sent_to_somebody_whom_a_secret_names() -> None:
    sent = yaml.safe_load((ROOT / "deploy/alertmanager/alertmanager.yml").read_text())
    (one,) = SCRAPED["alerting"]["alertmanagers"]
    assert one["static_configs"] == [{"targets": ["alertmanager:9093"]}]
    caller = COMPOSE["services"]["alertmanager"]
    assert (
        set(caller["networks"]) == {"inner", "outer"}
        and "inner" in COMPOSE["services"]["prometheus"]["networks"]
    )
    assert f"--config.file={caller['volumes'][0].split(':')[1]}/alertmanager.yml" in caller["command"]
    secrets = {each["name"]: each["webhook_configs"][0]["url_file"] for each in sent["receivers"]}
    assert {Path(file).name for file in secrets.values()} == set(caller["secrets"])
    assert all(file.startswith("/run/secrets/") for file in secrets.values())
    routes = {each["matchers"][0]: each["receiver"] for each in sent["route"]["routes"]}
    severities = {
        rule["labels"]["severity"] for group in RULES["groups"] for rule in group["rules"] if "alert" in rule
    }
    assert routes.keys() == {f'severity = "{each}"' for each in severities}
    assert {*routes.values(), sent["route"]["receiver"]} == secrets.keys()


def test_dashboards_are_found_and_read_what_is_provided() -> None:
    provided = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())
    folder = yaml.safe_load((ROOT / "deploy/grafana/provisioning/dashboards/sxsh.yml").read_text())
    mounted = {volume.split(":")[1] for volume in COMPOSE["services"]["grafana"]["volumes"]}
    assert folder["providers"][0]["options"]["path"] in mounted
    uids = {each["uid"] for each in provided["datasources"]}
    assert len({board["uid"] for board in DASHBOARDS.values()}) == len(DASHBOARDS) == 3
    for path, board in DASHBOARDS.items():
        assert path.stem == board["uid"]
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
        for panel in board["panels"]:
            assert panel["targets"] and {panel["datasource"]["uid"]} <= uids
            at: dict[str, Any] = panel["gridPos"]
            assert at["x"] + at["w"] <= 24


def test_prometheus_reads_its_rules_and_the_alerts_fire() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("there is no promtool: it is part of Prometheus (apt-get install prometheus)")
    for command in (
        ("check", "rules", "deploy/prometheus/rules.yml"),
        ("test", "rules", "tests/unit/alerts.promtool.yml"),
    ):
        done = subprocess.run([promtool, *command], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
