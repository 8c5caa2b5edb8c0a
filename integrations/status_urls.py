from django.urls import path

from integrations import status_views

app_name = "status"
urlpatterns = [
    path("", status_views.page, name="page"),
    path("<slug:slug>.svg", status_views.badge, name="badge"),
]
