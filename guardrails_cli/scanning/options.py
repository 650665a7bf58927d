"""The meaning of options, for the command line and for programs that call us."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.options.groups import Choices
from guardrails_cli.options.judging import DetectionFlags
from guardrails_cli.options.model import (
    DEFAULT_MIN_SCORE,
    DEFAULT_PROFILE,
    THOROUGH_MIN_SCORE,
    CustomRecognizer,
    DetectOptions,
    EngineOptions,
    GitOptions,
    JournalOptions,
    Limits,
    ScanOptions,
    WalkOptions,
    parse_size,
)
from guardrails_cli.options.running import ExecutionFlags


def detect_options(flags: DetectionFlags, show_values: bool, key: bytes) -> DetectOptions:
    """Return the detection options.

    Raises:
        ConfigError: if one is wrong or two exclude each other.

    """
    if flags.no_ner and flags.profile not in (None, "fast"):
        raise ConfigError(f"--no-ner and --profile {flags.profile} exclude each other")
    profile = "fast" if flags.no_ner else str(flags.profile or DEFAULT_PROFILE)
    engine = _engine(profile, flags.language, flags.model, flags.country)
    engine = replace(engine, recognizers=own_recognizers(flags.recognizers or []))
    min_score = flags.min_score
    if min_score is None:
        min_score = THOROUGH_MIN_SCORE if engine.profile == "thorough" else DEFAULT_MIN_SCORE
    return DetectOptions(
        engine=engine,
        entities=_entity_types(flags.entities, engine),
        min_score=min_score,
        show_values=show_values,
        key=key,
        excluded=_entity_types(flags.exclude_entities, engine, must_be_found=False),
    )


def scan_options(paths: Sequence[str], choices: Choices, key: bytes, git: GitOptions | None) -> ScanOptions:
    """Return the options of a scan.

    Args:
        paths: of the scan, as `given_paths` returned them.
        choices: the user's, by group.
        key: of the fingerprints.
        git: the part of a repository to scan, as `git_options` returned it.

    Raises:
        ConfigError: if an option is wrong or two exclude each other.

    """
    files, limits, execution, journal = choices.files, choices.limits, choices.execution, choices.journal
    detect = detect_options(choices.detection, choices.output.show_values, key)
    return ScanOptions(
        paths=tuple(paths),
        walk=WalkOptions(
            tuple(files.include or ()),
            tuple(files.exclude or ()),
            files.hidden,
            files.vcs,
            not files.no_ignore,
            files.force_exclude,
        ),
        detect=replace(detect, context=choices.output.context_chars),
        limits=Limits(
            max_bytes=parse_size(limits.max_size) if limits.max_size else None,
            depth=limits.max_depth,
            members=limits.max_members,
            expanded_bytes=parse_size(limits.max_expanded),
            ratio=limits.max_ratio,
            passwords=tuple(limits.password or ()),
        ),
        max_listed=choices.output.max_listed,
        frameworks=names(choices.policies.frameworks),
        policies=tuple(choices.policies.policy or ()),
        risk=choices.policies.risk,
        baseline=choices.suppression.baseline,
        allow=tuple(choices.suppression.allow or ()),
        show_suppressed=choices.suppression.show_suppressed,
        suppress=not choices.suppression.no_suppress,
        journal=JournalOptions(journal.state, journal.no_journal, journal.resume, journal.incremental),
        broker=execution.broker or None,
        transfer=execution.transfer.value,
        inline=execution.inline,
        jobs=execution.jobs,
        git=git,
    )


def check_one_way(execution: ExecutionFlags, prefix: str = "") -> None:
    """Refuse more than one way to scan.

    Args:
        execution: the user's choice.
        prefix: of the options' names in the message.

    Raises:
        ConfigError: if more than one is chosen.

    """
    ways = {"inline": execution.inline, "jobs": execution.jobs, "broker": execution.broker}
    given = [f"{prefix}{name}" for name, value in ways.items() if value]
    if len(given) > 1:
        raise ConfigError(f"{' and '.join(given)} exclude each other")


def check_paths(paths: Sequence[str]) -> None:
    """Refuse a call in which nothing can be scanned; one missing path among others is a record.

    Raises:
        ConfigError: if none of the paths exists.

    """
    from guardrails_cli.inputs.registry import input_of

    if not any(input_of(path).is_there(path) for path in paths):
        missing = ", ".join(printable(path) or repr(path) for path in paths)
        raise ConfigError(f"no such file or folder: {missing}" if missing else "no path to scan")


def require_paths(paths: Sequence[str]) -> None:
    """Refuse a call with any missing path, for commands that write.

    Raises:
        ConfigError: if one is missing.

    """
    if missing := [printable(path) or repr(path) for path in paths if not os.path.lexists(path)]:
        raise ConfigError(f"no such file or folder: {', '.join(missing)}")


def names(text: str | None) -> tuple[str, ...] | None:
    """Return the names in a comma-separated list, sorted, each once."""
    return None if text is None else tuple(sorted({name.strip() for name in text.split(",") if name.strip()}))


def _engine(profile: str, language: str, model: str, country: str | None) -> EngineOptions:
    """Return the requested engine; the country codes must have recognizers."""
    if not (language.isascii() and language.isalpha() and language.islower() and len(language) == 2):
        raise ConfigError(f"not a language: {language!r}; write a two-letter code such as en")
    countries = names(country.lower() if country is not None else None)
    if countries:
        from guardrails_cli.core.schemas.yaml_check import nearest
        from guardrails_cli.detect.registry import country_codes

        known = country_codes()
        unknown = [code for code in countries if code not in known]
        if unknown:
            hints = ", ".join(f"{code!r}{nearest(code, known)}" for code in unknown)
            raise ConfigError(f"no recognizers for country {hints}; there are those of {', '.join(known)}")
    return EngineOptions(language, None if profile == "fast" else model, profile, countries)


def own_recognizers(paths: Sequence[Path]) -> tuple[CustomRecognizer, ...]:
    """Return the recognizers in the user's files.

    Raises:
        ConfigError: if a file is not valid, or a name is used twice.

    """
    from guardrails_cli.detect.custom import load_recognizers

    found = tuple(recognizer for path in paths for recognizer in load_recognizers(path))
    if len({recognizer.name for recognizer in found}) < len(found):
        raise ConfigError("two files of --recognizers use the same name; each recognizer needs a name of its own")
    return found


def known_types(engine: EngineOptions) -> frozenset[str]:
    """Return the known entity types; the recognizers of a country or of the user have types of their own."""
    from guardrails_cli.core.entity_types import ENTITY_TYPES
    from guardrails_cli.detect.registry import load_rules

    own = {recognizer.entity_type for recognizer in engine.recognizers}
    return frozenset({name for rule in load_rules(engine) for name in rule.entities} | own | set(ENTITY_TYPES))


def _entity_types(text: str | None, engine: EngineOptions, must_be_found: bool = True) -> tuple[str, ...]:
    """Return the named entity types, which must exist and, unless excluded, be detectable."""
    wanted = names(text)
    if not wanted:
        return ()
    from guardrails_cli.core.entity_types import ENTITY_TYPES
    from guardrails_cli.core.schemas.yaml_check import nearest

    unknown = [name for name in wanted if name not in ENTITY_TYPES]
    if unknown:
        known = known_types(engine)
        unknown = [name for name in unknown if name not in known]
        if unknown:
            hints = ", ".join(f"{name!r}{nearest(name, known)}" for name in unknown)
            raise ConfigError(f"unknown entity type {hints}; `guardrails entities` lists them")
    needs_model = [name for name in wanted if name == "NRP"]
    if must_be_found and needs_model and engine.model is None:
        raise ConfigError(f"{', '.join(needs_model)} cannot be found with --profile fast or --no-ner")
    return wanted


def git_options(staged: bool, diff: str | None, history: bool, revisions: str | None) -> GitOptions | None:
    """Return the part of a git repository to scan; None if files are scanned.

    Raises:
        ConfigError: if there is more than one.

    """
    history = history or revisions is not None
    given = {"--staged": staged, "--diff": diff is not None, "--git-history or --git-range": history}
    names = [name for name, value in given.items() if value]
    if len(names) > 1:
        raise ConfigError(f"{' and '.join(names)} exclude each other")
    return GitOptions(staged, diff, history, revisions) if names else None


def given_paths(paths: Sequence[str], git: GitOptions | None) -> list[str]:
    """Return the paths to scan: for git, the repository of the working directory unless another is named.

    Raises:
        ConfigError: if nothing is named.

    """
    if git is None:
        if not paths:
            raise ConfigError("missing argument 'PATH'; see guardrails scan --help")
        return list(paths)
    return list(paths) or ["."]
