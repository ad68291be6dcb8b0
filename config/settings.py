"""Django's settings, built from `config.env`. (First cut; GROUND widens it.)"""

from urllib.parse import urlsplit

from config.env import ROOT, load_env

env = load_env()
ENVIRONMENT = env.environment
SECRET_KEY = env.secret_key
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "rest_framework",
    "core",
    "accounts",
    "sales",
]
AUTH_USER_MODEL = "accounts.User"
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "config.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [ROOT / "templates"], "APP_DIRS": True, "OPTIONS": {}}]
_db = urlsplit(env.database_url)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _db.path.lstrip("/"),
        "USER": _db.username,
        "PASSWORD": _db.password,
        "HOST": _db.hostname or "",
        "PORT": _db.port or "",
        "CONN_MAX_AGE": None,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
REDIS_URL = env.redis_url
REDIS_BUS_URL = env.redis_bus_url
DATA_DIR = env.data_dir
TRUST_USER_ID = env.trust_user_id
REDIS_APPENDFSYNC = env.redis_appendfsync
SALE_ITEMS = env.sale_items
SALE_SECONDS = env.sale_seconds
SALE_BUYER_LIMIT = env.sale_buyer_limit
SALE_HOLD_SECONDS = env.sale_hold_seconds
WEB_THREADS = env.web_threads
LUA_NOW_PART = env.lua_now_part
