"""A shop that looks whether the last item is free, and then takes it: the mistake that a script does not make."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from core.engine.redis import door
from tests.laws.web import Web

LOOKED_TOGETHER = 2


@contextmanager
def server() -> Iterator[Web]:
    """One item; at least two buyers have looked before the first one writes."""
    looked = threading.Barrier(LOOKED_TOGETHER)

    class Naive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            free = door().command("GETBIT", "naive", 0) == 0
            if free:
                try:
                    looked.wait(1)
                except threading.BrokenBarrierError:
                    free = False
            if free:
                door().command("SETBIT", "naive", 0, 1)
            door().close()
            self.send_response(201 if free else 409)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

    with Server(("127.0.0.1", 0), Naive) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield Web(listening.server_address[1])
        listening.shutdown()
        thread.join()
