"""The files in deploy/: what they ask for is safe and there, and their commands run where little can be written."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from guardrails_cli.cli import app
from guardrails_cli.cluster.celery_app import QUEUES
from guardrails_cli.execute.local import find_server
from tests.integration.support import EXAMPLES, PATIENCE, ROOT, wait_until

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if name != "redis"}
MANIFESTS = [
    manifest
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for manifest in yaml.safe_load_all(path.read_text())
]


def instruction(name: str) -> list[str]:
    """Return what follows an instruction of the Dockerfile's last stage, each time it is there."""
    return re.findall(rf"^{name}\s+(.*)$", DOCKERFILE.rpartition("\nFROM ")[2], re.MULTILINE)


def health_check() -> list[str]:
    return list(json.loads(re.search(r"CMD (\[.*\])", instruction("HEALTHCHECK")[0])[1]))  # type: ignore[index]


def pods() -> Iterator[dict[str, Any]]:
    for manifest in MANIFESTS:
        if manifest["kind"] == "Deployment":
            yield manifest["spec"]["template"]["spec"]
        elif manifest["kind"] == "CronJob":
            yield manifest["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def containers() -> Iterator[dict[str, Any]]:
    for pod in pods():
        yield from pod["containers"]


def command_lines() -> list[list[str]]:
    """Return all that the files have the program do."""
    lines = [json.loads(instruction("CMD")[-1]), health_check()[1:]]
    for service in OURS.values():
        lines.append(service["command"])
        if "test" in service["healthcheck"]:
            lines.append(service["healthcheck"]["test"][2:])
    for container in containers():
        lines.append(container["args"])
        lines += [
            container[probe]["exec"]["command"][1:] for probe in ("startupProbe", "livenessProbe") if probe in container
        ]
    return lines


@pytest.mark.parametrize("line", command_lines(), ids=" ".join)
def test_a_command_is_one_that_the_program_has(line: list[str]) -> None:
    command: Any = get_command(app)
    words = list(line)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    command.make_parser(command.context_class(command)).parse_args(args=words)


def test_the_image_runs_as_nobody_in_particular() -> None:
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", instruction("USER")[-1])
    assert json.loads(instruction("ENTRYPOINT")[-1]) == ["guardrails"]


def test_what_the_image_is_built_from_is_sent_to_the_builder() -> None:
    kept = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        word for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE) for word in line.split()[:-1]
    }
    assert copied == kept
    assert all((ROOT / name).exists() for name in kept)


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_service_can_do_little(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["cpus"]
    assert service["healthcheck"]
    assert set(service["secrets"]) <= COMPOSE["secrets"].keys()
    assert set(service["networks"]) <= COMPOSE["networks"].keys()
    for volume in service.get("volumes", []):
        place = volume.partition(":")[0]
        assert volume.endswith(":ro") or place in COMPOSE["volumes"]
        assert not place.startswith("./") or (DEPLOY / place).exists()
    assert "ports" not in service


def test_only_beat_reaches_other_networks() -> None:
    assert COMPOSE["networks"]["broker"]["internal"]
    assert [name for name, service in COMPOSE["services"].items() if service["networks"] != ["broker"]] == ["beat"]


def test_secrets_are_files_that_are_never_committed() -> None:
    assert "secrets/" in (DEPLOY / ".gitignore").read_text().splitlines()
    assert all(secret["file"].startswith("./secrets/") for secret in COMPOSE["secrets"].values())
    for service in OURS.values():
        for variable, value in service["environment"].items():
            assert not variable.endswith("_FILE") or value.removeprefix("/run/secrets/") in service["secrets"]


@pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod["containers"][0]["name"])
def test_a_pod_can_do_little(pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"]
    assert f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" == instruction("USER")[-1]
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        places = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
        assert places == {"/tmp", "/var/lib/guardrails"}


def test_every_queue_is_scaled_on() -> None:
    [scaled] = [manifest["spec"] for manifest in MANIFESTS if manifest["kind"] == "ScaledObject"]
    assert tuple(trigger["metadata"]["listName"] for trigger in scaled["triggers"]) == QUEUES
    [worker] = [manifest for manifest in MANIFESTS if manifest["kind"] == "Deployment"]
    assert scaled["scaleTargetRef"]["name"] == worker["metadata"]["name"]
    assert scaled["minReplicaCount"] >= 1  # a scan asks for workers before it sends anything
    assert "replicas" not in worker["spec"]


def test_prometheus_reaches_the_port_that_workers_have() -> None:
    [worker] = [container for container in containers() if container["name"] == "worker"]
    port = int(worker["args"][worker["args"].index("--metrics-port") + 1])
    [policy] = [manifest["spec"] for manifest in MANIFESTS if manifest["kind"] == "NetworkPolicy"]
    assert policy["ingress"][0]["ports"] == [{"protocol": "TCP", "port": port}]
    assert worker["ports"][0]["containerPort"] == port


@dataclass(frozen=True)
class Place:
    """The place where the image's commands run."""

    prefix: list[str]
    environment: dict[str, str]
    audits: Path

    def start(self, arguments: list[str], **more: Any) -> subprocess.Popen[str]:
        code = "from guardrails_cli.__main__ import main; main()"
        return subprocess.Popen(
            [*self.prefix, sys.executable, "-P", "-c", code, *self.adapted(arguments)],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, cwd="/", **more,
        )  # fmt: skip

    def run(self, arguments: list[str]) -> tuple[int, str]:
        process = self.start(arguments)
        out, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, out

    def adapted(self, arguments: list[str]) -> list[str]:
        """Return the arguments with what lies elsewhere in this place, and a port that is free."""
        names = {"/srv/share": str(EXAMPLES / "shop"), "/etc/guardrails/audits.yaml": str(self.audits)}
        port = {"9187": "0", "0.0.0.0": "127.0.0.1"}
        return [(names | port).get(word, word) for word in arguments]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A server with the configuration and the users of compose.yaml, and the variables that name it."""
    folder, binary = tmp_path_factory.mktemp("redis"), find_server()
    assert binary is not None
    page = (ROOT / "docs/deployment.md").read_text()
    users = re.search(r"printf '([^']*)'", page)
    assert users is not None
    password = secrets.token_hex(16)
    (folder / "users.acl").write_text(users[1].replace("\\n", "\n").replace("%s", password))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [
        "--aclfile",
        str(folder / "users.acl"),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        str(folder),
    ]
    log = (folder / "log").open("wb")
    process = subprocess.Popen([str(binary), str(DEPLOY / "redis/redis.conf"), *arguments], stdout=log, stderr=log)
    try:
        wait_until(lambda: b"Ready to accept" in (folder / "log").read_bytes(), "the server starts", 20)
        (folder / "password").write_text(password + "\n")
        named = dict(OURS["worker"]["environment"])
        assert named.keys() == {"GUARDRAILS_BROKER_URL", "GUARDRAILS_BROKER_PASSWORD_FILE"}
        named["GUARDRAILS_BROKER_URL"] = named["GUARDRAILS_BROKER_URL"].replace("@redis:6379", f"@127.0.0.1:{port}")
        yield named | {"GUARDRAILS_BROKER_PASSWORD_FILE": str(folder / "password")}
    finally:
        process.terminate()
        process.wait()
        log.close()


@pytest.fixture(scope="module")
def place(broker: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The image's environment on a file system that can be written to in the image's two places only."""
    folder = tmp_path_factory.mktemp("image")
    shown = dict(re.findall(r"(\w+)=(\S+)", instruction("ENV")[-1]))
    assert (shown["TMPDIR"], shown["HOME"]) == ("/tmp", "/var/lib/guardrails")
    prefix: list[str] = []
    if shutil.which("unshare") and os.geteuid() == 0:
        script = f'mount --bind {folder} {folder} && mount -o remount,bind,ro / && exec "$@"'
        trial = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"]
        if subprocess.run([*trial, "true"], check=False, capture_output=True).returncode == 0:
            prefix = trial
    temporary, state = folder / "tmp", folder / "lib"
    temporary.mkdir()
    state.mkdir()
    audits = folder / "audits.yaml"
    audits.write_text((DEPLOY / "audits.yaml").read_text())
    environment = shown | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": "/dev/null/home",  # not even root makes that
        "TMPDIR": str(temporary),
        # The image brings what the program computes once; here it is computed already, or too slowly.
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"),
        "XDG_STATE_HOME": str(state),
        **broker,
        "GUARDRAILS_PROFILE": "fast",  # the model is the business of others
        "GUARDRAILS_MODEL": "none",
    }
    return Place(prefix, environment, audits)


@pytest.mark.slow
def test_the_services_work_together_where_little_can_be_written(place: Place, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as output:
        worker = place.start(OURS["worker"]["command"], stderr=output)
    try:
        wait_until(lambda: "ready." in log.read_text(), "the worker is ready")
        code, told = place.run(health_check()[1:])
        assert (code, json.loads(told)["ok"]) == (0, True), told
        code, told = place.run(OURS["scan"]["command"])
        assert code in (0, 1)
        assert json.loads(told)["summary"]["findings"] > 0
        code, told = place.run(OURS["beat"]["healthcheck"]["test"][2:])
        assert code == 0
        assert "nightly" in told
        worker.terminate()
        assert worker.wait(60) == 0
        code, told = place.run(health_check()[1:])
        assert code == 2
        assert "no worker does" in json.loads(told)["checks"][0]["detail"]
    finally:
        worker.kill()
        worker.communicate()
    assert all(json.loads(line)["event"] for line in log.read_text().splitlines())
