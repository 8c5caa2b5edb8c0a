from django.urls import path

from correlation import views

app_name = "correlation"
urlpatterns = [
    path("test-integration/", views.insights_page, name="insights"),
    path("refresh/", views.refresh, name="refresh"),
    path("run/", views.run_page, name="run"),
    path("test-cases/<path:test_case_id>/", views.test_case_page, name="test-case"),
]
