"""The addresses of the sales: the page, the seeds' own, and the product's API."""

from django.urls import URLPattern, path

from sales import api, seeds, views

urlpatterns: list[URLPattern] = [
    path("", views.current_sale),
    path("sales/<uuid:sale_id>", views.one_sale),
    path("sales/<uuid:sale_id>/items/<int:number>.svg", views.picture),
    path("checkout", seeds.Checkout.as_view()),
    path("purchase", seeds.Purchase.as_view()),
    path("sales/active", seeds.ActiveSale.as_view()),
    path("api/v1/sales", api.Sales.as_view()),
    path("api/v1/sales/current", api.CurrentSale.as_view()),
    path("api/v1/sales/<uuid:sale_id>", api.OneSale.as_view()),
    path("api/v1/sales/<uuid:sale_id>/holds", api.Holds.as_view()),
    path("api/v1/holds/<str:code>", api.OneHold.as_view()),
    path("api/v1/purchases", api.Purchases.as_view()),
]
