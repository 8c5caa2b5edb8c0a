from django.urls import path

from correlation import ticket_views

app_name = "tickets"
urlpatterns = [
    path("<slug:kind>/<uuid:pk>/", ticket_views.panel, name="panel"),
    path("<slug:kind>/<uuid:pk>/change", ticket_views.change, name="change"),
    path("<slug:kind>/<uuid:pk>/new", ticket_views.new, name="new"),
]
