"""A store that is not there, in one sentence for the person who typed a command."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import OperationalError

from core.refusals import Unavailable, Unready


def sentence(error: OperationalError | Unready) -> str:
    """Names the key, the address and the reason, never the password; and what to do where no store was named."""
    if isinstance(error, OperationalError):
        database = settings.DATABASES["default"]
        if not database.get("HOST"):
            return f"Nothing runs on {settings.DATA_DIR}: `make run`, or set DATABASE_URL."
        reason = (str(error).splitlines() or ["it does not answer"])[0]
        return f"DATABASE_URL: {database['HOST']}:{database.get('PORT') or 5432}: {reason}"
    if isinstance(error, Unavailable):
        return f"REDIS_URL: {urlsplit(settings.REDIS_URL).netloc.rpartition('@')[2]}: {error.detail}"
    return error.detail
