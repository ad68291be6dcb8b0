"""Folders that are ours alone, and folders that another user can reach. Never changes the mode of one it did not make.

private         makes a folder for us alone, or for one other user
reachable       can that user walk down to this folder?
own_corner      a folder below /var/tmp that every user can reach and only we can write
write_private   a file with mode 0600, whole or not at all
"""

import hashlib
import os
from pathlib import Path

from core.local.errors import LocalError

CORNER = Path("/var/tmp")  # noqa: S108 - `own_corner` looks whose it is


def private(folder: Path, *, mode: int = 0o700, user: tuple[int, int] | None = None) -> Path:
    """Makes the folder where it is missing, or raises LocalError. `mode` 0o711 lets others pass through."""
    try:
        if not folder.exists():
            folder.mkdir(parents=True, mode=mode)
            folder.chmod(mode)  # the umask may have taken bits away
            if user:
                os.chown(folder, *user)
    except OSError as error:
        raise LocalError(
            f"The folder {folder} cannot be made ({error.strerror}). Set DATA_DIR to a folder that you may write to."
        ) from error
    return folder


def reachable(folder: Path, *, uid: int, gid: int) -> bool:
    """Whether `uid`, with no other groups, may enter the folder and each of its parents that exist."""
    whole = folder.resolve()
    return all(_may_enter(part, uid=uid, gid=gid) for part in (whole, *whole.parents) if part.exists())


def _may_enter(folder: Path, *, uid: int, gid: int) -> bool:
    facts = folder.stat()
    if facts.st_uid == uid:
        return bool(facts.st_mode & 0o100)
    if facts.st_gid == gid:
        return bool(facts.st_mode & 0o010)
    return bool(facts.st_mode & 0o001)


def own_corner(*, purpose: str, key: str) -> Path:
    """`/var/tmp/stampede-<uid>-<purpose>-<hash of key>`: it survives a restart of the machine, unlike /tmp."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    folder = CORNER / f"stampede-{os.getuid()}-{purpose}-{digest}"
    folder.mkdir(mode=0o711, exist_ok=True)
    facts = folder.lstat()
    # Anyone may make folders in /var/tmp: one that somebody else put there first is not ours to trust.
    if facts.st_uid != os.getuid() or folder.is_symlink():
        raise LocalError(
            f"{folder} belongs to somebody else. Remove it, or set DATA_DIR to a folder all users can enter."
        )
    return folder


def write_private(path: Path, text: str) -> None:
    """Replaces the file in one step, readable by us alone from its first byte."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
