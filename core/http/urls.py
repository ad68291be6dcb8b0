"""The addresses that belong to no trade."""

from django.urls import path

from core.http.health import Health, Live, Ready

urlpatterns = [
    path("health", Health.as_view()),
    path("health/", Health.as_view()),
    path("health/live", Live.as_view()),
    path("health/ready", Ready.as_view()),
]
