"""Named entities from a spaCy model, with only the pipes that they need."""

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.detect.ner.model_files import check_weights, find_model
from guardrails_cli.detect.ner.text_to_read import canonical, original, stretches
from guardrails_cli.detect.presidio.context import LemmaWords
from guardrails_cli.detect.results import Raw

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

LABELS = {
    "PER": "PERSON",
    "PERSON": "PERSON",
    "NORP": "NRP",
    "ORG": "ORGANIZATION",
    "FAC": "LOCATION",
    "LOC": "LOCATION",
    "GPE": "LOCATION",
    "DATE": "DATE_TIME",
    "TIME": "DATE_TIME",
}
"""Model label → entity type, as in Presidio's `conf/default.yaml`. Presidio leaves out organizations; `refine` keeps
those that have evidence."""

RECOGNIZER = "SpacyRecognizer"
_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_REMEMBERED = 50_000
_BATCH = 256
SCORE = 0.85
"""Score of every name, as Presidio gives it: the models report no confidence."""


@lru_cache(maxsize=2)
def load_model(name: str, language: str, lemmas: bool) -> "Language":
    """Return an installed model with the named-entity pipe, and the lemma pipes if asked for; engines share it.

    The parser and the sentence splitter are left out: nothing here uses them, and without them a token's labels depend
    on a few neighbouring tokens only, so that chunks give the same names as the whole text.

    Raises:
        ConfigError: if the model is missing, changed, of another language or without a named-entity pipe.

    """
    import spacy

    files = find_model(name)
    if files.language != language:
        raise ConfigError(f"the model {name!r} is for the language {files.language!r}, not {language!r}")
    check_weights(files)
    try:
        with warnings.catch_warnings():
            # W095: trained with another minor version of spaCy. The bundled model is measured with this one.
            warnings.filterwarnings("ignore", message=r"\[W095\]")
            config = spacy.util.load_config(files.folder / "config.cfg")
            nlp = spacy.load(files.folder, exclude=_unused_pipes(config, lemmas))
    except Exception as error:
        raise ConfigError(
            f"the model {name!r} cannot be loaded by spaCy {spacy.about.__version__}: {type(error).__name__}"
        ) from error
    if not nlp.has_pipe("ner"):
        raise ConfigError(f"the model {name!r} cannot find names: it has no 'ner' pipe")
    nlp.max_length = 10**9  # texts are already cut into chunks here
    return nlp


def _unused_pipes(config: Any, lemmas: bool) -> list[str]:
    pipes = list(config["nlp"]["pipeline"])
    if lemmas:
        return [name for name in pipes if name in ("parser", "senter", "entity_linker")]
    wanted = {"ner"}
    if "Listener" in str(config["components"].get("ner", {}).get("model", {}).get("tok2vec", "")):
        wanted |= {"tok2vec", "transformer"}  # such a model shares its token vectors
    # Loading the vocabulary's strings takes most of the time, and names need only their numbers.
    return [*(name for name in pipes if name not in wanted), "strings"]


class Reader:
    """Has the model read the parts that can hold a name (see `text_to_read`); equal texts always give equal names."""

    def __init__(self, nlp: "Language") -> None:
        self._nlp = nlp
        self._known: dict[str, tuple[tuple[str, int, int], ...]] = {}

    def names(self, text: str) -> Iterator[Raw]:
        """Yield the names in `text`, in order."""
        parts = list(stretches(text))
        forms = {part: canonical(text[part.start : part.end]) for part in parts if not part.running}
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        new = [form for form in dict.fromkeys(form for form, _ in forms.values()) if form not in self._known]
        running = [text[part.start : part.end] for part in parts if part.running]
        read = self._read([*running, *new])  # in one call: the model takes as long for one short text as for many
        self._known.update(zip(new, read[len(running) :], strict=True))
        texts = iter(read)
        for part in parts:
            form, steps = ("", [(0, 0)]) if part.running else forms[part]
            for kind, start, end in next(texts) if part.running else self._known[form]:
                first, last = original(start, steps), original(end, steps)
                yield Raw(kind, part.start + first, part.start + last, SCORE, RECOGNIZER)

    def _read(self, texts: list[str]) -> list[tuple[tuple[str, int, int], ...]]:
        docs = self._nlp.pipe(texts, batch_size=_BATCH)
        return [tuple((found.entity_type, found.start, found.end) for found in names_of(doc)) for doc in docs]


def readable(text: str) -> str:
    """Return a text of the same length that spaCy accepts: it refuses lone surrogates."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def names_of(doc: "Doc") -> Iterator[Raw]:
    """Yield the names that the model found in `doc`, in order."""
    for entity in doc.ents:
        kind = LABELS.get(entity.label_)
        if kind is not None:
            yield Raw(kind, entity.start_char, entity.end_char, SCORE, RECOGNIZER)


def lemma_words(nlp: "Language", doc: "Doc") -> LemmaWords:
    """Return the words of `doc` with the model's lemmas; keywords are those of Presidio's `NlpArtifacts`."""
    lemmas = [token.lemma_ for token in doc]
    vocab = nlp.vocab
    keywords: set[str] = set()
    for lemma in set(lemmas):
        if not vocab[lemma].is_stop and not vocab[lemma].is_punct and lemma not in ("-PRON-", "be"):
            keywords.update(lemma.lower().split(":"))
    starts = [token.idx for token in doc]
    return LemmaWords([start + len(token) for start, token in zip(starts, doc, strict=True)], lemmas, keywords)
