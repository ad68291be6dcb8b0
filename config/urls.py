"""The addresses, room by room."""

from django.urls import include, path

urlpatterns = [
    path("", include("core.http.urls")),
    path("", include("sales.urls")),
]
handler400 = "core.http.pages.bad_request"
handler403 = "core.http.pages.forbidden"
handler404 = "core.http.pages.not_found"
handler500 = "core.http.pages.broken"
