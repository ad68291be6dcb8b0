from django.apps import AppConfig


class SalesConfig(AppConfig):
    """Flash sales."""

    name = "sales"

    def ready(self) -> None:
        from core.engine.books import register
        from sales.books import SalesBook

        register(SalesBook())
