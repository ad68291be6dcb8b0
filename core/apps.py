from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Plumbing that knows no trade."""

    name = "core"

    def ready(self) -> None:
        """Each room says what must be in order before we are."""
        from core.engine.health import check_recorder, check_redis
        from core.http.health import register_check
        from core.postgres.health import check_migrations, check_postgres

        register_check("postgres", check_postgres, store=True)
        register_check("migrations", check_migrations)
        register_check("redis", check_redis, store=True)
        register_check("recorder", check_recorder)
