"""The bare views, by name."""

from django.urls import path

from benchmarks.ceilings import views

urlpatterns = [
    path("empty", views.empty),
    path("read", views.read),
    path("write", views.write),
    path("append", views.append),
    path("door/write", views.write),
]
