"""A TCP proxy before Redis that can lose what passes through it.

Proxy.mode      PASS everything; SWALLOW answers (Redis decides, nobody hears), or only the next one; STALL requests
Proxy.sent      how often a command left for Redis, by its name
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from enum import Enum
from typing import Self
from urllib.parse import urlsplit, urlunsplit

BYTES_AT_ONCE = 64 * 1024


class Mode(Enum):
    PASS = "pass"
    SWALLOW = "swallow"
    SWALLOW_ONCE = "swallow once"
    STALL = "stall"


class Proxy:
    """A context manager; `url` is the address to give out instead of the server's own."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self.mode = Mode.PASS
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = [self._listener]
        self._said: list[bytes] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        password = f":{self._parts.password}@" if self._parts.password else ""
        return urlunsplit(self._parts._replace(netloc=f"{password}127.0.0.1:{self._listener.getsockname()[1]}"))

    def sent(self, command: str) -> int:
        """How often clients sent it since the last `forget`, whether or not it was let through."""
        with self._lock:
            return b"".join(self._said).count(b"\r\n" + command.encode() + b"\r\n")

    def forget(self) -> None:
        with self._lock:
            self._said.clear()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            for one in self._sockets:
                _shut(one)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection((self._parts.hostname or "127.0.0.1", self._parts.port or 6379), 5)
            except OSError:
                return
            server.settimeout(None)
            with self._lock:
                self._sockets += [client, server]
            for source, target, mute in ((client, server, Mode.STALL), (server, client, Mode.SWALLOW)):
                threading.Thread(target=self._relay, args=(source, target, mute), daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket, mute: Mode) -> None:
        """Pass on what `source` says, but for what is said while the mode is `mute`."""
        try:
            while said := source.recv(BYTES_AT_ONCE):
                if mute is Mode.STALL:
                    with self._lock:
                        self._said.append(said)
                if self.mode is Mode.SWALLOW_ONCE and mute is Mode.SWALLOW:
                    self.mode = Mode.PASS
                elif self.mode is not mute:
                    target.sendall(said)
        except OSError:
            pass  # one side hung up: so does the other
        finally:
            _shut(source)
            _shut(target)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):  # it is shut already
        one.shutdown(socket.SHUT_RDWR)
    one.close()
