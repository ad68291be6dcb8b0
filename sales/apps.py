from django.apps import AppConfig


class SalesConfig(AppConfig):
    """Flash sales."""

    name = "sales"
