"""Every address of the product; a module that is off has none."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from qa_observability import features, search_views, views
from qa_observability.api.errors import not_found
from qa_observability.metrics_api import MetricsView

handler400 = "qa_observability.views.handle_bad_request"
handler404 = "qa_observability.views.handle_not_found"
handler500 = "qa_observability.views.handle_server_error"

api: list[URLPattern | URLResolver] = [
    path("schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
]
pages: list[URLPattern | URLResolver] = [
    path("", views.dashboard, name="dashboard"),
    path("search/", search_views.results, name="search"),
    path("search/suggest", search_views.suggestions, name="search-suggest"),
]

if features.is_on(features.INTEGRATION_HEALTH):
    api.append(path("", include("integrations.api_urls")))
    pages.append(path("integrations/", include("integrations.urls")))
if features.is_on(features.REVENUE_IMPACT):
    api.append(path("", include("revenue.api_urls")))
    pages.append(path("revenue/", include("revenue.urls")))

if features.is_on(features.CORRELATION):
    api.append(path("", include("correlation.api_urls")))
    pages.append(path("correlation/", include("correlation.urls")))
    pages.append(path("alerts/", include("correlation.alert_urls")))
    pages.append(path("incidents/", include("correlation.incident_urls")))
    pages.append(path("tickets/", include("correlation.ticket_urls")))

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="dashboard"), name="home"),
    path("dashboard/", include(pages)),
    path("api/v1/", include(api)),
    # Unknown addresses under /api/ answer with the API's own error, to everyone: they reveal nothing.
    re_path(r"^api/", csrf_exempt(login_not_required(not_found))),
    path("login/", auth_views.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/", views.PasswordChange.as_view(), name="password_change"),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", MetricsView.as_view(), name="metrics"),
]

if settings.STATUS_PAGE != "off":
    urlpatterns.append(path("status/", include("integrations.status_urls")))
