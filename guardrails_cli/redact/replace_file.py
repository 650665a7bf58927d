"""Move a finished copy to its place, so that no original is ever lost and no partial copy is ever visible."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.formats.reader import RefusedError


def check(location: str, target: Path, backup: Path | None) -> None:
    """Check that a copy can take its place, before any work is done for it.

    Args:
        location: the original.
        target: place of the copy; the original itself only with a backup.
        backup: place to keep the original.

    Raises:
        RefusedError: if an original would be lost, or stay readable under another name.

    """
    if backup is None:
        if target.exists() and target.samefile(location):
            raise RefusedError(Reason(ReasonCode.WOULD_OVERWRITE, "the copy would replace the original"))
        return
    if os.path.lexists(backup):
        raise RefusedError(Reason(ReasonCode.WOULD_OVERWRITE, f"{backup.name} is there already: move it away first"))
    status = target.lstat()
    if target.is_symlink():
        raise RefusedError(Reason(ReasonCode.LINK, "it is a symbolic link: name the file that it leads to"))
    if status.st_nlink > 1:
        sentence = "it has other names (hard links), under which it would stay as it is"
        raise RefusedError(Reason(ReasonCode.HARD_LINKS, sentence))


def put(made: Path, location: str, target: Path, backup: Path | None) -> None:
    """Move a copy to its place, with the mode of its original; a backup first gives the original a second name.

    Raises:
        OSError: if that fails; original and target are then unchanged.

    """
    with made.open("rb") as file:
        os.fsync(file.fileno())
    shutil.copymode(location, made)
    if backup is None:
        made.replace(target)
        return
    status = target.stat()
    with suppress(PermissionError):
        os.chown(made, status.st_uid, status.st_gid)
    _keep(target, backup)
    try:
        made.replace(target)
    except OSError:
        backup.unlink()
        raise


def _keep(original: Path, backup: Path) -> None:
    """Give a file a second name, or copy it where there are no hard links; never overwrite another file."""
    try:
        backup.hardlink_to(original)
    except FileExistsError:
        raise
    except OSError:
        with original.open("rb") as file, backup.open("xb") as copy:
            try:
                shutil.copyfileobj(file, copy)
                copy.flush()
                os.fsync(copy.fileno())
            except OSError:
                backup.unlink()
                raise
        shutil.copystat(original, backup)
