"""What the environment says. (First cut; GROUND widens it.)"""

import json
from pathlib import Path

from pydantic_settings import BaseSettings

ROOT = Path(__file__).resolve().parent.parent


class Env(BaseSettings):
    environment: str = "development"
    secret_key: str = "development-only"
    database_url: str = ""
    redis_url: str = ""
    redis_bus_url: str = ""
    data_dir: Path = ROOT / ".stampede"
    server_host: str = "127.0.0.1"
    server_port: int = 8080
    live_port: int = 8081
    log_level: str = "info"
    trust_user_id: bool = True
    redis_appendfsync: str = "always"
    sale_items: int = 10_000
    sale_seconds: int = 3_600
    sale_buyer_limit: int = 10
    sale_hold_seconds: int = 600
    web_workers: int = 2
    web_threads: int = 16
    postgres_max_connections: int = 20
    lua_now_part: Path | None = None
    stampede_role: str = "command"


def load_env() -> Env:
    env = Env()
    urls = env.data_dir / "urls.json"
    if urls.exists():
        for key, value in json.loads(urls.read_text()).items():
            if not getattr(env, key.lower()):
                setattr(env, key.lower(), value)
    return env
