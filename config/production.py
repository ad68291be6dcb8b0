"""What production forbids: each check names its key and says what to do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from config.claims import Claims, ConfigError

if TYPE_CHECKING:
    from config.env import Env

DEVELOPMENT_SECRET_KEY = "development-only-key-that-production-refuses"  # noqa: S105
SECRET_KEY_CHARACTERS_MIN = 32
KNOWN_PASSWORDS = ("postgres", "password")  # printed in the seeds' READMEs


def refuse_unsafe_production(env: "Env", claims: Claims) -> None:
    """Raises ConfigError with every reason at once; outside production nothing is refused."""
    if env.is_production and (reasons := list(_reasons(env, claims))):
        raise ConfigError("\n".join(reasons))


def _reasons(env: "Env", claims: Claims) -> Iterator[str]:
    if env.secret_key == DEVELOPMENT_SECRET_KEY or len(env.secret_key) < SECRET_KEY_CHARACTERS_MIN:
        yield (
            "SECRET_KEY is the default or too short for production. Set it to 50 random characters: "
            "python -c 'import secrets; print(secrets.token_urlsafe(38))'"
        )
    if unquote(urlsplit(env.database_url).password or "") in KNOWN_PASSWORDS:
        key = claims["database_password"].key if "database_password" in claims else "DATABASE_URL"
        yield f"{key} holds a password that everybody knows. Change it in PostgreSQL and here."
    if env.trust_user_id:
        yield "TRUST_USER_ID is on: anybody could buy in anybody's name. Unset it in production."
    if not env.allowed_hosts:
        yield "ALLOWED_HOSTS is not set. Name the hosts that this site answers to, with commas between."
