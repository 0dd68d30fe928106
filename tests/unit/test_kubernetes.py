"""What an operator would lose: manifests that a cluster refuses, or pods that lack a setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from services.eventkit.settings import Process, Settings
from tests.unit.test_deployment import COMPOSE, SECRETS

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
MANIFESTS: list[dict[str, Any]] = [
    document
    for name in KUSTOMIZATION["resources"]
    for document in yaml.safe_load_all((FOLDER / name).read_text())
]
VERSION = "1.33"
SHARED = {each["metadata"]["name"]: each["data"] for each in MANIFESTS if each["kind"] == "ConfigMap"}


def pods() -> dict[str, dict[str, Any]]:
    found = {}
    for manifest in MANIFESTS:
        spec = manifest.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found[manifest["metadata"]["name"]] = spec["template"]["spec"]
    return found


PODS = pods()


def process_of(command: list[str]) -> Process:
    if "gunicorn" in command:
        return "live"
    named: dict[str, Process] = {"project": "projector"}
    last = command[-1] if command else "api"
    return named.get(last, last)  # type: ignore[arg-type]


def test_a_cluster_takes_each_manifest() -> None:
    assert {path.name for path in FOLDER.glob("*.yaml")} == {
        *KUSTOMIZATION["resources"],
        "kustomization.yaml",
    }
    for manifest in MANIFESTS:
        kubernetes_validate.validate(manifest, VERSION, strict=True)


@pytest.mark.parametrize("name", PODS)
def test_each_pod_gets_the_settings_its_process_needs_and_no_rights(name: str, tmp_path: Path) -> None:
    pod = PODS[name]
    (container,) = pod["containers"]
    items = next(each for each in pod["volumes"] if each["name"] == "secrets")["secret"]["items"]
    assert {item["key"] for item in items} <= COMPOSE["secrets"].keys()
    for item in items:
        (tmp_path / item["path"]).write_text(SECRETS.get(item["key"], "x"))
    environ: dict[str, str] = {}
    for named in container["envFrom"]:
        environ |= SHARED[named["configMapRef"]["name"]]
    environ |= {each["name"]: str(each["value"]) for each in container["env"]}
    environ = {key: value.replace("/run/secrets/sxsh", str(tmp_path)) for key, value in environ.items()}
    service, process = environ["SERVICE"], process_of(container.get("command", []))
    settings = Settings.from_env(service, process=process, environ=environ)
    assert settings.mongodb_uri.startswith(f"mongodb://{service}:x@")
    assert {key for key in environ if key.endswith("_FILE") and str(tmp_path) in environ[key]} <= {
        f"{key}_FILE" for key in environ_secrets(items)
    }
    assert (settings.oidc_client_id is not None) == (name == "kpi")
    assert (settings.checkpoint_key_file is not None) == name.endswith("-relay")
    speaks = name.endswith("-relay") or name == "kpi-projector"
    assert settings.kafka_security.protocol == ("SASL_SSL" if speaks else "PLAINTEXT")
    assert settings.kafka_sasl_username == (service if speaks else None)
    assert pod["securityContext"]["runAsNonRoot"] and pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(container["resources"]["limits"]) == {"cpu", "memory"}


def environ_secrets(items: list[dict[str, str]]) -> set[str]:
    """The settings that the files of a pod give."""
    password = {"mongo": "MONGODB_PASSWORD", "kafka": "KAFKA_SASL_PASSWORD"}
    return {password.get(item["key"].partition("_")[0], item["key"].upper()) for item in items}


def test_the_same_processes_run_as_in_compose() -> None:
    product = {name for name, described in COMPOSE["services"].items() if "build" in described}
    assert set(PODS) == product - {"mongo-setup", "kafka-setup", "topics", "backup", "restore"}
    for name, pod in PODS.items():
        assert pod["containers"][0].get("command") == COMPOSE["services"][name].get("command"), name


def test_selectors_ports_and_backends_meet() -> None:
    services = {each["metadata"]["name"]: each["spec"] for each in MANIFESTS if each["kind"] == "Service"}
    for name, spec in services.items():
        assert spec["selector"] == {"app": name}
        assert PODS[name]["containers"][0]["ports"][0]["containerPort"] == spec["ports"][0]["port"]
    for manifest in MANIFESTS:
        if manifest["kind"] == "Deployment":
            labels = manifest["spec"]["template"]["metadata"]["labels"]
            assert manifest["spec"]["selector"]["matchLabels"].items() <= labels.items()
            container = PODS[manifest["metadata"]["name"]]["containers"][0]
            assert container["readinessProbe"]["httpGet"]["port"] == container["ports"][0]["containerPort"]
        for rule in manifest["spec"].get("rules", ()) if manifest["kind"] == "Ingress" else ():
            for path in rule["http"]["paths"]:
                assert path["backend"]["service"]["name"] in services
