"""Presidio itself, as the oracle: its AnalyzerEngine with its own context enhancer and the same recognizers."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

from guardrails_cli.core.finding import Detection
from guardrails_cli.detect.engine import Engine
from guardrails_cli.detect.presidio.context import is_keyword, light_tokens

logging.getLogger("presidio-analyzer").setLevel(logging.CRITICAL)

Found = list[tuple[int, int, str, float, str]]


class LightNlpEngine(NlpEngine):
    """Presidio's interface to a language model, with the words that the fast profile takes a text to consist of."""

    def load(self) -> None:
        pass

    def is_loaded(self) -> bool:
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        tokens = light_tokens(text)
        artifacts: Any = NlpArtifacts
        result: NlpArtifacts = artifacts(
            entities=[],
            tokens=[token for _, token in tokens],
            tokens_indices=[start for start, _ in tokens],
            lemmas=[token.lower() for _, token in tokens],
            nlp_engine=self,
            language=language,
        )
        return result

    def process_batch(
        self, texts: Iterable[str], language: str, batch_size: int = 1, n_process: int = 1, **kwargs: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        return ((text, self.process_text(text, language)) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:
        return not is_keyword(word)

    def is_punct(self, word: str, language: str) -> bool:
        return False

    def get_supported_entities(self) -> list[str]:
        return []

    def get_supported_languages(self) -> list[str]:
        return ["en"]


class _Ordered(RecognizerRegistry):
    """A registry in the order of names: Presidio's own order between equal results is that of memory addresses."""

    def get_recognizers(self, *args: Any, **kwargs: Any) -> list[EntityRecognizer]:
        return sorted(super().get_recognizers(*args, **kwargs), key=lambda one: str(one.name))  # type: ignore[has-type]


def analyzer(recognizers: Iterable[EntityRecognizer], nlp_engine: NlpEngine | None = None) -> AnalyzerEngine:
    registry = _Ordered(list(recognizers), supported_languages=["en"])
    return AnalyzerEngine(registry=registry, nlp_engine=nlp_engine or LightNlpEngine(), supported_languages=["en"])


def expected(engine: AnalyzerEngine, text: str, min_score: float = 0.0, entities: list[str] | None = None) -> Found:
    results = engine.analyze(text, language="en", entities=entities, score_threshold=min_score)
    return sorted(
        (
            one.start,
            one.end,
            one.entity_type,
            float(one.score),
            str((one.recognition_metadata or {})["recognizer_name"]),
        )
        for one in results
    )


def actual(engine: Engine, text: str, min_score: float = 0.0, entities: tuple[str, ...] = ()) -> Found:
    return plain(engine.detect(text, entities, min_score))


def plain(detections: Iterable[Detection]) -> Found:
    return sorted((one.start, one.end, one.entity_type, one.score, one.recognizer) for one in detections)
