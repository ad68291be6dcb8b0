"""The WSGI door: pages and API, under granian."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("STAMPEDE_ROLE", "web")

from core.http.door import get_application

application = get_application()
