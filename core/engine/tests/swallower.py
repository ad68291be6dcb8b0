"""A way to a Redis server that can keep the answers for itself: what a lost answer looks like from outside."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from core.engine.redis import Door


class Swallower:
    """Passes bytes both ways, counts what is asked, and on demand swallows answers or hangs up instead of answering."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self.direct = Door(url)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = url.replace(f":{self._to.port}/", f":{self._server.getsockname()[1]}/")
        self._mode = "pass"
        self._seen = bytearray()
        self._open: list[socket.socket] = []

    def swallow(self, *, cut: bool) -> None:
        """From now on answers do not arrive; `cut`: the connection ends instead."""
        self._seen.clear()
        self._mode = "cut" if cut else "swallow"

    def pass_on(self) -> None:
        """Answers arrive again, on new connections."""
        self._mode = "pass"

    def asked(self, word: bytes) -> int:
        """How often a word was sent since `swallow`."""
        return self._seen.count(word)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (self._server, *self._open):
            one.close()
        self.direct.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            there = socket.create_connection((self._to.hostname or "", self._to.port or 0))
            self._open += [client, there]
            threading.Thread(target=self._asks, args=(client, there), daemon=True).start()
            threading.Thread(target=self._answers, args=(client, there), daemon=True).start()

    def _asks(self, client: socket.socket, there: socket.socket) -> None:
        while chunk := _read(client):
            self._seen += chunk
            there.sendall(chunk)

    def _answers(self, client: socket.socket, there: socket.socket) -> None:
        while chunk := _read(there):
            if self._mode == "cut":
                client.shutdown(socket.SHUT_RDWR)
                return
            if self._mode == "pass":
                client.sendall(chunk)


def _read(end: socket.socket) -> bytes:
    try:
        return end.recv(65_536)
    except OSError:
        return b""
