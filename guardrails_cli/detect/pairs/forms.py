"""The forms in which formats hold a key and its value; each is a function of a text and the key's offsets.

A form returns the values of the key, an empty list if the text has not this form. The first form that has values wins,
so the order of `FORMS` is from the most specific to the least.
"""

import re
from collections.abc import Callable

from guardrails_cli.detect.pairs.literals import Literal, read_bare, read_quoted, read_value

_BACK = 120
_TYPE = r"(?::[ \t]{0,3}[&A-Za-z_][\w.<>\[\]|?*:' ]{0,40}?[ \t]{0,3}(?==[^=]))?"
_ASSIGN = re.compile(
    rf"(?P<close>(?:(?:\\{{0,3}}[\"'`]|&quot;)[\])}}]{{0,2}}[\"']?)?)[ \t]{{0,40}}{_TYPE}"
    r"(?P<mark>\|\|=|\?\?=|:=|=>|->|[=!]==?|\?=|\+=|[:=\uff1a])"
    r"(?P<gap>[ \t]{0,40}(?:\\?\r?\n[ \t]{0,40}(?=[\"']))?)"
)
_FIELD = re.compile(
    r"(?:\\{0,3}[\"'`])?[ \t]{0,4}[:=][ \t]{0,4}(?:\"(?P<double>[^\"\n]{1,120})\"|'(?P<single>[^'\n]{1,120})'"
    r"|\\{1,3}\"(?P<escaped>[^\"\\\n]{1,120})\\{1,3}\"|(?P<bare>[^\s\"',;{}\[\]()<>=&|:\\][^\"'\n,;{}\[\]()<>=&|:\\]{0,79}))"
)
_SCHEME = re.compile(
    r"(?:Basic|Bearer|Token|token|bearer|ApiKey|apikey|Digest|SSWS|GenieKey|Splunk|OAuth)[ ]{1,2}(?=\S{6})"
)
_RESOURCE = re.compile(r"\b(?:arn|aws|urn|crn|ocid1)[:.][^\s\"']{1,100}$")
"""The name of a resource, in which marks part no key from its value."""
_LINE_START = re.compile(
    r"(?:^|\n)[ \t]{0,80}(?:[-*+>][ \t]{1,3})?(?:export[ ]|set[ ]|setx?[ ]|ENV[ ]|"
    r"ARG[ ]|Environment=[\"']?|- ?[\"']?|env[ ])?"
    r"(?:[\"']?[\w.:/\[\]-]{0,80})?$"
)
_NAMED = re.compile(
    r"(?i:\b(?:name|key|id|label|field|property|setting|param|parameter|variable|k|title|header|option|env|var|for|"
    r"autocomplete|attribute|keyname|fieldname|variablename|system|question))(?:\\{0,3}[\"']|&quot;)?"
    r"[ \t]{0,4}(?:=>|[:=])[ \t]{0,4}(?:\\{0,3}[\"']|&quot;)?[\w.:/ -]{0,60}$"
)
_VALUE_NAME = (
    r"(?i:value|val|default|defaultvalue|text|content|string|data|answer|secretstring|plaintext|v|stringvalue|"
    r"initialvalue|currentvalue|plainvalue|fieldvalue)"
)
_VALUE_AFTER = re.compile(
    r"(?:\\{0,3}[\"']|&quot;)?[ \t]{0,4}[,;]?\s{0,40}"
    r"(?:(?:\\{0,3}[\"'])?(?!(?i:name|key)\b)[\w:-]{1,30}(?:\\{0,3}[\"'])?[ \t]{0,4}(?:=>|[:=])[ \t]{0,4}"
    r"(?:\\{0,3}[\"'])?[\w ./-]{0,40}(?:\\{0,3}[\"'])?[,;]?\s{1,40}){0,3}?"
    rf"(?:\\{{0,3}}[\"'])?{_VALUE_NAME}(?:\\{{0,3}}[\"'])?[ \t]{{0,4}}(?:=>|[:=])[ \t]{{0,4}}"
)
_ELEMENT_NAMED = re.compile(r"<(?:system|code|name|key)[ \t]{1,4}value=\"[\w.:/-]{0,60}$")
_ELEMENT_AFTER = re.compile(
    r"\"[ \t]{0,4}/>\s{0,40}(?:<(?!value\b)[a-z]{1,20}[ \t]value=\"[^\"<>\n]{0,80}\"/>\s{0,40}){0,3}?"
    r"<value[ \t]{1,4}value=\"(?P<value>[^\"<>\n]{1,200})\""
)
_VALUE_ATTRIBUTE = re.compile(r"[ \t]{1,4}value=(?P<quote>[\"'])(?P<value>[^\"'<>\n]{1,400})(?P=quote)[ \t]{0,4}/?>")
_VALUE_BEFORE = re.compile(
    rf"(?:^|[\s{{,\"'<]){_VALUE_NAME}(?:\\{{0,3}}[\"'])?[ \t]{{0,4}}(?:=>|[:=])[ \t]{{0,4}}"
    r"(?P<quote>\\{0,3}[\"'])(?P<value>[^\"'\\\n]{1,200})(?P=quote)[ \t]{0,4},?\s{0,40}"
    r"(?:\\{0,3}[\"'])?(?i:name|key|id|label|field|property|variable|system)(?:\\{0,3}[\"'])?"
    r"[ \t]{0,4}(?:=>|[:=])[ \t]{0,4}(?:\\{0,3}[\"'])?[\w.:/-]{0,60}$"
)
_NESTED = re.compile(
    r"(?:\\{0,3}[\"'])?\]?[ \t]{0,4}(?:=>|[:=])?[ \t]{0,4}\{"
    r"(?:[^{}]{0,300}?[\s,{\"'])??(?:\\{0,3}[\"'])?"
    rf"{_VALUE_NAME}(?:\\{{0,3}}[\"'])?[ \t]{{0,9}}(?:=>|[:=])[ \t]{{0,9}}"
)
_NESTED_YAML = re.compile(
    r"[\"']?:[ \t]{0,4}\r?\n(?P<indent>[ \t]{1,20})(?:[\w-]{1,30}:[ \t][^\n]{0,80}\n(?P=indent)){0,4}?"
    rf"{_VALUE_NAME}:[ \t]{{1,4}}"
)
_BLOCK = re.compile(r"[\"']?:[ \t]{1,4}[|>][+-]?[ \t]{0,4}\r?\n[ \t]{1,20}")
_LIST = re.compile(
    r"(?:\\?[\"'])?[ \t]{0,4}(?:=>|[:=])[ \t]{0,4}(?:new[ ]\w{1,20}\[\][ ]?|Arrays\.asList|List\.of|\[\]string)?"
    r"[\[{(]\s{0,40}(?=\\?[\"'][^\"'\n]{1,200}[\"']\s{0,4}[,\])}])"
)
_LIST_BARE = re.compile(r"(?:\\?[\"'])?[ \t]{0,4}[:=][ \t]{0,4}\[\s{0,40}(?=[\w+-])")
_ITEM_BARE = re.compile(r"(?P<value>[^\s\"'\[\]{},:#][^\"'\[\]{},:\n]{0,79})(?:,\s{0,40}|\s{0,40}(?=\]))")
_LIST_YAML = re.compile(r"[\"']?:[ \t]{0,4}(?=\r?\n[ \t]{0,20}- )")
_ITEM_YAML = re.compile(r"\r?\n[ \t]{0,20}- (?=[^\s\-{])")
_NEXT = re.compile(r"[ \t]{0,4},\s{0,40}(?=\\?[\"'])")
_ELEMENT = re.compile(
    r"[\"']?(?:[ \t]+[\w:.-]{1,30}=(?:\"[^\"<>]{0,80}\"|'[^'<>]{0,80}')){0,6}[ \t]?>\s{0,40}+(?:<!\[CDATA\[\s{0,40}+)?"
    r"(?P<value>[^<>\s][^<>\n]{0,399}?)\s{0,40}(?:\]\]>)?\s{0,40}</"
)
_ELEMENT_LEFT = re.compile(r"<(?:[\w.-]{1,30}:)?[\w.-]{0,40}$|<[\w.:-]{1,40}[ ][^<>]{0,100}=[\"'][\w.:/ -]{0,40}$")
_INNER = re.compile(
    r"<(?:string|value|val|data|text)>\s{0,40}+(?P<value>[^<>\s][^<>\n]{0,399}?)\s{0,40}</(?:string|value|val|data|text)>"
)
_NEXT_ELEMENT = re.compile(
    r"[ \t:]{0,4}(?:</(?:b|strong|span|code|label|p|em)>[ \t:]{0,4}){0,2}(?:</(?P<tag>[\w.:-]{1,30})>\s{0,80})"
    r"(?:<(?:td|dd|div|span|th|li|p)\b[^<>]{0,120}>\s{0,40}(?=<)){0,2}"
    r"(?:<input\b[^<>]{0,200}?\bvalue=[\"'](?P<input>[^\"'<>\n]{1,400})[\"']"
    r"|<(?P<holder>[\w.:-]{1,30})(?:\s[^<>]{0,120})?>\s{0,40}"
    r"(?:<(?:b|strong|span|code|em|kbd)>)?(?P<value>[^<>\s][^<>\n]{0,399}?)\s{0,40}</)"
)
_OLD_LABEL = re.compile(r"[ \t:]{0,4}<(?:input)\b[^<>]{0,200}?\bvalue=[\"'](?P<input>[^\"'<>\n]{1,400})[\"']")
_COMMA = re.compile(r"(?:\\{0,3}[\"'`]|&quot;)[ \t]{0,4},\s{0,40}(?:default\w{0,6}[ ]?[:=][ ]?)?(?=\S)")
_KEY_MARK = re.compile(r"\\{0,3}[\"'`][ \t]{0,4}(?:=>|[:=])")
"""A mark behind a literal that makes it a key itself."""
_SERIALIZED = re.compile(r"(?P<quote>\\{0,3}\");s:\d{1,6}:(?=(?P=quote))")
_CALL_LEFT = re.compile(
    r"(?i:(?:define|set\w{0,20}|put\w{0,20}|add\w{0,20}|append|get\w{0,20}|setenv|putenv|"
    r"environ\.\w{1,12}|fetch|config|env|"
    r"property|with\w{0,20}|attr|param\w{0,12}|opt\w{0,10}|header|fill|type|send_keys|val|value|var|register|store|of|"
    r"entry|pair|const|item|string)"
    r"[\"'\])]{0,3})\([ \t]{0,2}(?:[\w.$]{1,30},[ ])?\\{0,3}[\"'`][\w.:/-]{0,40}$"
)
_JUDGE_LEFT = re.compile(r"(?i:pass(?:word|wd)?|secret|token)\w{0,20}\([ \t]{0,2}(?:\[\]byte\()?[\"'`]$")
_SECTION = re.compile(
    r"(?:^|\n)[ \t]{0,4}\[[\w .:\"-]{1,60}\][ \t]{0,4}\r?\n(?:[^\n=:({]{0,60}(?:[=:][^\n]{0,200})?\n){0,20}[^\n]{0,80}$"
)
_SECTION_BACK = 900
_QUOTE_LEFT = re.compile(r"(?:\\{0,3}[\"'`]|&quot;)[\w.:/ -]{0,60}$")
_METHOD = re.compile(r"\([ \t]{0,2}(?=[\"'`][^\"'`\n]{1,200}[\"'`][ \t]{0,2}\))")
_SETTER = re.compile(
    r"(?i:(?:set|with|use|put|new)_?\w{0,30}|pass\w{0,12}|pwd|secret\w{0,8}|token|api_?key"
    r"|oauth_?\w{1,20})$"
)
"""Names of methods that take a secret; others that end so read or check one."""
_DEFAULT = re.compile(r"\\?[\"'`]?[\])]{0,2}[ \t]{0,4}(?:\|\||\?\?|\?:|\bor\b)[ \t]{0,4}(?=[\"'])")
_SHELL = re.compile(r"\s?:(?:[-=](?=\S))?")
_SHELL_LEFT = re.compile(r"[$#]\{[\w.:-]{0,60}$")
_SHELL_VALUE = re.compile(r"[^\s{}$\"']{1,200}(?=\})")
_OPTION = re.compile(r"[=\s]{1,3}(?=[^\s-])|\\?[\"'][ \t]{0,3},\s{0,40}(?=\\?[\"'])")
_OPTION_LEFT = re.compile(r"(?:^|[\s\"'`(\[|])(?:--?|/)[\w.-]{0,60}$")
_SPACE = re.compile(r"(?:[ \t]{1,20})(?=[^\s=:,;.)])")
_ENV_LEFT = re.compile(
    r"(?:^|\n)[ \t]{0,20}(?:ENV|ARG|SetEnv|setenv|fastcgi_param|env|--env|-e)[ \t]{1,4}[\w.-]{0,60}$"
    r"|(?:^|\n)[ \t]{0,20}\$?set -gx [\w.-]{0,60}$"
)
_NETRC_LEFT = re.compile(r"(?:^|\s)(?:login|user|machine|account)[ \t]+[^\s,;]{1,80}\s+$")
_START_LEFT = re.compile(r"(?:^|\n)[ \t]{0,20}[\w.:-]{0,60}$")
_CELL = re.compile(r"[\"']?[ \t]{0,3}(?P<mark>[\t|;,])[ \t]{0,8}")
_CELL_LEFT = re.compile(r"(?:^|\n)[ \t]{0,8}(?:\|[ \t]{0,8})?[\"'`*]{0,2}[\w .:/-]{0,40}$")
_CELL_VALUE = re.compile(
    r"(?:[\"'`](?P<quoted>[^\"'`\n\t]{1,200})[\"'`]"
    r"|(?P<value>[^\s\"'|;,\t]{1,200}(?:[ ]{1,2}[^\s\"'|;,\t]{1,60}){0,7}))"
    r"(?P<more>[ \t]{0,8}[|;,\t]?[ \t]{0,8})(?:\r?\n|$)"
)
_SAID = re.compile(
    r"\\?[\"'*_`]{0,2}(?:[ ](?:for|to|of|on)(?:[ ][\w@.-]{1,20}){1,4}?(?=[ :=])[ ]?(?::|=)"
    r"|(?:[ ](?:for|to|of|on)(?:[ ][\w@.-]{1,20}){1,4}?)?"
    r"[ ](?:is|was|will[ ]be|ist|lautet|es|est|[eè])\b)[: ]{1,3}"
    r"(?:now[ ]|still[ ]|set[ ]to[ ]|changed[ ]to[ ])?(?P<value>[\"'`][^\"'`\s]{3,80}[\"'`]|[^\s\"'<>(){}]{4,80})"
)
_SQL = re.compile(r"[ \t]{1,4}(?:(?:IS|TO|AS|BY|=)[ \t]{1,3})?(?=['\"])", re.IGNORECASE)


def named_value(text: str, start: int, end: int) -> list[Literal]:
    """`{"name": "KEY", "value": "V"}`, `<add key="KEY" value="V"/>`, `- name: KEY` above `value: V`, also reversed."""
    left = text[max(0, start - _BACK) : start]
    if _ELEMENT_NAMED.search(left):
        following = _ELEMENT_AFTER.match(text, end)
        return [Literal(*following.span("value"), quoted=True)] if following else []
    if not _NAMED.search(left):
        return []
    match = _VALUE_AFTER.match(text, end)
    if match:
        return _one(read_value(text, match.end()))
    before = max(0, start - 360)
    earlier = _VALUE_BEFORE.search(text[before:start])
    if earlier:
        return [Literal(before + earlier.start("value"), before + earlier.end("value"), quoted=True)]
    return []


def element(text: str, start: int, end: int) -> list[Literal]:
    """`<KEY>V</KEY>`, `<KEY value="V"/>`, `<entry key="KEY">V</entry>`, also with a `<string>` or `<value>` inside."""
    if text[end : end + 1] not in ('"', "'", ">", " ", "\t"):
        return []
    if not _ELEMENT_LEFT.search(text[max(0, start - _BACK) : start]):
        return []
    match = _VALUE_ATTRIBUTE.match(text, end) or _ELEMENT.match(text, end)
    if match:
        return [Literal(*match.span("value"), quoted=True)]
    close = text.find(">", end, end + 80)
    while 0 <= close + 1 < len(text) and text[close + 1] in " \t\r\n" and close < end + 160:
        close += 1
    inner = _INNER.match(text, close + 1) if close >= 0 else None
    return [Literal(*inner.span("value"), quoted=True)] if inner else []


def next_element(text: str, start: int, end: int) -> list[Literal]:
    """`<key>KEY</key><string>V</string>`, `<dt>KEY</dt><dd>V</dd>`, `<th>`, `<label>` before an `<input value="V">`."""
    del start
    match = _NEXT_ELEMENT.match(text, end) or _OLD_LABEL.match(text, end)
    if not match:
        return []
    group = "input" if match["input"] else "value"
    return [Literal(*match.span(group), quoted=True)]


def nested(text: str, start: int, end: int) -> list[Literal]:
    """`"KEY": {"value": "V"}`, `variable "KEY" { default = "V" }`, `KEY:` above an indented `value: V`."""
    del start
    match = _NESTED.match(text, end, end + 400) or _NESTED_YAML.match(text, end, end + 400)
    return _one(read_value(text, match.end())) if match else []


def listed(text: str, start: int, end: int) -> list[Literal]:
    """`"KEY": ["V", "V"]`, and `KEY:` above `- V` lines."""
    del start
    values: list[Literal] = []
    match = _LIST.match(text, end)
    if match:
        at = match.end()
        while len(values) < 20 and (value := read_quoted(text, at)):
            values.append(value)
            following = _NEXT.match(text, value.end + (2 if text[value.end] == "\\" else 1))
            if not following:
                break
            at = following.end()
        return values
    match = _LIST_YAML.match(text, end)
    if match:
        at = match.end()
        while len(values) < 20 and (item := _ITEM_YAML.match(text, at)):
            each = read_value(text, item.end(), whole_line=True)
            if each is None:
                break
            values.append(each)
            at = each.end + each.quoted
    return values


def bare_list(text: str, start: int, end: int) -> list[Literal]:
    """`"KEY": [V, V]` with numbers or words."""
    del start
    values: list[Literal] = []
    match = _LIST_BARE.match(text, end)
    while match and len(values) < 20 and (match := _ITEM_BARE.match(text, match.end())):
        values.append(Literal(*match.span("value"), quoted=False))
    return values


def block(text: str, start: int, end: int) -> list[Literal]:
    """`KEY: |` above an indented line of YAML."""
    del start
    match = _BLOCK.match(text, end)
    return _one(read_bare(text, match.end(), whole_line=True)) if match else []


def shell_default(text: str, start: int, end: int) -> list[Literal]:
    """`${KEY:-V}` of a shell, `${KEY:V}` of Spring."""
    if not _SHELL_LEFT.search(text[max(0, start - _BACK) : start]):
        return []
    match = _SHELL.match(text, end)
    value = _SHELL_VALUE.match(text, match.end()) if match else None
    return [Literal(*value.span(), quoted=False)] if value else []


def fallback(text: str, start: int, end: int) -> list[Literal]:
    """`getenv("KEY") or "V"`, `ENV['KEY'] || 'V'`, `process.env.KEY ?? "V"`."""
    del start
    match = _DEFAULT.match(text, end)
    return _one(read_quoted(text, match.end())) if match else []


def arguments(text: str, start: int, end: int) -> list[Literal]:
    """`define('KEY', 'V')`, `environ.get("KEY", "V")`, `("KEY", "V")` with a quoted value."""
    match = _COMMA.match(text, end)
    if not match or not _QUOTE_LEFT.search(text[max(0, start - _BACK) : start]):
        return []
    value = read_quoted(text, match.end())
    return [] if value and _KEY_MARK.match(text, value.end) else _one(value)


def serialized(text: str, start: int, end: int) -> list[Literal]:
    """`s:8:"KEY";s:4:"V"` of PHP."""
    del start
    match = _SERIALIZED.match(text, end)
    return _one(read_quoted(text, match.end())) if match else []


def is_call(text: str, start: int) -> bool:
    """Return whether the quoted key is the first argument of a call that sets or reads a setting."""
    return bool(_CALL_LEFT.search(text[max(0, start - _BACK) : start]))


def is_judged(text: str, start: int) -> bool:
    """Return whether the quoted key is itself the value, as in `hash_password("KEY", …)`."""
    return bool(_JUDGE_LEFT.search(text[max(0, start - _BACK) : start]))


def in_section(text: str, start: int) -> bool:
    """Return whether a key is in a section of an INI file: a line `[name]` is above it."""
    return bool(_SECTION.search(text[max(0, start - _SECTION_BACK) : start]))


def method(text: str, start: int, end: int) -> list[Literal]:
    """`.password("V")`, `setPassword("V")`."""
    match = _METHOD.match(text, end)
    if not match or not _SETTER.match(text[start:end].rpartition(".")[2]):
        return []
    return _one(read_quoted(text, match.end())) if match else []


def option(text: str, start: int, end: int) -> list[Literal]:
    """`--KEY V`, `--KEY=V`, `-KEY V`, `["--KEY", "V"]`."""
    if not _OPTION_LEFT.search(text[max(0, start - _BACK) : start]):
        return []
    match = _OPTION.match(text, end)
    return _one(read_value(text, match.end())) if match and "\n" not in match[0] else []


def assigned(text: str, start: int, end: int) -> list[Literal]:
    """`KEY: V`, `KEY = V`, `"KEY": "V"`, `KEY := "V"`, `KEY => 'V'`, `app["KEY"] = "V"`, `KEY: str = "V"`."""
    match = _ASSIGN.match(text, end)
    if not match or _RESOURCE.search(text[max(0, start - _BACK) : start]):
        return []
    at = match.end()
    scheme = _SCHEME.match(text, at) or _SCHEME.match(text, at + 1)
    if scheme:
        return _one(read_bare(text, scheme.end()))
    return _one(read_value(text, at, whole_line=is_setting(text, start)))


def field(text: str, start: int, end: int) -> list[Literal]:
    """`KEY: V V`, `"KEY": "V"`, `KEY='V'`: a record's field, whose bare value may have several words."""
    del start
    match = _FIELD.match(text, end)
    group = match.lastgroup if match else None
    return [Literal(*match.span(group), quoted=group != "bare")] if match and group else []


def is_setting(text: str, start: int) -> bool:
    """Return whether a key begins its line, as in files of settings."""
    return bool(_LINE_START.search(text[max(0, start - _BACK) : start]))


def command(text: str, start: int, end: int) -> list[Literal]:
    """`ENV KEY V`, `login x password V`, `requirepass V`: apart by a space."""
    match = _SPACE.match(text, end)
    if not match:
        return []
    left = text[max(0, start - _BACK) : start]
    if _ENV_LEFT.search(left) or _NETRC_LEFT.search(left):
        return _one(read_value(text, match.end(), whole_line=True))
    if _START_LEFT.search(left):
        value = read_value(text, match.end(), whole_line=True)
        return [value] if value and value.ends_line and not text[value.start : value.end].isalpha() else []
    return []


def statement(text: str, start: int, end: int) -> list[Literal]:
    """`WITH PASSWORD 'V'`, `SET PASSWORD TO 'V'` of SQL; `password "V"` of a configuration."""
    match = None if text[start:end].lower() in ("pass", "secret", "token") else _SQL.match(text, end)
    return _one(read_quoted(text, match.end())) if match else []


def row(text: str, start: int, end: int) -> list[Literal]:
    """Lines of two cells: `KEY<TAB>V`, `KEY,V`, `| KEY | V |`."""
    match = _CELL.match(text, end)
    if not match or not _CELL_LEFT.search(text[max(0, start - _BACK) : start]):
        return []
    value = _CELL_VALUE.match(text, match.end())
    if not value or (match["mark"] == "," and value["more"].strip()):
        return []
    group = "quoted" if value["quoted"] else "value"
    return [Literal(*value.span(group), quoted=False, ends_line=True)]


def said(text: str, start: int, end: int) -> list[Literal]:
    """Prose: `the KEY is V`, `KEY for the router is V`."""
    del start
    match = _SAID.match(text, end)
    if not match:
        return []
    first, last = match.span("value")
    if text[first] in "\"'`":
        return [Literal(first + 1, last - 1, quoted=True)]
    while last > first and text[last - 1] in ".,;:!?":
        last -= 1
    return [Literal(first, last, quoted=False)]


def _one(value: Literal | None) -> list[Literal]:
    return [] if value is None or value.joined else [value]


_Form = tuple[str, Callable[[str, int, int], list[Literal]]]

_OF_DATA: tuple[_Form, ...] = (
    ("name and value", named_value),
    ("element", element),
    ("next element", next_element),
    ("nested", nested),
)
FORMS: tuple[_Form, ...] = (
    *_OF_DATA,
    ("shell default", shell_default),
    ("fallback", fallback),
    ("block", block),
    ("option", option),
    ("serialized", serialized),
    ("arguments", arguments),
    ("method", method),
    ("list", listed),
    ("assigned", assigned),
    ("row", row),
    ("statement", statement),
    ("command", command),
    ("said", said),
)
DATA_FORMS: tuple[_Form, ...] = (
    ("assigned", field),
    *_OF_DATA,
    ("block", block),
    ("list", listed),
    ("list", bare_list),
    ("row", row),
)
"""Forms of data, in which a bare value may be a name or an address."""
