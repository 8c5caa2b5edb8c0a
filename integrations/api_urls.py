from rest_framework.routers import SimpleRouter

from integrations.api import IntegrationHealthViewSet

router = SimpleRouter(trailing_slash=False)
router.register("integrations/health", IntegrationHealthViewSet, basename="integration-health")

urlpatterns = router.urls
