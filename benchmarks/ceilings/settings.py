"""The smallest Django that can answer: no middleware, no apps. The stores are the project's own."""

from config.settings import LUA_NOW_PART, REDIS_URL, SECRET_KEY

__all__ = ["LUA_NOW_PART", "REDIS_URL", "SECRET_KEY"]

DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "benchmarks.ceilings.urls"
USE_TZ = True
LOGGING_CONFIG = None
