"""Put together the recognizers of a scan; nothing else does. Imports Presidio when called."""

import hashlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guardrails_cli.detect.catalogue import national
from guardrails_cli.detect.catalogue.entries import replaced_types
from guardrails_cli.detect.presidio import exported
from guardrails_cli.detect.presidio.exported import Rule
from guardrails_cli.options.model import CustomRecognizer, EngineOptions
from guardrails_cli.system import private_cache

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_RULES_VERSION = 1


def recognizers(language: str, countries: Sequence[str] | None, profile: str) -> "list[EntityRecognizer]":
    """Return the recognizers of patterns, sorted by name; the language model's is not included.

    Args:
        language: a two-letter code; a country's recognizers work in any language.
        countries: countries whose recognizers to add to the international ones; None means Presidio's default.
        profile: `thorough` uses all countries and the recognizers that Presidio disables for their false positives.

    """
    from guardrails_cli.detect.presidio.slim_import import prepare

    prepare()
    found = _enabled(language)
    if countries is not None or profile == "thorough":
        found = [one for one in found if one.country_code() is None]
        names = {_name(one) for one in found}
        wanted = None if countries is None else {code.lower() for code in countries}
        for code, cls in _available().items():
            if cls.__name__ in names:
                continue
            if (code[0] is None and profile == "thorough") or (code[0] and (wanted is None or code[0] in wanted)):
                found.append(cls(supported_language=language))
    return sorted(found, key=_name)


def country_codes() -> list[str]:
    """Return the codes of the countries that have recognizers or national identifiers of their own."""
    return sorted({*countries().values(), *national.country_codes()})


def countries() -> dict[str, str]:
    """Return the country codes of the recognizers that belong to a country, by class name."""
    stored = known_countries()
    if stored is None:
        stored = {name: code for code, name in _available() if code}
        private_cache.write(_countries_file(), json.dumps(stored).encode())
    return stored


def known_countries() -> dict[str, str] | None:
    """Return the result of `countries` if that takes no time; None if Presidio would have to be imported."""
    stored = private_cache.read(_countries_file())
    return None if stored is None else dict(json.loads(stored))


def _countries_file() -> str:
    return f"countries-{_fingerprint(EngineOptions())}.json"


def load_rules(options: EngineOptions) -> list[Rule]:
    """Return the rules of the recognizers for `options`, from the user's cache if possible."""
    name = f"rules-{_fingerprint(options)}.json"
    stored = private_cache.read(name)
    if stored is not None:
        return exported.load(stored.decode())
    found = exported.export_all(_all(options))
    if all(rule.state is not None for rule in found):
        private_cache.write(name, exported.dump(found).encode())
    return found


def live(options: EngineOptions, rule: Rule) -> "EntityRecognizer":
    """Return a recognizer that decides as `rule` does."""
    try:
        return exported.revive(rule)
    except LookupError:
        return next(one for one in _all(options) if _name(one) == rule.name)


def _all(options: EngineOptions) -> "list[EntityRecognizer]":
    found = recognizers(options.language, options.countries, options.profile)
    if options.profile != "presidio":
        found = [one for one in found if not replaced_types().issuperset(one.supported_entities)]
    return [*found, *custom_recognizers(options.recognizers, options.language)]


def custom_recognizers(own: Iterable[CustomRecognizer], language: str) -> "list[EntityRecognizer]":
    """Return a user's recognizers as Presidio's."""
    from presidio_analyzer import Pattern, PatternRecognizer

    return [
        PatternRecognizer(
            supported_entity=each.entity_type,
            name=each.name,
            patterns=[Pattern(f"{each.name} {i}", it.regex, it.score) for i, it in enumerate(each.patterns, 1)],
            deny_list=list(each.deny_list),
            deny_list_score=each.deny_list_score,
            context=list(each.context),
            supported_language=language,
        )
        for each in own
    ]


def _enabled(language: str) -> "list[EntityRecognizer]":
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer
    from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

    provider = RecognizerRegistryProvider(registry_configuration={"supported_languages": [language]})
    found = provider.create_recognizer_registry().recognizers
    return [one for one in found if one.supported_language == language and not isinstance(one, SpacyRecognizer)]


def _available() -> dict[tuple[str | None, str], Any]:
    """Return Presidio's own pattern recognizers by country and name, without those that need a service or a model."""
    from presidio_analyzer import PatternRecognizer, predefined_recognizers
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

    classes = [value for value in vars(predefined_recognizers).values() if isinstance(value, type)]
    kept = [
        cls for cls in classes if issubclass(cls, PatternRecognizer | PhoneRecognizer) and cls is not PatternRecognizer
    ]
    return {((cls.COUNTRY_CODE or "").lower() or None, cls.__name__): cls for cls in sorted(kept, key=_class_name)}


def _class_name(cls: type) -> str:
    return cls.__name__


def _name(recognizer: "EntityRecognizer") -> str:
    return str(recognizer.name)  # type: ignore[has-type]


def _fingerprint(options: EngineOptions) -> str:
    """Return a fingerprint of everything that the rules depend on: versions, files, options."""
    from guardrails_cli.core.version import __version__

    spec = importlib.util.find_spec("presidio_analyzer")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    files = [folder / "__init__.py", folder / "conf" / "default_recognizers.yaml"]
    parts = [
        _RULES_VERSION,
        __version__,
        importlib.metadata.version("presidio-analyzer"),
        str(folder),
        [_stamp(file) for file in _sources(files)],
        [options.language, options.countries, options.profile, [asdict(own) for own in options.recognizers]],
        sorted(replaced_types()),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _sources(files: Iterable[Path]) -> list[Path]:
    return [*sorted(Path(__file__).parent.rglob("*.py")), *files]


def _stamp(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
