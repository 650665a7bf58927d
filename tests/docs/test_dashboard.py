"""The dashboard and the alerts ask for metrics that there are, with labels that they have."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from guardrails_cli.cluster.metrics import ScanEnd, scan_registry
from guardrails_cli.results.summary import FrameworkSummary, Summary

ROOT = Path(__file__).resolve().parents[2]
USED = re.compile(r"\b(guardrails_\w+)(?:\{([^}]*)\})?")
GROUPED = re.compile(r"by \(([^)]*)\)")
# In a process of its own: the library chooses when it is imported whether processes share what they count.
WORKER = """
import urllib.request
from guardrails_cli.cluster.metrics import TASK_STATES, served, worker_metrics
with served("127.0.0.1", 0, lambda: {"default": 1}) as server:
    metrics = worker_metrics()
    metrics.chunk("text", True, None)
    metrics.task_begins("t")
    metrics.task_ends("t", 0.5)
    for state in TASK_STATES:
        metrics.task_state("t", state)
    print(urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics").read().decode())
"""


@pytest.fixture(scope="module")
def exported() -> dict[str, set[str]]:
    """The labels of each metric that workers and scans export."""
    from prometheus_client import generate_latest

    worker = subprocess.run([sys.executable, "-P", "-c", WORKER], check=True, capture_output=True, text=True, cwd=ROOT,
                            env={"PYTHONPATH": str(ROOT)}).stdout  # fmt: skip
    summary = Summary(frameworks={"GDPR": FrameworkSummary()})
    scan = generate_latest(scan_registry(ScanEnd("nightly", 0, True, 1.0, 1.0, summary))).decode()
    found: dict[str, set[str]] = {}
    for text in (worker, scan):
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


def questions() -> list[str]:
    board = json.loads((ROOT / "deploy/grafana/guardrails.json").read_text())
    rules = yaml.safe_load((ROOT / "deploy/prometheus/rules.yaml").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return [*asked, *(rule["expr"] for group in rules["groups"] for rule in group["rules"])]


@pytest.mark.parametrize("question", questions())
def test_a_question_is_about_metrics_that_there_are(question: str, exported: dict[str, set[str]]) -> None:
    used = USED.findall(question)
    assert used
    labels = {"le"} if "_bucket" in question else set()
    for name, chosen in used:
        assert name in exported
        assert set(re.findall(r"(\w+)\s*[!=~]+", chosen)) <= exported[name]
        labels |= exported[name]
    assert {label.strip() for group in GROUPED.findall(question) for label in group.split(",")} <= labels


def test_every_metric_is_on_the_dashboard_or_told_why_not(exported: dict[str, set[str]]) -> None:
    asked = {name for question in questions() for name, _ in USED.findall(question)}
    left = {"guardrails_characters_total", "guardrails_scan_bytes", "guardrails_scan_risk_documents"}
    assert {name for name in exported if name.startswith("guardrails_")} - asked == left


def test_the_page_names_every_metric(exported: dict[str, set[str]]) -> None:
    page = (ROOT / "docs/monitoring.md").read_text()
    bases = {re.sub("_(bucket|sum|count)$", "", name) for name in exported if name.startswith("guardrails_")}
    assert {base for base in bases if f"`{base}`" not in page} == set()
