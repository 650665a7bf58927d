"""The detection engine: the results of Presidio's AnalyzerEngine with the same recognizers, at a fraction of the cost.

`docs/detection.md` describes the results of each profile. Importing this module imports neither Presidio nor spaCy;
patterns are found without either until a value has to be checked.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from guardrails_cli.core.finding import Detection
from guardrails_cli.detect import registry
from guardrails_cli.detect.patterns.matcher import Matcher
from guardrails_cli.detect.presidio import context
from guardrails_cli.detect.presidio.exported import Rule, export_all
from guardrails_cli.detect.results import Raw, remove_duplicates
from guardrails_cli.options.model import EngineOptions

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

    from guardrails_cli.detect.recognizers.finder import Finder


class Engine:
    """Finds entities in a text. Build it once per process with `load_engine`: a language model takes a second."""

    def __init__(
        self,
        options: EngineOptions,
        recognizers: "Iterable[EntityRecognizer] | None" = None,
        use_prefilter: bool = True,
        finder: "Finder | None" = None,
    ) -> None:
        """Load the recognizers and the model that `options` ask for.

        Args:
            options: decide on recognizers and language model.
            recognizers: used instead of those of `registry.recognizers`.
            use_prefilter: False searches as if Hyperscan were not installed.
            finder: applies our own recognizers; without it the results are Presidio's.

        """
        self.options = options
        self._finder = finder
        own = None if recognizers is None else sorted(recognizers, key=lambda one: str(one.name))  # type: ignore[has-type]
        self._rules = registry.load_rules(options) if own is None else export_all(own)
        self._live: dict[Rule, Any] = {} if own is None else dict(zip(self._rules, own, strict=True))
        self._matcher = Matcher(self._rules, self._recognizer, use_prefilter)
        self._context = {rule: tuple(word.lower() for word in rule.context) for rule in self._rules}
        self._names = _Names(options) if options.model and options.profile != "fast" else None

    def entity_types(self) -> list[str]:
        """Return the entity types that this engine can find, sorted."""
        found = {name for rule in self._rules for name in rule.entities}
        found |= self._names.entity_types if self._names else frozenset()
        return sorted(found | (self._finder.entity_types if self._finder else frozenset()))

    def detect(
        self,
        text: str,
        entities: tuple[str, ...] = (),
        min_score: float = 0.0,
        words: context.Words | None = None,
    ) -> list[Detection]:
        """Return the entities in `text`, sorted by place, then type.

        Args:
            text: any string; results have half-open offsets into it.
            entities: the types to look for; empty means all.
            min_score: lowest score to report, 0 to 1.
            words: context words of a detection; by default the words before it.

        """
        if not text or text.isspace():
            return []
        results = [found for found in self._results(text, frozenset(entities), words) if found.score >= min_score]
        detections = [
            Detection(*found[:3], float(found.score), found.recognizer, evidence=found.evidence or (found.recognizer,))
            for found in remove_duplicates(results)
        ]
        return sorted(detections, key=lambda found: (found.start, -found.end, found.entity_type, found.recognizer))

    def _results(self, text: str, wanted: frozenset[str], known: context.Words | None = None) -> list[Raw]:
        """Return every recognizer's results with their final scores, recognizers in the order of their names."""
        rules = [rule for rule in self._rules if not wanted or wanted.intersection(rule.entities)]
        words, found_names = self._read(text, wanted)
        if known is not None:
            words = _once(lambda: known)
        by_name: list[tuple[str, list[Raw]]] = [("SpacyRecognizer", found_names)] if found_names else []
        for rule, results in self._matcher.find(text, [rule for rule in rules if rule.kind != "other"]):
            by_name.append((rule.name, _in_context(self._context[rule], results, words)))
        if self._finder is not None:
            for recognizer, results in self._finder.find(text, wanted):
                by_name.append((recognizer.name, _in_context(recognizer.context, results, words)))
        by_name += [(rule.name, self._foreign(rule, text, wanted)) for rule in rules if rule.kind == "other"]
        return [result for _, results in sorted(by_name, key=lambda pair: pair[0]) for result in results]

    def _read(self, text: str, wanted: frozenset[str]) -> tuple[Callable[[], context.Words], list[Raw]]:
        if self._names is None:
            return _once(lambda: context.LightWords(text)), []
        return self._names.read(text, wanted)

    def _foreign(self, rule: Rule, text: str, wanted: frozenset[str]) -> list[Raw]:
        """Run a recognizer that has code of its own unchanged, without the words of the text."""
        entities = list(wanted or rule.entities)
        results = self._recognizer(rule).analyze(text=text, entities=entities, nlp_artifacts=None) or []
        return [Raw(one.entity_type, one.start, one.end, one.score, rule.name) for one in results]

    def _recognizer(self, rule: Rule) -> Any:
        if rule not in self._live:
            self._live[rule] = registry.live(self.options, rule)
        return self._live[rule]


class _Names:
    """The language model's part: names, and lemmas in the thorough profile."""

    def __init__(self, options: EngineOptions) -> None:
        from guardrails_cli.detect.ner import names

        self._names = names
        self._lemmas = options.profile in ("thorough", "presidio")
        self._nlp = names.load_model(str(options.model), options.language, self._lemmas)
        self._reader = names.Reader(self._nlp)
        labels = self._nlp.get_pipe("ner").labels  # type: ignore[attr-defined]
        self.entity_types = frozenset(names.LABELS[label] for label in labels if label in names.LABELS)

    def read(self, text: str, wanted: frozenset[str]) -> tuple[Callable[[], context.Words], list[Raw]]:
        """Return the words of the text and the names in it."""
        text = self._names.readable(text)
        if not self._lemmas:
            found = [] if wanted and not wanted & self.entity_types else list(self._reader.names(text))
            words: Callable[[], context.Words] = _once(lambda: context.LightWords(text))
        else:
            doc = self._nlp(text)
            found = list(self._names.names_of(doc))
            words = _once(lambda: self._names.lemma_words(self._nlp, doc))
        return words, [one for one in found if not wanted or one.entity_type in wanted]


@lru_cache(maxsize=4)
def load_engine(options: EngineOptions) -> Engine:
    """Return this process's engine for `options`; the first call loads it.

    Raises:
        ConfigError: if the model is missing, changed or cannot be loaded.

    """
    from guardrails_cli.detect.recognizers.finder import Finder

    return Engine(options, finder=None if options.profile == "presidio" else Finder(countries=options.countries or ()))


def _in_context(context_words: tuple[str, ...], results: list[Raw], words: Callable[[], context.Words]) -> list[Raw]:
    """Return the results with their scores raised where a recognizer's context words are near."""
    if not context_words or all(result.score >= 1.0 for result in results):  # no context can raise a score of 1
        return results
    support = words().support
    return [
        result._replace(score=context.enhanced(result.score))
        if result.score < 1.0 and support(result.start, context_words)
        else result
        for result in results
    ]


def _once(make: Callable[[], context.Words]) -> Callable[[], context.Words]:
    return lru_cache(maxsize=1)(make)
