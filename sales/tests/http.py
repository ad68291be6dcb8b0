"""Asking over Django's test client as a program would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.test import Client

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def ask(
    method: str, path: str, body: Any = None, *, kind: str | None = JSON, raw: bytes | None = None, **headers: str
) -> Response:
    """One request. `body` is sent as JSON, `raw` as it is, under the content type `kind` (None: no such header)."""
    data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
    client = Client(raise_request_exception=False, headers=headers)
    content_type = {} if kind is None else {"content_type": kind}
    return client.generic(method, path, data, **content_type) if data else client.generic(method, path)  # type: ignore[arg-type]


def post(path: str, body: Any = None, **options: Any) -> Response:
    return ask("POST", path, body, **options)


def get(path: str, **options: Any) -> Response:
    return ask("GET", path, **options)


def is_problem(response: Response, status: int, code: str) -> bool:
    """RFC 9457, with our members; nothing of the request comes back raw in its headers."""
    problem = json.loads(response.content)
    assert response.status_code == problem["status"] == status, response.content
    assert problem["code"] == code, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert problem["type"] == f"urn:stampede:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == response["X-Request-ID"]
    assert response["Cache-Control"] == "no-store"
    assert ("Retry-After" in response) == ("retry_after" in problem) == (status in (429, 503))
    return True


def is_failed(response: Response, status: int, code: str) -> bool:
    """S4's failure shape."""
    failed = json.loads(response.content)
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    assert failed["status"] == "failed"
    assert failed["code"] == code, response.content
    assert isinstance(failed["message"], str)
    assert failed["message"]
    return True
