"""One owner a folder: a file lock that the kernel releases whatever the owner dies of."""

import fcntl
import os
from pathlib import Path
from typing import Self

from core.local.errors import LocalError


class FolderLock:
    """Holds `<folder>/lock`, with our pid in it, from `take()` to `release()`, which removes the file."""

    def __init__(self, folder: Path, *, what: str) -> None:
        self.path = folder / "lock"
        self.what = what
        self._fd: int | None = None

    def take(self) -> Self:
        """Raises LocalError, naming the owner's pid, where another process (or object) has it."""
        while self._fd is None:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = os.pread(fd, 20, 0).decode().strip() or "unknown"
                os.close(fd)
                raise LocalError(
                    f"{self.what} already runs on {self.path.parent} (pid {owner}). "
                    "Stop it, or set DATA_DIR to another folder."
                ) from None
            self._keep_if_current(fd)
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)
        return self

    def owner(self) -> int | None:
        """The pid that holds the folder now. A file that a killed owner left behind does not count."""
        try:
            with open(self.path, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return int(self.path.read_text() or 0) or None
        return None

    def release(self) -> None:
        """Gives the folder back. Does nothing where it is not held."""
        if self._fd is not None:
            self.path.unlink(missing_ok=True)
            os.close(self._fd)
            self._fd = None

    def _keep_if_current(self, fd: int) -> None:
        # The last owner may have removed the file between our open and our lock: then we hold a file with no name.
        try:
            current = os.stat(self.path).st_ino == os.fstat(fd).st_ino
        except FileNotFoundError:
            current = False
        if current:
            self._fd = fd
        else:
            os.close(fd)
