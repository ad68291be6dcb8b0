"""The robot's side of HTTP: one wish, one request, one end. It never repeats by itself.

Shop.ask        send a wish, and write in the history before and after
Shop.insist     ask until the answer is definite, the time is over or the run ends
Shop.get        a page, with how long it took
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tests.faults.history import Attempt, End, History, Verb, Wish

ANSWER_SECONDS_MAX = 4.0
"""Twice the door's own patience with Redis: who waits longer has lost the server, not the store."""

PAUSE_SECONDS = 0.05
"""Between two attempts, so that a refusing server is not asked a thousand times a second."""


class Shop:
    """One buyer's connection; not for several threads at once."""

    def __init__(self, port: int, *, sale_id: str, history: History) -> None:
        self.port = port
        self.sale_id = sale_id
        self.history = history
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, wish: Wish) -> Attempt:
        """Send a wish once."""
        number, invoked_at = self.history.invoke(wish), time.time()
        end, reason, facts = self._exchange(wish)
        self.history.end(number, end, reason, **facts)
        return Attempt(wish, invoked_at, ended_at=time.time(), end=end, reason=reason, **facts)

    def insist(self, wish: Wish, *, seconds: float, over: Callable[[], bool] = lambda: False) -> Attempt:
        """Send the same request until its answer is yes or a definite no."""
        deadline = time.monotonic() + seconds
        while True:
            attempt = self.ask(wish)
            if attempt.end in (End.OK, End.NO) or over() or time.monotonic() > deadline:
                return attempt
            threading.Event().wait(PAUSE_SECONDS)

    def get(self, path: str) -> tuple[int, Any, float]:
        """Status, document and seconds of a page. Raises OSError or HTTPException where nobody answers."""
        began = time.monotonic()
        try:
            status, document = self._send("GET", path, None, {})
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        return status, document, time.monotonic() - began

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _exchange(self, wish: Wish) -> tuple[End, str, dict[str, Any]]:
        """Whatever goes wrong after the first byte may have happened."""
        try:
            self._connect()
        except OSError:
            self.close()
            return End.NOT_NOW, "no_connection", {}
        try:
            status, document = self._send(*self._request(wish))
        except TimeoutError:
            self.close()
            return End.UNKNOWN, "timeout", {}
        except (OSError, http.client.HTTPException):
            self.close()
            return End.UNKNOWN, "cut", {}
        return _understood(wish, status, document)

    def _connect(self) -> None:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS_MAX)
        if self._connection.sock is None:
            self._connection.connect()  # http.client sets TCP_NODELAY itself

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, Any]:
        self._connect()
        assert self._connection is not None
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        raw = response.read()
        if response.will_close:
            self.close()
        return response.status, json.loads(raw) if raw.startswith(b"{") else {}

    def _request(self, wish: Wish) -> tuple[str, str, bytes | None, dict[str, str]]:
        match wish.verb:
            case Verb.HOLD if wish.seed:
                return "POST", "/checkout?" + urlencode({"user_id": wish.buyer, "id": wish.item}), None, {}
            case Verb.PURCHASE if wish.seed:
                return "POST", "/purchase?" + urlencode({"code": wish.code}), None, {}
            case Verb.HOLD:
                body = {"user_id": wish.buyer} | ({"item": wish.item} if wish.item else {})
                key = {"Idempotency-Key": wish.key} if wish.key else {}
                return "POST", f"/api/v1/sales/{self.sale_id}/holds", _json(body), _JSON | key
            case Verb.PURCHASE:
                return "POST", "/api/v1/purchases", _json({"user_id": wish.buyer, "code": wish.code}), _JSON
            case Verb.RELEASE:
                return "DELETE", f"/api/v1/holds/{wish.code}?" + urlencode({"user_id": wish.buyer}), None, {}


_JSON = {"Content-Type": "application/json"}


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def _understood(wish: Wish, status: int, document: dict[str, Any]) -> tuple[End, str, dict[str, Any]]:
    reason = str(document.get("code", f"http_{status}"))
    if status in (200, 201, 204):
        return End.OK, f"http_{status}", _facts(wish, document)
    if status in (503, 429) and reason != "outcome_unknown":
        return End.NOT_NOW, reason, {}
    if 400 <= status < 500:
        return End.NO, reason, {}
    return End.UNKNOWN, reason, {}


def _facts(wish: Wish, document: dict[str, Any]) -> dict[str, Any]:
    match wish.verb:
        case Verb.HOLD if wish.seed:
            return {"code": document["code"], "item": wish.item}
        case Verb.HOLD:
            deadline = datetime.fromisoformat(document["expires_at"]).timestamp()
            return {"code": document["code"], "item": document["item"], "deadline": deadline}
        case Verb.PURCHASE:
            return {"item": document["item_id" if wish.seed else "item"]}
        case Verb.RELEASE:
            return {}
