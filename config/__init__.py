"""Wiring: settings, addresses, doors, the task queue. Imports every room and is imported by none."""

from config.celery import app as celery_app

__all__ = ("celery_app",)
