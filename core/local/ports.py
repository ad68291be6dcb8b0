"""Ports: finding a free one, and saying which is taken."""

import random
import socket
from pathlib import Path

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 20_000
TRIES = 200


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on, below those that Linux gives to outgoing connections.

    One from the outgoing range could be taken by any client in the moment between a server's kill -9 and its restart.
    """
    highest = min(_first_ephemeral(), 32_768) - 1
    for _ in range(TRIES):
        port = random.randint(LOWEST, highest)  # noqa: S311 - no secret, only unlikely to meet others
        if not is_taken("127.0.0.1", port):
            return port
    raise OSError(f"no free port between {LOWEST} and {highest} after {TRIES} tries")


def is_taken(host: str, port: int) -> bool:
    """Whether binding fails. A port whose last connections are only fading away (TIME_WAIT) counts as free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def _first_ephemeral() -> int:
    try:
        first = int(EPHEMERAL.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768
    return first if first > LOWEST + 1_000 else 32_768
