"""One question to a web process, to know whether it is there, or what it says.

ask         status and body
answers     whether it says 200
"""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException


def ask(port: int, target: str, *, method: str = "GET") -> tuple[int, bytes]:
    """Raises `OSError` or `HTTPException` where nobody answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, target)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def answers(port: int, target: str) -> bool:
    """Whether it says 200."""
    try:
        return ask(port, target)[0] == 200
    except (OSError, HTTPException):
        return False
