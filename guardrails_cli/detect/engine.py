"""The detection engine: Presidio's recognizers, its context enhancement and a spaCy model, one engine per process."""

import warnings
from bisect import bisect_right
from functools import lru_cache
from typing import Any

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpArtifacts, SpacyNlpEngine
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider
from spacy.language import Language
from spacy.tokens import Doc

from guardrails_cli.config import EngineOptions
from guardrails_cli.detect.model_files import check_weights, find_model
from guardrails_cli.errors import ConfigError
from guardrails_cli.model import Detection

# Presidio validates mail domains with tldextract, which would download the public suffix list and cache it on disk.
# A scanner of other people's data opens no connection, and its answer must not depend on one: the snapshot serves.
tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())

NER_LABELS = {
    "PER": "PERSON",
    "PERSON": "PERSON",
    "NORP": "NRP",
    "FAC": "LOCATION",
    "LOC": "LOCATION",
    "GPE": "LOCATION",
    "DATE": "DATE_TIME",
    "TIME": "DATE_TIME",
}
"""From a model's labels to entity types, as Presidio's shipped `conf/default.yaml` has them."""

_UNUSED_PIPES = ("parser", "senter", "entity_linker")


class Engine:
    """Finds entities in a text. Build it once per process (it takes seconds) with `load_engine`."""

    def __init__(self, options: EngineOptions) -> None:
        self.options = options
        nlp_engine = _NlpEngine(options)
        nlp_engine.load()
        language = options.language
        provider = RecognizerRegistryProvider(registry_configuration={"supported_languages": [language]})
        recognizers = provider.create_recognizer_registry().recognizers
        registry = _OrderedRegistry(recognizers, supported_languages=[language])
        if options.model:
            registry.add_nlp_recognizer(nlp_engine=nlp_engine)
        self.analyzer = AnalyzerEngine(
            registry=registry,
            nlp_engine=nlp_engine,
            supported_languages=[language],
            context_aware_enhancer=_ContextEnhancer(),
        )

    def entity_types(self) -> list[str]:
        """Return the entity types that this engine can find, sorted."""
        names = self.analyzer.get_supported_entities(self.options.language)
        mapped = set(NER_LABELS.values())
        produced_by_model = set(NerModelConfiguration().model_to_presidio_entity_mapping.values())
        patterns = {
            name
            for recognizer in self.analyzer.registry.recognizers
            if recognizer.name != "SpacyRecognizer"
            for name in recognizer.supported_entities
        }
        return sorted(name for name in names if name in patterns or name in mapped or name not in produced_by_model)

    def detect(self, text: str, entities: tuple[str, ...] = (), min_score: float = 0.0) -> list[Detection]:
        """Return the entities in `text`, sorted by place, then type.

        Args:
            text: any string; half-open offsets into it come back.
            entities: the types to look for; empty means all.
            min_score: detections below it are left out, 0 to 1.
        """
        if not text or text.isspace():
            return []
        results = self.analyzer.analyze(
            text,
            language=self.options.language,
            entities=list(entities) or None,
            score_threshold=min_score,
        )
        detections = [
            Detection(result.entity_type, result.start, result.end, float(result.score), _recognizer(result))
            for result in results
        ]
        return sorted(detections, key=lambda found: (found.start, -found.end, found.entity_type, found.recognizer))


@lru_cache(maxsize=4)
def load_engine(options: EngineOptions) -> Engine:
    """Return this process's engine for `options`, loading it at the first call.

    Raises:
        ConfigError: if the model is missing, changed or cannot be loaded.
    """
    return Engine(options)


def _recognizer(result: RecognizerResult) -> str:
    return str((result.recognition_metadata or {}).get(RecognizerResult.RECOGNIZER_NAME_KEY, "unknown"))


class _OrderedRegistry(RecognizerRegistry):  # type: ignore[misc]
    """A registry whose order is always the same; Presidio's goes through a set of objects, by memory address."""

    def get_recognizers(self, *args: Any, **kwargs: Any) -> list[EntityRecognizer]:
        return sorted(super().get_recognizers(*args, **kwargs), key=lambda recognizer: str(recognizer.name))


class _NlpEngine(SpacyNlpEngine):  # type: ignore[misc]
    """Presidio's spaCy engine with only the pipes that detection needs.

    Left out are the parser and sentence splitter: nothing here uses them, and without them what the model says of a
    token depends on a few tokens around it only, so that chunks give what the whole text gives.
    """

    def __init__(self, options: EngineOptions) -> None:
        super().__init__(
            models=[{"lang_code": options.language, "model_name": options.model or "blank"}],
            ner_model_configuration=NerModelConfiguration(model_to_presidio_entity_mapping=NER_LABELS),
        )
        self._options = options

    def load(self) -> None:
        self.nlp = {self._options.language: _load_model(self._options)}
        labels = {label for nlp in self.nlp.values() if nlp.has_pipe("ner") for label in nlp.get_pipe("ner").labels}
        self.ner_model_configuration.labels_to_ignore = sorted(labels - set(NER_LABELS))

    def _doc_to_nlp_artifact(self, doc: Doc, language: str) -> NlpArtifacts:
        if not self._options.model:  # without a lemmatizer the word itself serves the context search
            for token in doc:
                token.lemma_ = token.lower_
        artifacts = super()._doc_to_nlp_artifact(doc, language)
        artifacts.keywords = frozenset(artifacts.keywords)  # only asked for membership, once per token: a list is slow
        return artifacts


class _ContextEnhancer(LemmaContextAwareEnhancer):  # type: ignore[misc]
    """Presidio's context enhancer with the linear search for the match's token replaced by bisection."""

    @staticmethod
    def _find_index_of_match_token(word: str, start: int, tokens: Doc, tokens_indices: list[int]) -> int:
        del word
        index = max(bisect_right(tokens_indices, start) - 1, 0)
        if start >= tokens_indices[index] + len(tokens[index]) and index + 1 < len(tokens_indices):
            index += 1  # it begins in the space behind a token
        return index


def _load_model(options: EngineOptions) -> Language:
    if not options.model:
        return spacy.blank(options.language)
    files = find_model(options.model)
    if files.language != options.language:
        raise ConfigError(f"the model {options.model!r} is for the language {files.language!r}, not {options.language!r}")
    check_weights(files)
    try:
        with warnings.catch_warnings():
            # W095: trained with another minor version of spaCy. The bundled model is measured with this one.
            warnings.filterwarnings("ignore", message=r"\[W095\]")
            nlp = spacy.load(files.folder, exclude=list(_UNUSED_PIPES))
    except Exception as error:
        raise ConfigError(f"the model {options.model!r} cannot be loaded by spaCy {spacy.__version__}: {type(error).__name__}") from error
    if not nlp.has_pipe("ner"):
        raise ConfigError(f"the model {options.model!r} cannot find names: it has no 'ner' pipe")
    nlp.max_length = 10**9  # texts are chunked before they come here
    return nlp
