"""The HTML report: nothing from outside acts in it, and it needs nothing from outside."""

import base64
import hashlib
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from guardrails_cli.core.finding import Severity
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.reports import html_page
from tests.builders import a_finding, a_record, a_violation
from tests.reports.test_reports import write

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "<!--",
    "]]>",
    "javascript:alert(1)",
    "a\u202egnp.txt",
    "two\nlines \u2028",
    "&lt;b&gt;",
    "\x1b[31mred",
]
RECORDS = (
    a_record("shop/a.txt", a_finding(rule_ids=("ACME_001",)), a_finding("US_SSN", severity=Severity.CRITICAL, start=30),
             violations=(a_violation(),)),
    a_record("shop/clean.txt"),
    a_record("b.bin", status=Status.SKIPPED, reason="binary file"),
)  # fmt: skip


def page(*records: DocumentResult, **options: Any) -> Any:
    return html.document_fromstring(write("html", *records, **options).decode())


def data(tree: Any, name: str) -> Any:
    return json.loads(tree.get_element_by_id(name).text)


def test_it_tells_counts_documents_and_findings() -> None:
    tree = page(*RECORDS)
    assert tree.get_element_by_id("overview").getparent().text_content().count("2 findings in 1 of 2 scanned") == 1
    (only,) = data(tree, "documents")
    assert only[0] == "shop/a.txt"
    assert [found[:2] for found in only[9]] == [["US_SSN", "CRITICAL"], ["EMAIL_ADDRESS", "MEDIUM"]], "worst first"
    assert only[8] == [["ACME_001", "MEDIUM"]]
    assert data(tree, "rules")["ACME_001"][0] == "ACME"
    assert "binary file" in tree.get_element_by_id("unscanned").getparent().text_content()


def test_its_policy_allows_its_own_style_and_script_and_nothing_else() -> None:
    tree = page(*RECORDS)
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert "default-src 'none'" in policy
    scripts = [one.text for one in tree.xpath("//script[not(@type)]")]
    texts = scripts + [one.text for one in tree.xpath("//style")]
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in texts}
    assert len(texts) == 2
    assert set(re.findall(r"'sha256-[^']+'", policy)) == hashes
    assert tree.xpath("//*[@src or @style or @onclick or starts-with(@href, 'http')]") == []


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_name_is_text_wherever_it_comes(value: str) -> None:
    records = (
        a_record(f"{value}/{value}", a_finding(preview=value), violations=(a_violation(),)),
        a_record(value, status=Status.FAILED, reason=value),
    )
    tree, calm = page(*records), page(*(RECORDS[0], a_record("x", status=Status.FAILED, reason="x")))
    assert {one.tag for one in tree.iter() if isinstance(one.tag, str)} <= {
        one.tag for one in calm.iter() if isinstance(one.tag, str)
    }
    assert {name for one in tree.iter() for name in one.attrib} == {name for one in calm.iter() for name in one.attrib}
    assert data(tree, "documents")[0][0] == f"{value}/{value}"


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=30))
def test_any_value_is_data(value: str) -> None:
    tree = page(a_record(value, a_finding(preview=value), violations=(a_violation(),)))
    only = data(tree, "documents")[0]
    assert only[0] == value
    assert only[9][0][4] == value


def test_raw_values_are_there_only_if_asked_for_and_said() -> None:
    record = a_record("a", a_finding(value="jane@example.com"))
    tree = page(record, show_values=True)
    assert "holds raw values" in tree.text_content()
    assert data(tree, "documents")[0][9][0][4] == "jane@example.com"
    assert "holds raw values" not in page(*RECORDS).text_content()


def test_more_findings_than_a_browser_likes_are_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_page, "MAX_FINDINGS", 3)
    many = a_record("a", *(a_finding(start=30 * n) for n in range(5)), violations=(a_violation(),))
    tree = page(many, many)
    assert [len(one[9]) for one in data(tree, "documents")] == [3, 0]
    assert "7 more findings are in the JSON report only" in tree.text_content()


def test_a_run_without_findings_is_told_as_no_proof() -> None:
    assert "no proof" in page(a_record("a")).text_content()
