"""The recognizers of each profile; that of Presidio has the model's own lemmas."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import SpacyRecognizer

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.detect import registry
from guardrails_cli.detect.engine import Engine
from guardrails_cli.detect.ner import names
from guardrails_cli.detect.ner.text_to_read import canonical, original, stretches
from guardrails_cli.options.model import DEFAULT_MODEL, EngineOptions
from tests.detect.reference import actual, analyzer, expected
from tests.detect.texts import TEXT

EVERYWHERE = EngineOptions(profile="presidio", countries=tuple(registry.country_codes()))
TEXTS = (
    "Jane Doe from Boston pays with her credit cards 4111 1111 1111 1111, her phone numbers: (212) 555-0199.",
    "The driver's licences are being renewed: A1234567. Her social security number was 536-22-1234 in May 2019.",
    "passports\n\n  912803456 \n\nMr. Smith's bank accounts, 123456789012, were closed on 12/31/1999.",
    "Steuer-ID 65929970489, NIF 12345678Z, IBAN DE89370400440532013000, Aadhaar 2341 2341 2346",
    "name,iban\nAnna,DE89370400440532013000\n",
)


@pytest.fixture(scope="module")
def everywhere() -> Engine:
    return Engine(EVERYWHERE)


@pytest.fixture(scope="module")
def balanced() -> Engine:
    return Engine(EngineOptions())


class _Spacy(SpacyNlpEngine):
    """Presidio's own engine for spaCy, around the model that the profile of Presidio loads."""

    def load(self) -> None:
        model = names.load_model(DEFAULT_MODEL, "en", lemmas=True)
        engine: Any = self
        engine.nlp = {"en": model}
        found: Any = model.get_pipe("ner")
        engine.ner_model_configuration.labels_to_ignore = sorted(set(found.labels) - set(names.LABELS))


@pytest.fixture(scope="module")
def presidio() -> Any:
    nlp_engine = _Spacy(
        models=[{"lang_code": "en", "model_name": DEFAULT_MODEL}],
        ner_model_configuration=NerModelConfiguration(model_to_presidio_entity_mapping=names.LABELS),
    )
    nlp_engine.load()
    recognizers = registry.recognizers("en", EVERYWHERE.countries, "presidio")
    spacy_recognizer = SpacyRecognizer(supported_entities=nlp_engine.get_supported_entities())
    return analyzer([*recognizers, spacy_recognizer], nlp_engine)


@pytest.mark.parametrize("text", TEXTS)
def test_the_profile_presidio_is_presidio_with_every_country_and_its_lemmas(
    everywhere: Engine, presidio: Any, text: str
) -> None:
    assert actual(everywhere, text) == expected(presidio, text)


@settings(max_examples=15, deadline=None)
@given(TEXT)
def test_the_profile_presidio_is_presidio_on_any_text(everywhere: Engine, presidio: Any, text: str) -> None:
    text = text.replace("\ud800", "")  # spaCy itself refuses a lone surrogate
    if text.strip():
        assert actual(everywhere, text) == expected(presidio, text)


@pytest.mark.parametrize("text", TEXTS)
def test_balanced_has_what_fast_has_and_names(balanced: Engine, text: str) -> None:
    fast = Engine(EngineOptions(model=None, profile="fast"))
    patterns = [one for one in balanced.detect(text) if one.recognizer != names.RECOGNIZER]
    assert {one for one in fast.detect(text) if one.entity_type != "DATE_TIME"} == {
        one for one in patterns if one.entity_type != "DATE_TIME"
    }


def test_running_text_is_read_as_it_stands(balanced: Engine) -> None:
    text = "Yesterday Jane Doe met Paul Miller in the old town of Boston.\nThey talked about their friends in Munich.\n"
    found = [(one.start, one.end) for one in balanced.detect(text) if one.recognizer == names.RECOGNIZER]
    model = names.load_model(DEFAULT_MODEL, "en", lemmas=False)
    assert found == [(one.start, one.end) for one in names.names_of(model(text))]
    assert len(found) >= 5


def test_names_are_the_same_with_only_what_they_need() -> None:
    lean, whole = (names.load_model(DEFAULT_MODEL, "en", lemmas) for lemmas in (False, True))
    for text in TEXTS:
        assert list(names.names_of(lean(text))) == list(names.names_of(whole(text)))
    assert any(lean(text).ents for text in TEXTS)


def test_a_lone_surrogate_is_no_obstacle(balanced: Engine) -> None:
    found = balanced.detect("\ud800 Jane Doe lives in Boston, jane.doe@example.com \x00")
    assert {"EMAIL_ADDRESS", "PERSON"} <= {one.entity_type for one in found}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2025-01-02 INFO [worker-3] took 12 ms\n", []),
        ("17,Anna,Keller,(212) 555-0199,Boston\n", ["Anna", "Keller", "Boston"]),
        ('{"id": 7, "name": "Anna Keller", "n": null}\n', ["Anna Keller"]),
        ("Anna Keller went home.\n", ["Anna Keller went home.\n"]),
        ("The car was sold. He met Anna. It went on. She came yesterday.", ["He met Anna. ", "She came yesterday."]),
        ("my name is anna keller. i live here.", ["my name is anna keller. i live here."]),
        ("JOHN SMITH;;;;{};17;4;x=3\n", ["JOHN SMITH"]),
        ("", []),
    ],
)
def test_what_the_model_reads(text: str, parts: list[str]) -> None:
    assert [text[part.start : part.end] for part in stretches(text)] == parts


def test_places_in_a_fragment_with_digits() -> None:
    fragment = "Room 1234b Anna 99 Keller"
    form, steps = canonical(fragment)
    assert form == "Room 0 Anna 0 Keller"
    start = form.index("Anna")
    assert fragment[original(start, steps) : original(start + 4, steps)] == "Anna"
    assert fragment[original(form.index("Keller"), steps) :] == "Keller"


def test_the_same_text_has_the_same_names_whatever_was_read_before(balanced: Engine) -> None:
    text = '{"name": "Anna Keller", "city": "Boston"}\n' * 3
    again = Engine(EngineOptions())
    again.detect('{"name": "Paul Keller", "city": "Boston"}\nAnna, Keller; [1] {2}\n')
    assert balanced.detect(text) == again.detect(text)


@pytest.mark.parametrize(
    ("countries", "has", "lacks"),
    [
        (None, {"UsSsnRecognizer", "NhsRecognizer"}, {"DeTaxIdRecognizer"}),
        ((), {"CreditCardRecognizer"}, {"UsSsnRecognizer", "NhsRecognizer"}),
        (("de",), {"DeTaxIdRecognizer", "CreditCardRecognizer"}, {"UsSsnRecognizer"}),
        (("uk", "us"), {"UsSsnRecognizer", "NhsRecognizer"}, {"DeTaxIdRecognizer"}),
    ],
)
def test_countries_choose_recognizers(countries: tuple[str, ...] | None, has: set[str], lacks: set[str]) -> None:
    found = {type(one).__name__ for one in registry.recognizers("en", countries, "balanced")}
    assert has <= found
    assert not lacks & found


def test_thorough_has_those_of_all_countries() -> None:
    found = {one.country_code() for one in registry.recognizers("en", EVERYWHERE.countries, "presidio")}
    assert set(registry.countries().values()) <= found


def test_a_model_of_another_language_is_refused() -> None:
    with pytest.raises(ConfigError, match="language 'en', not 'de'"):
        Engine(EngineOptions(language="de"))


def test_the_fast_profile_imports_neither_spacy_nor_all_of_presidio(tmp_path: Any) -> None:
    script = """
import json, sys
from guardrails_cli.options.model import EngineOptions
from guardrails_cli.detect.engine import load_engine
text = "jane@example.com 4111111111111111 GB33BUKB20201555555555 call +1 212 555 0199 10.0.0.1 NHS 943 476 5919"
found = load_engine(EngineOptions(model=None, profile="fast")).detect(text)
heavy = [name for name in ("spacy", "numpy", "presidio_analyzer", "requests") if name in sys.modules]
import presidio_analyzer
print(json.dumps([heavy, sorted(one.entity_type for one in found), presidio_analyzer.AnalyzerEngine.__name__]))
"""
    registry.load_rules(EngineOptions(model=None, profile="fast"))  # as an earlier run has left them
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ)
    heavy, types, analyzer_name = json.loads(run.stdout)
    assert heavy == []
    assert {"EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "PHONE_NUMBER", "IP_ADDRESS", "UK_NHS"} <= set(types)
    assert analyzer_name == "AnalyzerEngine"


def test_a_child_process_finds_what_its_parent_finds() -> None:
    engine = Engine(EngineOptions(model=None, profile="fast"))
    text = "4111 1111 1111 1111 jane.doe@example.com"
    here = len(engine.detect(text))
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, bytes([len(engine.detect(text))]))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1) == bytes([here])
    assert here >= 2
