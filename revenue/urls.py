from django.urls import path

from revenue import config_views, views

app_name = "revenue"
urlpatterns = [
    path("impact/", views.impact, name="impact"),
    path("config/", config_views.edit, name="config"),
    path("config/<uuid:pk>/", config_views.revision, name="revision"),
    path("config/<uuid:pk>/restore/", config_views.restore, name="restore"),
]
