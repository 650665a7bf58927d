"""`guardrails redact` and `guardrails restore`: write sanitized copies, and restore sealed values."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guardrails_cli.cli import options as o
from guardrails_cli.core.errors import ConfigError, ExitCode
from guardrails_cli.options.judging import DetectionFlags
from guardrails_cli.options.model import DEFAULT_MODEL, Limits, WalkOptions
from guardrails_cli.scanning.options import require_paths
from guardrails_cli.system.keys import fingerprint_key, redaction_key

if TYPE_CHECKING:
    from collections.abc import Collection

    from guardrails_cli.core.record import Unscanned
    from guardrails_cli.core.source import Source
    from guardrails_cli.redact.sanitize import Copy, Sanitizer
    from guardrails_cli.redact.writers.writer import Choice

_KEYED = ("hash", "replace", "encrypt")
BACKUP_SUFFIX = ".orig"

Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write the copies below this folder.", show_default=False),
]
InPlace = Annotated[
    bool, typer.Option("--in-place", help=f"Replace the files; the originals are kept as NAME{BACKUP_SUFFIX}.")
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="File with the key for hash, replace and encrypt. Default: GUARDRAILS_KEY, else a generated key.",
        show_default=False,
    ),
]
KeepPictures = Annotated[
    bool, typer.Option("--keep-pictures", help="Copy pictures in documents unchanged, although they were not scanned.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Errors only.")]


def redact(
    paths: o.Paths,
    out: Out = None,
    in_place: InPlace = False,
    strategy: Annotated[
        str | None,
        typer.Option(
            help="mask, token, partial, hash, replace, remove or encrypt. [default: token]", show_default=False
        ),
    ] = None,
    strategy_for: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPE=STRATEGY", help="Strategy for one entity type. Repeatable."),
    ] = None,
    strategies: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Strategies by entity type, a YAML file; see docs/redaction.md."),
    ] = None,
    key_file: KeyFile = None,
    keep_pictures: KeepPictures = False,
    quiet: Quiet = False,
    include: o.Includes = None,
    exclude: o.Excludes = None,
    hidden: o.Hidden = False,
    no_ignore: o.NoIgnore = False,
    profile: o.ProfileName = None,
    entities: o.Entities = None,
    exclude_entities: o.ExcludeEntities = None,
    min_score: o.MinScore = None,
    country: o.Countries = None,
    language: o.Language = "en",
    model: o.ModelName = DEFAULT_MODEL,
    recognizers: o.RecognizerFiles = None,
    frameworks: o.Frameworks = None,
    policy: o.PolicyFiles = None,
) -> None:
    """Write copies of files with all findings replaced, and scan each copy to verify it.

    Findings named by a violated rule with the action REDACT or BLOCK are replaced below --min-score too. Documents
    without findings are copied unchanged. Documents that cannot be rewritten safely are refused with the reason, and
    the exit code is 4.
    """
    from guardrails_cli.inputs.reading.source_reader import SourceReader
    from guardrails_cli.policy.load import select_packs
    from guardrails_cli.redact.sanitize import Sanitizer

    detect = o.detect_options(
        DetectionFlags(
            profile=profile, exclude_entities=exclude_entities, language=language, model=model, country=country,
            recognizers=recognizers,
            entities=entities, min_score=min_score,
        ),
        True,
        fingerprint_key()[0],
    )  # fmt: skip
    choice, origin = _choice(strategy, strategy_for or [], strategies, o.known_types(detect.engine), key_file)
    packs = select_packs(o.names(frameworks), tuple(policy or ()))
    walk = WalkOptions(tuple(include or ()), tuple(exclude or ()), hidden, False, not no_ignore)
    copies: list[Copy] = []
    with SourceReader(Limits()) as reader:
        sanitizer = Sanitizer(reader, detect, packs, choice, keep_pictures=keep_pictures)
        for source, target in _targets(paths, walk, out, in_place):
            copies.append(_copied(sanitizer, source, target, in_place))
            _tell(copies[-1], quiet)
    _sum_up(copies, quiet, origin)


def _copied(sanitizer: "Sanitizer", source: "Source | Unscanned", target: Path, in_place: bool) -> "Copy":
    from guardrails_cli.core.record import Unscanned
    from guardrails_cli.redact.sanitize import Copy

    if isinstance(source, Unscanned):
        return Copy(source.path, source.status, reason=source.reason)
    return sanitizer.copy(source, target, _backup(target) if in_place else None)


def _backup(target: Path) -> Path:
    return target.with_name(target.name + BACKUP_SUFFIX)


def restore(
    paths: o.Paths,
    out: Out = None,
    in_place: InPlace = False,
    key_file: KeyFile = None,
    quiet: Quiet = False,
) -> None:
    """Restore the values that `redact --strategy encrypt` has sealed, given the same key.

    The exit code is 4 if a value could not be opened, because it was sealed with another key or has changed since.
    """
    from guardrails_cli.inputs.reading.source_reader import SourceReader
    from guardrails_cli.redact.restore import restored

    key, _ = redaction_key(key_file)
    copies: list[Copy] = []
    with SourceReader(Limits()) as reader:
        for source, target in _targets(paths, WalkOptions(hidden=True, ignore_files=False), out, in_place):
            copies.append(restored(reader, source, target, key, _backup(target) if in_place else None))
            _tell(copies[-1], quiet)
    _sum_up(copies, quiet, "")


def _choice(
    strategy: str | None, rows: list[str], file: Path | None, known: "Collection[str]", key_file: Path | None
) -> "tuple[Choice, str]":
    """Return the strategies, with flags overriding the file, and the origin of the key if one is needed."""
    from guardrails_cli.core.schemas.yaml_check import nearest
    from guardrails_cli.redact.operators import OPERATORS
    from guardrails_cli.redact.strategies import Strategies, load_strategies
    from guardrails_cli.redact.writers.writer import DEFAULT_STRATEGY, Choice

    given = load_strategies(file, known) if file else Strategies()
    by_type = {}
    for row in rows:
        name, found, own = row.partition("=")
        name = name.strip().upper()
        if not found:
            raise ConfigError(f"--strategy-for takes TYPE=STRATEGY, not {row!r}")
        if name not in known:
            raise ConfigError(f"unknown entity type {name!r}{nearest(name, known)}; `guardrails entities` lists them")
        by_type[name] = own.strip()
    for name in (*([] if strategy is None else [strategy]), *by_type.values()):
        if name not in OPERATORS:
            raise ConfigError(f"unknown strategy {name!r}{nearest(name, OPERATORS)}; there are {', '.join(OPERATORS)}")
    default = strategy or given.default or DEFAULT_STRATEGY
    details = {name: own for name, own in given.details.items() if name not in by_type and (name or strategy is None)}
    by_type = {**given.by_type, **by_type}
    key, origin = b"", ""
    if any(name in _KEYED for name in (default, *by_type.values())):
        key, origin = redaction_key(key_file)
    return Choice(default, by_type, key, details), origin


def _targets(
    paths: list[str], options: WalkOptions, out: Path | None, in_place: bool
) -> "Iterator[tuple[Source | Unscanned, Path]]":
    """Yield each document and the path of its copy, which is below `out` as the document is below its given path.

    Raises:
        ConfigError: if a path does not exist, or two copies would have the same path.

    """
    from guardrails_cli.core.source import Source
    from guardrails_cli.inputs.listing import Listing
    from guardrails_cli.inputs.registry import local_path

    _check_paths(paths, out, in_place)
    taken: dict[Path, str] = {}
    for path in paths:
        for source in Listing([path], options, () if out is None else (out,)):
            location = local_path(source) if isinstance(source, Source) else None
            if location is None:
                yield source, Path()
                continue
            place = Path(location)
            if out is None:
                if not _is_backup(place):
                    yield source, place
                continue
            if out.resolve() in place.resolve().parents:
                continue  # an earlier copy
            target = out / (place.relative_to(path) if Path(path).is_dir() else place.name)
            if target in taken:
                raise ConfigError(f"the copies of {taken[target]} and {source.path} would both be {target}")
            taken[target] = source.path
            yield source, target


def _check_paths(paths: list[str], out: Path | None, in_place: bool) -> None:
    if (out is None) == (not in_place):
        raise ConfigError("say where the copies go: --out DIR, or --in-place")
    require_paths(paths)
    for path in paths:
        place = Path(path).resolve()
        if out is not None and out.resolve() in (place, *place.parents):
            raise ConfigError(f"{path} lies in {out}, where the copies go: name another folder")


def _is_backup(place: Path) -> bool:
    """Return whether a file is the backup of an earlier run: redacting it would lose the original."""
    return place.suffix == BACKUP_SUFFIX and place.with_suffix("").exists()


def _tell(copy: "Copy", quiet: bool) -> None:
    from guardrails_cli.core.display import printable

    if copy.reason is not None:
        typer.echo(f"guardrails: no copy of {printable(copy.path)}: {printable(copy.reason)}", err=True)
    elif not quiet:
        if copy.replacements:
            typer.echo(f"{printable(copy.path)}: {copy.replacements} replaced")
        for note in copy.notes:
            typer.echo(f"guardrails: {printable(copy.path)}: {printable(note)}", err=True)


def _sum_up(copies: "list[Copy]", quiet: bool, key_origin: str) -> None:
    from guardrails_cli.core.display import counted

    written = [copy for copy in copies if copy.reason is None]
    refused = len(copies) - len(written)
    if not quiet:
        changed = [copy for copy in written if copy.replacements]
        typer.echo(
            f"{counted(len(changed), 'document')} with {sum(copy.replacements for copy in changed):,} replaced, "
            f"{len(written) - len(changed):,} unchanged, {refused:,} without a copy"
        )
        if key_origin:
            typer.echo(f"Key: {key_origin}. Keep it: without it nothing can be restored or compared.", err=True)
    if refused:
        raise typer.Exit(ExitCode.INCOMPLETE)
    if not copies:
        raise typer.Exit(ExitCode.NOTHING_TO_SCAN)
