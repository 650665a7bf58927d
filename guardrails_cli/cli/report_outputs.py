"""Open the reports that `--format` and `--output` ask for."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.options.choices import Format

if TYPE_CHECKING:
    from guardrails_cli.reports.report import Output, Report


def open_reports(
    stack: ExitStack, formats: list[Format], outputs: list[Path], paths: list[str]
) -> "list[tuple[Output, Report]]":
    """Return the reports to write, none of them in place of an input file.

    Args:
        stack: closes the reports.
        formats: paired with the outputs in order; a format left over goes to stdout.
        outputs: paths of the files.
        paths: paths of the inputs.

    Raises:
        ConfigError: if formats and outputs do not match or a file cannot be written.

    """
    from guardrails_cli.inputs.places import real_path
    from guardrails_cli.reports.registry import REPORTS, SUFFIXES
    from guardrails_cli.reports.report import Output

    targets: list[tuple[str, Path | None]] = []
    for index, path in enumerate(outputs):
        by_suffix = SUFFIXES.get(path.suffix.lstrip(".").lower())
        name = formats[index].value if index < len(formats) else by_suffix
        if name is None:
            raise ConfigError(f"cannot tell the format of {path}; add --format {'|'.join(REPORTS)}")
        targets.append((name, path))
    targets += [(name.value, None) for name in formats[len(outputs) :]]
    if sum(path is None for _, path in targets) > 1:
        raise ConfigError("only one report can go to stdout; name files with --output")
    files = [real_path(str(path)) for _, path in targets if path is not None]
    if len(set(files)) < len(files):
        raise ConfigError("two reports would go to the same file")
    if scanned := {real_path(path) for path in paths if Path(path).is_file()}.intersection(files):
        raise ConfigError(f"the report would replace a file that is to be scanned: {', '.join(sorted(scanned))}")
    reports = []
    for name, target in targets:
        out = stack.enter_context(Output(target))
        reports.append((out, REPORTS[name](out.stream)))
    return reports
