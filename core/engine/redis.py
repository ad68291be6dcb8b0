"""The one door to Redis: every decision, journal read and rebuild goes through it.

    door()              this process's door to the decision store
    Door.call           run a decision script; the server's `run_id` travels with it (the fence)
    Door.command        one plain command
    Door.pipeline       many plain commands, one round trip

One connection a thread, made before a call is packed, so a call always carries the `run_id` of the very server
that will read it. Nothing is ever sent twice: a lost answer is `OutcomeUnknown`, and the caller may ask again
because every verb is idempotent.
"""

from __future__ import annotations

import re
import select
import threading
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.connection import SSLConnection, parse_url
from redis.exceptions import ClusterDownError, MasterDownError, NoScriptError, ResponseError
from redis.retry import Retry

from core.engine.scripts import Script
from core.refusals import OutcomeUnknown, Unavailable

ANSWER_SECONDS_MAX = 2.0
"""How long a thread waits for Redis. A paused server sends no error, so only this bound frees the thread."""

BREAKER_SECONDS = 1.0
"""After a time-out, calls fail at once for this long, so that waiting threads cannot starve the other pages."""

MEMORY_SECONDS = 1.0
"""How old a process's knowledge of the server's memory may be."""

# What Redis answers when it cannot write: nothing happened, the caller may come back. Inside a script, Redis 6.2
# wraps these words in a sentence of its own, so they are looked for, not compared.
_AWAY = re.compile(r"\b(OOM|MISCONF|READONLY|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|BUSY)\b")
_DEMOTED = (redis.ReadOnlyError, MasterDownError)
_AWAY_KINDS = (redis.OutOfMemoryError, redis.ReadOnlyError, ClusterDownError, MasterDownError)

Argument = str | bytes | int


class _Learned:
    """A connection that learns the server's `run_id` whenever it connects."""

    run_id = ""

    def on_connect_check_health(self, check_health: bool = True) -> None:
        super().on_connect_check_health(check_health)  # type: ignore[misc]
        self.send_command("INFO", "server", check_health=False)  # type: ignore[attr-defined]
        info: bytes = self.read_response()  # type: ignore[attr-defined]
        self.run_id = info.partition(b"run_id:")[2].partition(b"\r\n")[0].decode()
        if not self.run_id:
            message = "This Redis does not say its run_id, so the fence cannot stand. Use a server whose INFO does."
            raise redis.ConnectionError(message)
        self.watch = select.poll()
        self.watch.register(self._sock, select.POLLIN)  # type: ignore[attr-defined]


class _Connection(_Learned, redis.Connection):
    pass


class _TLSConnection(_Learned, SSLConnection):
    pass


class Door:
    """A door to one Redis server, safe to use from many threads."""

    def __init__(self, url: str, *, answer_seconds_max: float = ANSWER_SECONDS_MAX) -> None:
        options: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]
        self._kind = _TLSConnection if options.pop("connection_class", None) is SSLConnection else _Connection
        self._options = options | {
            "socket_timeout": answer_seconds_max,
            "socket_connect_timeout": answer_seconds_max,
            # redis-py would repeat a command after a time-out by default: one INCR, counted twice.
            "retry": Retry(NoBackoff(), 0),
            "protocol": 2,
            "driver_info": None,
        }
        self._local = threading.local()
        self._answer_seconds_max = answer_seconds_max
        self._shut_until = 0.0
        self._memory = (-MEMORY_SECONDS, 0.0)

    def call(self, script: Script, *, keys: Sequence[str], args: Sequence[Argument] = ()) -> list[Any]:
        """Run a script and return its words. ARGV[1] is the server's `run_id`; `args` follow.

        Raises `Unavailable` if nothing was sent or Redis refused to write, `OutcomeUnknown` if the answer was lost.
        """
        connection = self._connected()
        tail = (len(keys), *keys, connection.run_id, *args)
        try:
            return self._exchange(connection, "EVALSHA", script.sha, *tail)  # type: ignore[no-any-return]
        except NoScriptError:
            # Safe to load and repeat: the script did not run, and the fence is `run_id`, not NOSCRIPT.
            self._exchange(connection, "SCRIPT", "LOAD", script.body)
            return self._exchange(connection, "EVALSHA", script.sha, *tail)  # type: ignore[no-any-return]

    def command(self, *words: Argument) -> Any:
        """Run one plain command. Raises as `call` does."""
        return self._exchange(self._connected(), *words)

    def pipeline(self, commands: Sequence[Sequence[Argument]]) -> list[Any]:
        """Run plain commands in one round trip, not as one atomic step. A command that the server refuses answers None,
        so that one strange key hides no other's answer."""
        if not commands:
            return []
        connection = self._connected()
        with _Answering(self, connection):
            connection.send_packed_command(connection.pack_commands(commands), check_health=False)
            answers = [self._read_or_error(connection) for _ in commands]
        return [None if isinstance(answer, ResponseError) else answer for answer in answers]

    def run_id(self) -> str:
        """The `run_id` of the server that this thread is connected to."""
        return str(self._connected().run_id)

    def appendfsync(self) -> str:
        """When the server flushes, as it says itself; "unknown" where it may not be asked (managed Redis), "no" where
        it keeps no append-only file."""
        if b"aof_enabled:1" not in self.command("INFO", "persistence"):
            return "no"
        try:
            return str(self.command("CONFIG", "GET", "appendfsync")[1].decode())
        except (ResponseError, IndexError):
            return "unknown"

    def was_promoted(self) -> bool:
        """Whether the server was a replica once: what it holds is then what replication had brought, not what its
        predecessor had answered for."""
        text: bytes = self.command("INFO", "replication")
        return b"role:master" not in text or b"master_replid2:" + b"0" * 40 not in text

    def memory_share(self) -> float:
        """How full the server is, 0…1, as it was within the last second; 0 where it has no bound."""
        now = time.monotonic()
        if now - self._memory[0] > MEMORY_SECONDS:
            self._memory = (now, self._memory[1])  # the others go by the old figure while this thread asks
            found = dict(line.split(b":", 1) for line in self.command("INFO", "memory").split(b"\r\n") if b":" in line)
            bound = int(found[b"maxmemory"])
            self._memory = (now, int(found[b"used_memory"]) / bound if bound else 0.0)
        return self._memory[1]

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.disconnect()

    def _connected(self) -> Any:
        self._pass_breaker()
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._kind(**self._options)
        # Something to read before we have asked: the server hung up, or is out of step. Nothing was sent: start afresh.
        if connection._sock is not None and connection.watch.poll(0):
            connection.disconnect()
        if connection._sock is None:
            try:
                connection.connect()
            except redis.TimeoutError as error:
                self._shut()
                raise Unavailable from error
            except (redis.RedisError, OSError) as error:
                raise Unavailable from error
        return connection

    def _exchange(self, connection: Any, *words: Argument) -> Any:
        with _Answering(self, connection):
            connection.send_command(*words, check_health=False)
            answer = self._read_or_error(connection)
        if isinstance(answer, NoScriptError):
            raise answer
        if isinstance(answer, ResponseError):
            if isinstance(answer, _DEMOTED):
                connection.disconnect()  # the name may lead to another server by now
            raise _translated(answer) from answer
        return answer

    @staticmethod
    def _read_or_error(connection: Any) -> Any:
        try:
            return connection.read_response()
        except ResponseError as error:
            return error

    def _pass_breaker(self) -> None:
        if self._shut_until == 0.0:
            return
        now = time.monotonic()
        if now < self._shut_until:
            raise Unavailable
        # One thread tries; the others keep failing fast until it has an answer or gives up.
        self._shut_until = now + self._answer_seconds_max

    def _shut(self) -> None:
        self._shut_until = time.monotonic() + BREAKER_SECONDS


class _Answering:
    """What was sent may have happened: turn a lost answer into `OutcomeUnknown`, and mind the breaker."""

    __slots__ = ("_connection", "_door")

    def __init__(self, door: Door, connection: Any) -> None:
        self._door = door
        self._connection = connection

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None:
            self._door._shut_until = 0.0
            return
        self._connection.disconnect()
        if isinstance(error, redis.BusyLoadingError):
            raise Unavailable from error
        if isinstance(error, redis.TimeoutError):
            self._door._shut()
        if isinstance(error, redis.ConnectionError | redis.TimeoutError | OSError):
            raise OutcomeUnknown from error


def _translated(error: ResponseError) -> Exception:
    return Unavailable() if isinstance(error, _AWAY_KINDS) or _AWAY.search(str(error)) else error


@cache
def door() -> Door:
    """This process's door to the decision store, `REDIS_URL`. Raises `Unavailable` where none is set and none runs."""
    if not settings.REDIS_URL:
        raise Unavailable("Nothing runs here: `make run`, or set REDIS_URL.")
    return Door(settings.REDIS_URL)
