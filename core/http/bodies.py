"""Reading a request's body under a deadline, so that no half-sent body may starve the others.

granian's `wsgi.input.read()` has no time-out: a client that sends a length and then nothing holds a thread for ever,
and 32 of them hold the site. Three bounds:

    size      more than 64 KiB is refused by its Content-Length, before a byte is read (413)
    threads   at most half of them may wait for bodies; the next one is refused at once (503 `overloaded`)
    time      a body that is not there after 5 s ends (408); after 1 s while others are refused for its sake

The thread that reads cannot be interrupted, so a watchdog shuts the *receiving* side of its connection: the server
sees the end of the stream, the read returns short, and we can still answer 408. granian does not say which connection
is ours, so the watchdog shuts every connection on which we sent nothing for that long: the stuck ones, and idle ones,
which a client opens again by itself. At first it spares those that received something a moment ago (a request on an
old connection); a second later it does not, since a client may send a byte a second. What may be lost: the answer to
a request that is in hand at that moment, or takes longer than the deadline, while somebody plays this trick; verbs
are idempotent, so the client asks again. Linux only; elsewhere put a buffering proxy in front. A request without a
body pays nothing for all this.
"""

import os
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any, Final

import structlog
from django.conf import settings
from django.http import HttpRequest

from core.http.strict import BODY_BYTES_MAX
from core.places import Places
from core.refusals import Malformed, Overloaded, PayloadTooLarge, RequestTimeout

log = structlog.get_logger("stampede.http")

READ_SECONDS_MAX = 5.0
CROWDED_SECONDS_MAX = 1.0
PLACE_SECONDS_MAX = 0.05  # a body that has arrived is read in microseconds, so a place is free at once or not at all
SPARED_SECONDS = 1.0  # how long after its deadline a read lasts before busy connections are cut too
SPARED_RECEIVED_MS = 400
TICK_SECONDS = 0.25

# struct tcp_info: 8 bytes, then 32-bit numbers; the tenth is tcpi_last_data_sent, the twelfth tcpi_last_data_recv (ms).
_TCP_INFO_BYTES: Final = 104
_LAST_DATA_SENT_AT: Final = 8 + 4 * 9
_LAST_DATA_RECEIVED_AT: Final = 8 + 4 * 11


class BodyReader:
    """Reads bodies for one process; keeps who is reading since when, and cuts those who take too long."""

    def __init__(self, *, places: int) -> None:
        self.places = Places(places)
        self.since: dict[int, float] = {}  # by thread: each reads one body at a time
        self.crowded_at = 0.0
        self.cuts = 0
        self.ports: set[int] = set()
        self._watching = threading.Lock()

    def read(self, source: Any, length: int, port: int) -> bytes:
        """Up to `length` bytes of `source`; raises Overloaded or RequestTimeout."""
        if not self.places.enter(seconds=PLACE_SECONDS_MAX):
            self.crowded_at = monotonic()
            raise Overloaded
        self.ports.add(port)
        me, cuts = threading.get_ident(), self.cuts
        self.since[me] = monotonic()
        try:
            if self._watching.acquire(blocking=False):  # the first who reads
                threading.Thread(target=self._watch_forever, name="body-watchdog", daemon=True).start()
            raw: bytes = source.read(length)
        finally:
            del self.since[me]
            self.places.leave()
        if len(raw) < length and self.cuts != cuts:
            raise RequestTimeout
        return raw

    def cut_the_late(self) -> None:
        """Ends the reads that are past the deadline; called by the watchdog."""
        now = monotonic()
        allowed = CROWDED_SECONDS_MAX if now - self.crowded_at < CROWDED_SECONDS_MAX else READ_SECONDS_MAX
        oldest = now - min(tuple(self.since.values()), default=now)
        if oldest < allowed:
            return
        self.cuts += 1
        received_ms = SPARED_RECEIVED_MS if oldest < allowed + SPARED_SECONDS else 0
        cut = sum(1 for one in connections(self.ports) if _shut_if_silent(one, int(allowed * 1_000), received_ms))
        log.warning("bodies that never came: connections cut", connections=cut, waited_seconds=round(oldest, 1))

    def _watch_forever(self) -> None:
        while True:
            sleep(TICK_SECONDS)
            if self.since:
                self.cut_the_late()


def connections(ports: set[int]) -> Iterator[socket.socket]:
    """The connections of this process that came in on one of the ports; each is closed again (our copy of it)."""
    for name in os.listdir("/proc/self/fd") if sys.platform == "linux" else ():
        try:
            one = socket.socket(fileno=os.dup(int(name)))
        except OSError:  # closed meanwhile, or no socket
            continue
        with one:
            if one.type == socket.SOCK_STREAM and one.family in (socket.AF_INET, socket.AF_INET6):
                try:
                    if one.getsockname()[1] in ports and one.getpeername():
                        yield one
                except OSError:  # the listening socket has no peer
                    continue


def _shut_if_silent(one: socket.socket, sent_ms: int, received_ms: int) -> bool:
    info = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    last_sent: int = struct.unpack_from("I", info, _LAST_DATA_SENT_AT)[0]
    last_received: int = struct.unpack_from("I", info, _LAST_DATA_RECEIVED_AT)[0]
    if last_sent < sent_ms or last_received < received_ms:
        return False
    one.shutdown(socket.SHUT_RD)
    return True


reader = BodyReader(places=max(1, settings.WEB_THREADS // 2))


def take_body(request: HttpRequest) -> None:
    """Reads the body into the request, where Django looks for it; raises what the client did wrong. Once a request."""
    meta = request.META
    request._body = b""  # what HttpRequest.body would otherwise look for in the stream
    declared = meta.get("CONTENT_LENGTH") or ""
    if declared:
        if not (declared.isascii() and declared.isdigit()):
            raise Malformed("Content-Length is not a number.")
        length = int(declared)
        if length == 0:
            return
        if length > BODY_BYTES_MAX:
            raise PayloadTooLarge
    elif "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower():
        length = BODY_BYTES_MAX + 1
    else:
        return
    raw = reader.read(meta["wsgi.input"], length, int(meta.get("SERVER_PORT") or 0))
    if declared and len(raw) < length:
        raise Malformed("The body is shorter than its Content-Length.")
    if len(raw) > BODY_BYTES_MAX:
        raise PayloadTooLarge
    request._body = raw  # forms are parsed from it, too
