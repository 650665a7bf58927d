"""Options about the documents to scan, and limits on them."""

from dataclasses import dataclass
from typing import Annotated

from guardrails_cli.options.declare import Opt
from guardrails_cli.options.model import MAX_DEPTH, MAX_MEMBERS, MAX_RATIO


@dataclass(frozen=True, slots=True)
class FileFlags:
    """Options of the selection of files."""

    include: Annotated[
        list[str] | None,
        Opt(help="Only files that match this glob (gitignore syntax). Repeatable.", panel="Which files"),
    ] = None
    exclude: Annotated[
        list[str] | None, Opt(help="Leave out files and folders that match this glob. Repeatable.", panel="Which files")
    ] = None
    hidden: Annotated[
        bool, Opt(help="Scan hidden files and folders too.", panel="Which files", flags=("--hidden",))
    ] = False
    vcs: Annotated[
        bool,
        Opt(help="Scan the folders of version control (.git and the like) too.", panel="Which files", flags=("--vcs",)),
    ] = False
    no_ignore: Annotated[
        bool,
        Opt(
            help="Do not respect .gitignore, .ignore and .guardrailsignore.",
            panel="Which files",
            flags=("--no-ignore",),
        ),
    ] = False
    force_exclude: Annotated[
        bool,
        Opt(
            help="Leave out what --exclude or .guardrailsignore names even if it is given as PATH, as pre-commit does.",
            panel="Which files",
            flags=("--force-exclude",),
        ),
    ] = False


@dataclass(frozen=True, slots=True)
class GitFlags:
    """Options of git."""

    staged: Annotated[
        bool, Opt(help="Scan the lines that are staged for the next commit.", panel="Git", flags=("--staged",))
    ] = False
    diff: Annotated[
        str | None,
        Opt(
            help="Scan the lines that the commits since REF add: REF...HEAD, as a pull request shows it.",
            panel="Git",
            flags=("--diff",),
            metavar="REF",
        ),
    ] = None
    git_history: Annotated[
        bool,
        Opt(help="Scan every version of every file in all commits, each once.", panel="Git", flags=("--git-history",)),
    ] = False
    git_range: Annotated[
        str | None,
        Opt(
            help="The same for the commits of RANGE, such as v1.0..HEAD.",
            panel="Git",
            flags=("--git-range",),
            metavar="RANGE",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class LimitFlags:
    """Options of limits on documents."""

    max_size: Annotated[
        str | None,
        Opt(
            size=True,
            help="Skip larger files, such as 500K, 10MB, 2G. [default: no limit]",
            panel="Which files",
            show_default=False,
        ),
    ] = None
    max_depth: Annotated[
        int,
        Opt(
            help="Documents inside each other, such as an archive in a mail, to go into.",
            panel="Which files",
            minimum=0,
        ),
    ] = MAX_DEPTH
    max_members: Annotated[int, Opt(help="Documents inside one file to read.", panel="Which files", minimum=1)] = (
        MAX_MEMBERS
    )
    max_expanded: Annotated[
        str, Opt(size=True, help="What all documents inside one file may have together, unpacked.", panel="Which files")
    ] = "100GB"
    max_ratio: Annotated[
        int,
        Opt(help="How many times its packed size a document inside a file may have.", panel="Which files", minimum=1),
    ] = MAX_RATIO
    password: Annotated[
        list[str] | None,
        Opt(
            help="To try on encrypted PDF and zip files. Repeatable; the variable keeps it out of the process list.",
            panel="Which files",
            flags=("--password",),
            env="GUARDRAILS_PASSWORD",
            show_default=False,
        ),
    ] = None
