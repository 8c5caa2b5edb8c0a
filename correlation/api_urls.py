from django.urls import path
from rest_framework.routers import SimpleRouter

from correlation.alerts_api import AlertViewSet
from correlation.api import CorrelationViewSet, RefreshViewSet
from correlation.incidents_api import IncidentViewSet
from correlation.ingest_api import ExecutionViewSet
from correlation.tickets_api import EventTicketsView, EventTicketView, IncidentTicketsView, IncidentTicketView

router = SimpleRouter(trailing_slash=False, use_regex_path=True)
router.register("correlation/executions", ExecutionViewSet, basename="executions")
router.register("correlation/test-integration", CorrelationViewSet, basename="correlations")
router.register("correlation/refresh", RefreshViewSet, basename="correlation-refresh")
router.register("correlation/incidents", IncidentViewSet, basename="incidents")
router.register("alerts", AlertViewSet, basename="alerts")

INCIDENT = "correlation/incidents/<uuid:id>/tickets"
EVENT = "integrations/health/<slug:integration_id>/events/<uuid:event_id>/tickets"

urlpatterns = [
    path(INCIDENT, IncidentTicketsView.as_view(), name="incident-tickets"),
    path(f"{INCIDENT}/<slug:key>", IncidentTicketView.as_view(), name="incident-ticket"),
    path(EVENT, EventTicketsView.as_view(), name="event-tickets"),
    path(f"{EVENT}/<slug:key>", EventTicketView.as_view(), name="event-ticket"),
    *router.urls,
]
