"""Who buys: `u:<uuid>` for a signed-in person, `demo:<text>` where the deployment trusts a sent `user_id`."""

from __future__ import annotations

import re

from django.conf import settings

from core.http.fields import ID_PATTERN
from core.refusals import Unauthenticated, Validation

_USER_ID = re.compile(ID_PATTERN)


def demo_buyer(user_id: str | None) -> str:
    """The buyer that a sent `user_id` names. Raises `Validation` for its shape, `Unauthenticated` where not trusted."""
    if not settings.TRUST_USER_ID:
        raise Unauthenticated(
            "This server does not trust a sent user_id, and accounts come with a later release. "
            "For a demo, start it with TRUST_USER_ID=true."
        )
    if user_id is None or _USER_ID.match(user_id) is None:
        message = "user_id: send 1 to 64 of A-Z a-z 0-9 _ -"
        raise Validation(message, errors=[{"field": "user_id", "message": message}])
    return f"demo:{user_id}"
