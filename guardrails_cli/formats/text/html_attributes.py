"""Texts in the attributes of an HTML tag, and whether they hide the element."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from guardrails_cli.formats.markup import Attribute

_NO_CONTENT_WORDS = """
class style width height rel lang dir type method target role tabindex for align valign border cellpadding
cellspacing bgcolor color size colspan rowspan scope charset async defer crossorigin integrity nonce media sizes
srcset d points viewbox transform fill stroke x y x1 y1 x2 y2 cx cy r rx ry offset opacity xmlns version loading
decoding fetchpriority autocomplete enctype maxlength minlength min max step pattern rows cols wrap span http-equiv
property itemprop itemtype itemscope name
"""
_NO_CONTENT = frozenset(_NO_CONTENT_WORDS.split())
_LINKS_WORDS = """
href src action formaction cite data poster background longdesc usemap ping xlink:href
"""
_LINKS = frozenset(_LINKS_WORDS.split())
_NAMES = frozenset({"id", "headers", "list", "form"})
_PLAIN_WORDS = """
alt title value placeholder content label summary srcdoc aria-label aria-description
"""
_PLAIN = frozenset(_PLAIN_WORDS.split())
"""Attributes whose own name says nothing about their value."""
_TELLING_LINK = re.compile(r"(?i)(?:mailto|tel|sms|callto|whatsapp|javascript|data):|[?@]|%40|\d(?:[-.]?\d){6}")
_TELLING_NAME = re.compile(r"@|\d(?:[-.]?\d){6}")
_BINARY = re.compile(r"(?i)\s*data:[^,]{0,100};base64,")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*(?:0(?:\.0+)?|[01]px)(?![\d.])"
    r"|(?<![\w-])opacity\s*:\s*0(?:\.0+)?(?![\d.])|(?<![\w-])color\s*:\s*transparent"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?<![\w-])(color|background(?:-color)?)\s*:\s*([^;!]+)", re.IGNORECASE)


class Content(NamedTuple):
    """A text in an attribute."""

    attribute: Attribute
    label: str
    """Label of the value; may be empty."""
    value: str | None
    """Value as a person reads it, if it differs from the value as written."""


def hides(attributes: Mapping[str, str]) -> bool:
    """Return whether an element with these attributes is hidden."""
    if "hidden" in attributes or attributes.get("aria-hidden", "").strip().lower() == "true":
        return True
    style = attributes.get("style", "")
    if not style:
        return False
    colours: dict[str, str] = {}
    for name, value in _COLOUR.findall(style):
        colours[name[:5].lower()] = value.strip().lower()
    return bool(_HIDDEN.search(style)) or ("color" in colours and colours["color"] == colours.get("backg"))


def contents(tag: str, found: list[Attribute], label: str) -> Iterator[Content]:
    """Yield the texts in the attributes of a tag.

    Args:
        tag: name of the tag.
        found: its attributes.
        label: label of a form field on the page; may be empty.

    """
    named = {attribute.name.lower(): attribute.value for attribute in found}
    own = named.get("name") or named.get("property") or named.get("itemprop") or ""
    for attribute in found:
        name, value = attribute.name.lower(), attribute.value
        if not value or value.isspace() or _BINARY.match(value):
            continue
        if name in _LINKS:
            if _TELLING_LINK.search(value):
                yield Content(attribute, "", unquote(value) if "%" in value else None)
        elif name in _NO_CONTENT or name in _NAMES or (name.startswith("aria-") and name not in _PLAIN):
            if name in _NAMES | {"name"} and _TELLING_NAME.search(value):
                yield Content(attribute, "", None)
        elif name in ("value", "content"):
            yield Content(attribute, (label or own) if tag != "option" else "", None)
        elif name in _PLAIN or name.startswith("on"):
            yield Content(attribute, "", None)
        else:
            yield Content(attribute, name.removeprefix("data-"), None)
