from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Plumbing that knows no trade."""

    name = "core"
