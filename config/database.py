"""The database entry of Django's settings, from one URL and the role of this process."""

from typing import Any

from psycopg.conninfo import conninfo_to_dict

from config.env import Env

# Roles that answer people: a wait on PostgreSQL ends after 2 s. The others do long work and may wait longer.
WAIT_SECONDS = {"web": 2.0, "live": 2.0, "recorder": 30.0, "worker": 30.0, "keeper": 30.0, "beat": 30.0}
IDLE_IN_TRANSACTION_MS = 5_000  # a paused recorder, or Ctrl-Z in a command, must not hold the Journal row for ever
LOCK_TIMEOUT_MS = {"web": 1_500, "live": 1_500}  # below the deadline, so that PostgreSQL says why itself
LOCK_TIMEOUT_MS_DEFAULT = 10_000
PARTS = {
    "dbname": "NAME",
    "user": "USER",
    "password": "PASSWORD",
    "host": "HOST",
    "port": "PORT",
}  # pragma: allowlist secret


def database(env: Env) -> dict[str, Any]:
    """Engine `core.postgres`, its pool, deadline and bulkhead. Without a URL a name that cannot be connected to."""
    role = env.stampede_role
    url = conninfo_to_dict(env.database_url) if env.database_url else {"dbname": "stampede"}
    entry: dict[str, Any] = {PARTS[part]: url.pop(part) for part in tuple(url) if part in PARTS}
    if env.database_sslmode:
        url.setdefault("sslmode", env.database_sslmode)
    is_web = role in ("web", "live")
    guc = {
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_MS,
        "lock_timeout": LOCK_TIMEOUT_MS.get(role, LOCK_TIMEOUT_MS_DEFAULT) if role != "command" else 0,
        "application_name": f"stampede-{role}",
    }
    return {
        "ENGINE": "core.postgres",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        **entry,
        "OPTIONS": {
            **url,
            "connect_timeout": 2,
            "options": " ".join(f"-c {name}={value}" for name, value in guc.items()),
            "wait_seconds": WAIT_SECONDS.get(role),
            "users_max": env.web_threads // 2 if is_web else None,
            "pool_size": min(env.postgres_max_connections, env.web_threads // 2 if is_web else 4),
        },
    }
