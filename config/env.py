"""What the environment says: every setting of Stampede, typed, checked, with the reason beside it.

    load_env() -> Env      environment over config.yaml (CONFIG_FILE) over DATA_DIR/urls.json over these defaults

The names that the seeds use are in `config.names`, clashes in `config.claims`; what production forbids is in
`config.production`. A wrong value stops the start with a text that names the key.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.claims import Claims, ConfigError, read_claims
from config.kinds import DatabaseUrl, Hosts, Origins, Port, RedisUrl, Seconds
from config.production import DEVELOPMENT_SECRET_KEY, refuse_unsafe_production
from sales.limits import BUYER_LIMIT_MAX, ITEMS_MAX

ROOT = Path(__file__).resolve().parent.parent
URLS_FILE = "urls.json"
URL_FIELDS = ("database_url", "redis_url", "redis_bus_url")

Role = Literal["web", "live", "recorder", "worker", "keeper", "beat", "command"]


class Env(BaseSettings):
    """One attribute a setting; the description is what a wrong value is answered with."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    environment: Annotated[Literal["development", "test", "production"], Field(description="where this runs")] = (
        "development"
    )
    stampede_role: Annotated[Role, Field(description="which process this is; `manage.py up` sets it")] = "command"
    secret_key: Annotated[str, Field(min_length=8, description="signs sessions; 50 random characters")] = (
        DEVELOPMENT_SECRET_KEY
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Field(description="least level written")] = (
        "info"
    )
    data_dir: Annotated[Path, Field(description="folder of the embedded servers")] = ROOT / ".stampede"
    allowed_hosts: Annotated[Hosts, Field(description="Host names we answer to, with commas between")] = ()
    trust_user_id: Annotated[bool | None, Field(description="believe user_id on the seeds' paths (demo)")] = None
    behind_tls_proxy: Annotated[bool, Field(description="a proxy of ours ends TLS and sets X-Forwarded-Proto")] = False

    database_url: Annotated[DatabaseUrl, Field(description="postgresql://user:password@host:5432/name")] = ""
    database_sslmode: Annotated[
        Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] | None,
        Field(description="how the connection to PostgreSQL is encrypted"),
    ] = None  # a URL composed of parts says disable, as S1 does; else what the URL says
    postgres_max_connections: Annotated[int, Field(ge=2, le=1_000, description="the pool's size, per process")] = 20
    redis_url: Annotated[RedisUrl, Field(description="redis://:password@host:6379/0, where decisions are made")] = ""
    redis_db: Annotated[int, Field(ge=0, le=15, description="database index, 0 to 15")] = 0
    redis_bus_url: Annotated[RedisUrl, Field(description="redis://host:6380/0, broker and cache")] = ""
    redis_appendfsync: Annotated[
        Literal["always", "everysec"], Field(description="always: acknowledged means on disk; everysec: faster")
    ] = "always"
    redis_strategy: Annotated[Literal["lua", "optimistic"], Field(description="how a bid is compared and set")] = "lua"

    server_host: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,253}$", description="address to listen on")] = (
        "127.0.0.1"
    )
    server_port: Annotated[Port, Field(description="port of pages and API, 1 to 65535")] = 8080
    live_port: Annotated[Port, Field(description="port of the WebSockets, 1 to 65535")] = 8081
    web_workers: Annotated[int, Field(ge=1, le=64, description="web processes")] = 2
    web_threads: Annotated[int, Field(ge=4, le=256, description="threads a web process; half may wait for a store")] = (
        16
    )
    cors_allowed_origins: Annotated[Origins, Field(description="origins like https://shop.example, or *")] = ("*",)
    maze_service_url: Annotated[str, Field(max_length=2_000, description="accepted for S0's sake, not used")] = ""

    sale_items: Annotated[int, Field(ge=1, le=ITEMS_MAX, description="items of an hourly sale")] = 10_000
    sale_seconds: Annotated[Seconds, Field(ge=1, le=86_400, description="length of a sale: 3600, 1h or 60m")] = 3_600
    sale_buyer_limit: Annotated[
        int, Field(ge=1, le=BUYER_LIMIT_MAX, description="items a buyer may have of a sale")
    ] = 10
    sale_hold_seconds: Annotated[Seconds, Field(ge=1, le=86_400, description="life of a code: 600 or 10m")] = 600

    lane_count: Annotated[int, Field(ge=1, le=64, description="booking lanes")] = 3
    lane_buffer: Annotated[int, Field(ge=1, le=100_000, description="bookings a lane holds")] = 100
    ticket_hold_seconds: Annotated[Seconds, Field(ge=1, le=86_400, description="a pending booking: 600 or 10m")] = 600
    event_lock_seconds: Annotated[Seconds, Field(ge=1, le=86_400, description="an event's lock: 1800 or 30m")] = 1_800
    lane_idle_seconds: Annotated[Seconds, Field(ge=1, le=86_400, description="idle before clean-up: 300 or 5m")] = 300
    metrics_log_seconds: Annotated[Seconds, Field(ge=1, le=86_400, description="between metric lines: 30")] = 30

    lua_now_part: Annotated[Path | None, Field(description="tests only: another clock for the scripts")] = None

    @property
    def is_production(self) -> bool:
        """True where safety comes before convenience."""
        return self.environment == "production"

    @property
    def trusts_user_id(self) -> bool:
        """Unset means: yes on the demo, no in production."""
        return not self.is_production if self.trust_user_id is None else self.trust_user_id

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_env` hands over: it has settled clashes that pydantic's own sources would pass over."""
        return (init_settings,)


def load_env(environ: Mapping[str, str] | None = None, root: Path = ROOT) -> Env:
    """The settings; raises ConfigError that names the key and what to do."""
    claims = read_claims(os.environ if environ is None else environ, root)
    stated = {field: claim.value for field, claim in claims.items() if field in Env.model_fields}
    try:
        env = Env(**stated)  # type: ignore[arg-type]  # texts; pydantic reads them
        env = env.model_copy(update=_embedded_urls(env))
    except ValidationError as error:
        raise ConfigError(_told_by_key(error, claims)) from error
    refuse_unsafe_production(env, claims)
    return env


def _embedded_urls(env: Env) -> dict[str, str]:
    """The URLs of the servers that `manage.py up` runs in DATA_DIR, for those that nobody stated."""
    missing = [field for field in URL_FIELDS if not getattr(env, field)]
    path = env.data_dir / URLS_FILE
    if not missing or not path.exists():
        return {}
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read ({error}). Stop `manage.py up`, remove it, start again.") from error
    return {field: written[field.upper()] for field in missing if written.get(field.upper())}


def _told_by_key(error: ValidationError, claims: Claims) -> str:
    lines = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        field = str(one["loc"][0])
        key = claims[field].key if field in claims else field.upper()
        message = one["msg"].removeprefix("Value error, ")
        lines.append(f"{key} is wrong: {message}. It is: {Env.model_fields[field].description}.")
    return "\n".join(lines)
