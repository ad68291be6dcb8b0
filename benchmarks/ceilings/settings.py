"""The project's settings with everything taken out that stands between a request and its view."""

from config.settings import *  # noqa: F403 - whatever core reads

INSTALLED_APPS = []
MIDDLEWARE = []
ROOT_URLCONF = "benchmarks.ceilings.urls"
