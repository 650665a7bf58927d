"""Helpers of the tests of policy packs."""

from guardrails_cli.policy.files import Content
from guardrails_cli.policy.validate import check_pack


def content_of(data: bytes, name: str) -> Content:
    """Return the content of a valid pack."""
    faults, content = check_pack(data, name)
    assert content is not None, faults
    return content
