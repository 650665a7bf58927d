"""The registry of inputs. A new one is a module in this room and a line here."""

from guardrails_cli.core.source import Source
from guardrails_cli.inputs.files import Files
from guardrails_cli.inputs.git.input import GitRepositories
from guardrails_cli.inputs.input import Input
from guardrails_cli.inputs.object_store import ObjectStores
from guardrails_cli.inputs.stdin import StandardInput
from guardrails_cli.options.model import GitOptions

INPUTS: dict[str, Input] = {
    "git": GitRepositories(),
    "stdin": StandardInput(),
    "object": ObjectStores(),
    "file": Files(),  # last: any path can be the name of a file
}
"""Inputs by the name that sources carry, in the order in which they are offered a path."""


def input_of(path: str, git: GitOptions | None = None) -> Input:
    """Return the input of a user's path; with options for git, every path names a repository."""
    return INPUTS["git"] if git else next(one for one in INPUTS.values() if one.takes(path))


def input_named(name: str) -> Input:
    """Return the input that listed a source, by `Source.input`."""
    return INPUTS[name]


def shown(path: str) -> str:
    """Return a user's path in the form that may be shown: in one line, without a password."""
    return input_of(path).shown(path)


def local_path(source: Source) -> str | None:
    """Return the source's file on this machine; None if it has none."""
    return input_named(source.input).local_path(source)
