"""The ASGI door: WebSockets only, under uvicorn. Pages and API are the WSGI door's.

Plain HTTP knows `/health/live` and nothing else. No socket topic exists yet, so every socket is accepted and then
closed with 4404: a refused handshake would show a browser only 1006.
"""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("STAMPEDE_ROLE", "live")

import django

django.setup()

import orjson
from channels.routing import ProtocolTypeRouter

NO_SUCH_TOPIC = 4404
ALIVE = orjson.dumps({"status": "healthy", "service": "stampede-live"})
UNKNOWN = orjson.dumps(
    {
        "type": "urn:stampede:problem:not_found",
        "title": "There is nothing here under this name.",
        "status": 404,
        "code": "not_found",
    }
)


async def plain_http(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """`/health/live`, else 404."""
    if scope["path"] in ("/health/live", "/health") and scope["method"] in ("GET", "HEAD"):
        status, kind, body = 200, b"application/json", ALIVE
    else:
        status, kind, body = 404, b"application/problem+json", UNKNOWN
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def no_topic(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Accepts the socket and says that there is nothing to watch."""
    if (await receive())["type"] == "websocket.connect":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": NO_SUCH_TOPIC, "reason": "no such topic"})


application = ProtocolTypeRouter({"http": plain_http, "websocket": no_topic})
