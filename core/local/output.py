"""What the processes say: each line with its process's name, to the terminal and to `logs/stampede.log`.

The file starts anew with each start and past LOG_BYTES_MAX; KEEP older ones stay as stampede.log.1 and so on. A
terminal that is held (Ctrl-S) holds the supervisor too: accepted, since it is the same person's wish.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

LOG = "stampede.log"
LOG_BYTES_MAX = 50_000_000
KEEP = 5
COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
RESET = b"\x1b[0m"


class Output:
    """Writes lines under names. Loses the terminal without a word when it goes away; never the file."""

    def __init__(self, folder: Path, *, console: BinaryIO | None = None) -> None:
        self._path = folder / LOG
        self._console: BinaryIO | None = console or sys.stdout.buffer
        self._colour = self._console.isatty()
        self._names: list[str] = []
        self._width = 8
        self._file = self._open()

    def know(self, *names: str) -> None:
        """Gives each name its colour and makes the column wide enough for all."""
        self._names += [name for name in names if name not in self._names]
        self._width = max([self._width, *(len(name) for name in self._names)])

    def line(self, name: str, text: bytes) -> None:
        """One line, without its end."""
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3].encode()
        head = name.ljust(self._width).encode()
        self._file.write(stamp + b"Z " + head + b" | " + text + b"\n")
        if self._file.tell() > LOG_BYTES_MAX:
            self._file.close()
            self._file = self._open()
        if self._colour:
            head = b"\x1b[%dm" % self._colour_of(name) + head + RESET
        self.plain(head + b" | " + text)

    def plain(self, text: bytes) -> None:
        """A line for the person at the terminal alone."""
        if self._console is None:
            return
        try:
            self._console.write(text + b"\n")
            self._console.flush()
        except OSError:  # the terminal, or the program that we were piped into, has gone
            self._console = None

    def close(self) -> None:
        self._file.close()

    def _colour_of(self, name: str) -> int:
        return COLOURS[self._names.index(name) % len(COLOURS)] if name in self._names else 90

    def _open(self) -> BinaryIO:
        for number in range(KEEP, 0, -1):
            older = self._path.with_name(f"{LOG}.{number - 1}") if number > 1 else self._path
            if older.exists():
                older.replace(self._path.with_name(f"{LOG}.{number}"))
        return open(self._path, "wb", buffering=0)
