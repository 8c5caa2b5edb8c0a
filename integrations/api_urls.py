from django.urls import path
from rest_framework.routers import SimpleRouter

from integrations.api import IntegrationHealthViewSet
from integrations.api_imports import SplunkImportView
from integrations.api_webhooks import SourceEventsView

router = SimpleRouter(trailing_slash=False)
router.register("integrations/health", IntegrationHealthViewSet, basename="integration-health")

urlpatterns = [
    path("integrations/imports/splunk", SplunkImportView.as_view(), name="splunk-import"),
    path("integrations/webhooks/<slug:source>/events", SourceEventsView.as_view(), name="source-events"),
    *router.urls,
]
