from rest_framework.routers import SimpleRouter

from correlation.alerts_api import AlertViewSet
from correlation.api import CorrelationViewSet, RefreshViewSet
from correlation.ingest_api import ExecutionViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=True)
router.register("correlation/executions", ExecutionViewSet, basename="executions")
router.register("correlation/test-integration", CorrelationViewSet, basename="correlations")
router.register("correlation/refresh", RefreshViewSet, basename="correlation-refresh")
router.register("alerts", AlertViewSet, basename="alerts")

urlpatterns = router.urls
