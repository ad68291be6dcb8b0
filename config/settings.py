"""Django's settings, built from `config.env`; every other room reads these, never the environment."""

import sys
import warnings

import structlog

from config.claims import ConfigError
from config.database import database
from config.env import ROOT, load_env
from config.logs import configure_logs

try:
    env = load_env()
except ConfigError as error:
    sys.exit(f"Stampede does not start.\n{error}")

configure_logs(level=env.log_level, environment=env.environment, role=env.stampede_role)

if env.maze_service_url and env.stampede_role in ("web", "command"):
    structlog.get_logger("stampede.config").warning("MAZE_SERVICE_URL is accepted and not used: mazes are made here")

# --- where and who ---------------------------------------------------------------------------------------------------
DATA_DIR = env.data_dir
SERVER_HOST, SERVER_PORT, LIVE_PORT = env.server_host, env.server_port, env.live_port
WEB_WORKERS, WEB_THREADS = env.web_workers, env.web_threads
TRUST_USER_ID = env.trusts_user_id

# --- stores ----------------------------------------------------------------------------------------------------------
DATABASES = {"default": database(env)}
REDIS_URL = env.redis_url
REDIS_BUS_URL = env.redis_bus_url
REDIS_APPENDFSYNC = env.redis_appendfsync
LUA_NOW_PART = env.lua_now_part

# --- trades ----------------------------------------------------------------------------------------------------------
SALE_ITEMS = env.sale_items
SALE_SECONDS = env.sale_seconds
SALE_BUYER_LIMIT = env.sale_buyer_limit
SALE_HOLD_SECONDS = env.sale_hold_seconds
# What `config.env` reads for bookings and auctions comes here with them.

# --- Django ----------------------------------------------------------------------------------------------------------
SECRET_KEY = env.secret_key
DEBUG = False
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "rest_framework",
    "core",
    "accounts",
    "sales",
]
MIDDLEWARE = [
    "core.http.edge.EdgeMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
]
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
REST_FRAMEWORK: dict[str, object] = {"UNAUTHENTICATED_USER": None, "DEFAULT_AUTHENTICATION_CLASSES": []}
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LOGGING_CONFIG = None  # config.logs has done it

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles"
STATICFILES_DIRS = [ROOT / "static"] if (ROOT / "static").is_dir() else []
WHITENOISE_USE_FINDERS = True  # no collectstatic before a first start
WHITENOISE_AUTOREFRESH = False
warnings.filterwarnings("ignore", message="No directory at")  # WhiteNoise, before the first collectstatic
WHITENOISE_MAX_AGE = 31_536_000 if env.is_production else 0

# --- safety ----------------------------------------------------------------------------------------------------------
ALLOWED_HOSTS = list(env.allowed_hosts) or ["localhost", ".localhost", "127.0.0.1", "[::1]", env.server_host]
CORS_ALLOWED_ORIGINS = env.cors_allowed_origins
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
APPEND_SLASH = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.behind_tls_proxy else None
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.is_production
