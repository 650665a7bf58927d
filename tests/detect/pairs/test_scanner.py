"""A key's value is found in every form in which formats keep the two apart."""

import pytest

from guardrails_cli.detect.pairs.scanner import key_at, pairs_of

CASES = [
    ("assigned", 'KEY = "blue"', "blue"),
    ("assigned", "KEY: blue", "blue"),
    ("assigned", 'a["KEY"] = "blue"', "blue"),
    ("assigned", 'KEY: Final[str] = "blue"', "blue"),
    ("assigned", "'KEY' => 'blue',", "blue"),
    ("assigned", '{\\"KEY\\":\\"blue\\"}', "blue"),
    ("assigned", "KEY=bl,ue$1", "bl,ue$1"),
    ("assigned", "https://example.com/?KEY=blue&x=1", "blue"),
    ("assigned", "KEY: Bearer bluebird", "bluebird"),
    ("name and value", '{"name": "KEY", "value": "blue"}', "blue"),
    ("name and value", '{"value": "blue", "name": "KEY"}', "blue"),
    ("name and value", "- name: KEY\n  value: blue", "blue"),
    ("name and value", '<add key="KEY" value="blue"/>', "blue"),
    ("element", "<KEY>blue</KEY>", "blue"),
    ("element", '<entry key="KEY">blue</entry>', "blue"),
    ("element", '<KEY value="blue"/>', "blue"),
    ("name and value", '<system value="https://example.org/KEY"/> <value value="blue"/>', "blue"),
    ("element", "<KEY><![CDATA[blue]]></KEY>", "blue"),
    ("next element", "<key>KEY</key>\n\t<string>blue</string>", "blue"),
    ("next element", "<dt>KEY</dt><dd>blue</dd>", "blue"),
    ("next element", '<label>KEY</label><input name="a" value="blue">', "blue"),
    ("nested", '"KEY": {"type": "string", "value": "blue"}', "blue"),
    ("nested", 'variable "KEY" {\n  default = "blue"\n}', "blue"),
    ("nested", "KEY:\n  type: string\n  value: blue", "blue"),
    ("shell default", "${KEY:-blue}", "blue"),
    ("fallback", 'getenv("KEY") or "blue"', "blue"),
    ("block", "KEY: |\n  blue\n", "blue"),
    ("option", "tool --KEY blue", "blue"),
    ("option", 'args: ["--KEY", "blue"]', "blue"),
    ("arguments", "define('KEY', 'blue');", "blue"),
    ("arguments", 'environ.get("KEY", "blue")', "blue"),
    ("list", 'KEY = ["blue", "green"]', "blue"),
    ("row", "KEY\tblue", "blue"),
    ("row", "KEY,blue\nother,green", "blue"),
    ("row", "| KEY | blue |", "blue"),
    ("statement", "ALTER ROLE bob WITH KEY 'blue';", "blue"),
    ("command", "ENV KEY blue", "blue"),
    ("command", "machine a.example.com login bob KEY blue", "blue"),
    ("said", "The KEY for the router is blue7.", "blue7"),
]  # fmt: skip
NO_VALUE = ["KEY", "KEY = f(x)", "KEY = a[0]", 'KEY = f"{blue}"', "if KEY:", 'KEY = "a" % b', "the KEY"]


@pytest.mark.parametrize(("form", "text", "value"), CASES)
def test_a_value_is_found_by_its_form(form: str, text: str, value: str) -> None:
    place = text.index("KEY")
    first = next(pairs_of(text, key_at(text, place, place + 3)))
    assert (first.form, text[first.value.start : first.value.end]) == (form, value)


@pytest.mark.parametrize("text", NO_VALUE)
def test_what_is_no_literal_is_no_value(text: str) -> None:
    place = text.index("KEY")
    assert list(pairs_of(text, key_at(text, place, place + 3))) == []


def test_a_key_is_the_whole_name_around_a_word() -> None:
    text = "spring.data-source.myPassword2 = x"
    place = text.index("Password")
    assert key_at(text, place, place + 8).name == "spring.data-source.myPassword2"


PHRASES = [
    ("assigned", "KEY: light blue, dark", "light blue"),
    ("assigned", 'KEY="light blue"', "light blue"),
    ("name and value", "- name: KEY\n  value: light blue\n", "light blue"),
    ("nested", "KEY:\n  type: string\n  value: light blue\n", "light blue"),
    ("block", "KEY: |\n  light blue\n", "light blue"),
    ("list", "KEY:\n  - light blue\n", "light blue"),
    ("list", "KEY: [light blue, green]", "light blue"),
    ("row", "KEY\tlight blue\n", "light blue"),
]


@pytest.mark.parametrize(("form", "text", "value"), PHRASES)
def test_a_bare_value_of_data_may_have_several_words(form: str, text: str, value: str) -> None:
    place = text.index("KEY")
    first = next(pairs_of(text, key_at(text, place, place + 3), phrases=True))
    assert (first.form, text[first.value.start : first.value.end]) == (form, value)


@pytest.mark.parametrize("text", ["the KEY is light blue", "tool --KEY blue", 'getenv("KEY") or "blue"'])
def test_commands_and_prose_hold_no_phrases(text: str) -> None:
    place = text.index("KEY")
    assert list(pairs_of(text, key_at(text, place, place + 3), phrases=True)) == []
