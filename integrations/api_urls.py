from django.urls import path
from rest_framework.routers import SimpleRouter

from integrations.api import IntegrationHealthViewSet
from integrations.api_imports import SplunkImportView

router = SimpleRouter(trailing_slash=False)
router.register("integrations/health", IntegrationHealthViewSet, basename="integration-health")

urlpatterns = [
    path("integrations/imports/splunk", SplunkImportView.as_view(), name="splunk-import"),
    *router.urls,
]
