"""Read one value of a key: a quoted literal, a literal in a wrapper such as `SecretStr("…")`, or a bare word."""

import re

import msgspec

_LONGEST = 600
QUOTED = re.compile(
    r"""(?P<kind>[bruBRUL@N]{0,2}|f|\$)(?P<quote>\\?["'`]|\\{3}"|"{3}|'{3}|&quot;|&\#34;)"""
    rf"""(?P<value>[^\r\n]{{1,{_LONGEST}}}?)(?P=quote)"""
)
_WRAPPER = re.compile(
    r"(?:new[ ]|await[ ])?(?:[\w.]{0,40}?(?:String|SecretStr|Secret|Some|from|of|[bB]ytes|b64decode|b64encode|"
    r"base64|Password|Ptr|SecureString|str|quote|PasswordHash|Credential\w{0,12}))\([ \t]{0,2}|"
    r"%[qwQW]?(?=[\[({\"'])|&?(?:\[\]byte|string)\(|\$?\{?noop\}|!!(?:str|binary)[ ]|!unsafe[ ]|\(string\)[ ]?"
    r"|ConvertTo-SecureString(?:[ ]-\w{1,20}){0,2}[ ]"
)
_REFERENCE = re.compile(
    r"(?i:os\.environ|process\.env|System\.getenv|getenv|ENV\[|ENV\.fetch|environ\.get|env\(|Deno\.env|\$ENV\{|config\(|"
    r"getProperty\(|os\.Getenv|import\.meta\.env|(?:args?|opts?|options|params?|settings|conf(?:ig)?|kwargs|data)"
    r"(?:\.|\[|\.get\()[\w.\"'\]]{1,40})"
)
_FALLBACK = re.compile(r"""(?:\|\||\?\?|\?:|\bor\b|,(?:[ ]?default[ ]?=)?)[ \t]{0,2}(?=["'])""")
_BARE = re.compile(rf"[^\s\"'<>{{}}()\[\],;&|`\\]{{1,{_LONGEST}}}")
_CALL = re.compile(r"[\w.$>:-]*[A-Za-z_][(\[].*")
"""A call or an index: no literal."""
_WORD = re.compile(rf"[^\s\"'<>]{{1,{_LONGEST}}}")
_TO_END = re.compile(r"[ \t]{0,20}(?:\r?$|[ \t]#|[ \t]//|[ \t]\\\r?$)", re.MULTILINE)
_OPERATOR = re.compile(r"[ \t]{0,3}(?:%[ (]|\.(?!(?:to|as|into|get|en)\w{0,20}\()\w{1,20}\(|\+[ \t]?\w|\?[ ])")
_PHRASE = re.compile(r"[^\"'\n,;{}\[\]()<>=&|:\t]{1,80}")
_COLOUR = re.compile(r"(?:\x1b\[[\d;]{0,12}m)?")


class Literal(msgspec.Struct, frozen=True):
    """The span of a value."""

    start: int
    end: int
    quoted: bool
    ends_line: bool = False
    """Whether nothing but a comment follows on its line."""
    joined: bool = False
    """Whether an operator or method follows: it is part of a longer expression."""


def read_quoted(text: str, at: int) -> Literal | None:
    """Return the quoted literal at a place, also inside of a wrapper."""
    wrapper = _WRAPPER.match(text, at)
    match = QUOTED.match(text, wrapper.end() if wrapper else at)
    if match is None:
        return None
    kind, value = match["kind"], match["value"]
    if kind in ("f", "$") and "{" in value:
        return None
    if "<%" in value or (_REFERENCE.search(value) and "(" in value + "["):
        return read_fallback(text, match.start("value"))
    return Literal(
        *match.span("value"),
        quoted=True,
        ends_line=bool(_TO_END.match(text, match.end())),
        joined=bool(_OPERATOR.match(text, match.end())),
    )


def read_fallback(text: str, at: int) -> Literal | None:
    """Return the literal behind a reference to an environment variable or a setting: its default."""
    end = text.find("\n", at, at + 200)
    line_end = end if end >= 0 else min(len(text), at + 200)
    if not _REFERENCE.match(text, at, line_end) and not text.startswith("<%", at):
        return None
    found = _FALLBACK.search(text, at, line_end)
    match = QUOTED.match(text, found.end()) if found else None
    return Literal(*match.span("value"), quoted=True) if match else None


def read_value(text: str, at: int, *, whole_line: bool = False) -> Literal | None:
    """Return the value at a place: quoted, a fallback, or bare.

    Args:
        text: any string.
        at: where the value begins.
        whole_line: whether a bare value may hold marks, because its line is a setting and nothing else.

    """
    at = _COLOUR.match(text, at).end()  # type: ignore[union-attr]
    found = read_quoted(text, at) or read_fallback(text, at)
    if found is not None:
        return found
    return read_bare(text, at, whole_line=whole_line)


def phrase(text: str, value: Literal) -> Literal:
    """Return a bare value with the words that follow it, up to a mark."""
    match = _PHRASE.match(text, value.start)
    return value if match is None else Literal(value.start, match.end(), quoted=False)


def read_bare(text: str, at: int, *, whole_line: bool = False) -> Literal | None:
    """Return the bare value at a place: up to a mark or space; with `whole_line` up to a space."""
    if whole_line:
        word = _WORD.match(text, at)
        if word and _TO_END.match(text, word.end()) and not _CALL.fullmatch(word[0]):
            end = word.end()
            while end > word.start() and text[end - 1] in ",;":
                end -= 1
            return Literal(word.start(), end, quoted=False, ends_line=end == word.end())
    match = _BARE.match(text, at)
    if match is None:
        return None
    end = match.end()
    if text[end : end + 1] in ('"', "'") and end - match.start() < 3:
        return None  # a literal with a prefix, such as `f"…"`
    if text[end : end + 1] in ("(", "[", "{", "\\", "<", "`") and text[end : end + 2] not in (
        "</",
        "\\n",
        "\\r",
        '\\"',
    ):
        return None  # a call, an index, a template
    while end > match.start() and text[end - 1] in ".,:":
        end -= 1
    return (
        Literal(match.start(), end, quoted=False, ends_line=bool(_TO_END.match(text, end)))
        if end > match.start()
        else None
    )
