"""`guardrails init`: write a first configuration file."""

import os
from pathlib import Path
from typing import Annotated

import typer

from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ConfigError


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder to inspect and to write to.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace an existing guardrails.yaml.")] = False,
    print_: Annotated[bool, typer.Option("--print", help="Print the file instead of writing it.")] = False,
) -> None:
    """Write a commented guardrails.yaml that fits the files in a folder."""
    from guardrails_cli.options.config_file import FILE_NAME
    from guardrails_cli.options.starter import look, starter

    if not folder.is_dir():
        raise ConfigError(f"no such folder: {printable(str(folder))}")
    text = starter(look(folder))
    if print_:
        typer.echo(text, nl=False)
        return
    target = folder / FILE_NAME
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL) | os.O_NOFOLLOW
    try:
        with open(os.open(target, flags, 0o644), "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{printable(str(target))} is there already; --force replaces it") from None
    except OSError as error:
        raise ConfigError(f"cannot write {printable(str(target))}: {error.strerror}") from None
    typer.echo(f"{printable(str(target))} written; `guardrails config show` prints what applies")
