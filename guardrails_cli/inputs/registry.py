"""The inputs that there are. A new one is a module in this room and a line here."""

from guardrails_cli.core.source import Source
from guardrails_cli.inputs.files import Files
from guardrails_cli.inputs.git.input import GitRepositories
from guardrails_cli.inputs.input import Input
from guardrails_cli.inputs.object_store import ObjectStores
from guardrails_cli.inputs.stdin import StandardInput
from guardrails_cli.options.model import GitOptions

INPUTS: tuple[Input, ...] = (
    GitRepositories(),
    StandardInput(),
    ObjectStores(),
    Files(),  # last: any path can be the name of a file
)
"""In the order in which they are asked whether a path is theirs."""
_BY_NAME = {one.name: one for one in INPUTS}


def input_of(path: str, git: GitOptions | None = None) -> Input:
    """Return the input of a path that a user gave; with options for git, every path names a repository."""
    return _BY_NAME[GitRepositories.name] if git else next(one for one in INPUTS if one.takes(path))


def input_named(name: str) -> Input:
    """Return the input that has listed a source, by `Source.input`."""
    return _BY_NAME[name]


def shown(path: str) -> str:
    """Return a path that a user gave as it may be shown: in one line, without a password."""
    return input_of(path).shown(path)


def local_path(source: Source) -> str | None:
    """Return the file of this machine that a source is; None if it is none."""
    return input_named(source.input).local_path(source)
