"""`/api/v1/alerts...`"""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from correlation.alerts import dismiss_alerts
from correlation.models import Alert
from correlation.serializers import AlertListQuery, AlertPageSerializer, AlertSerializer
from integrations.models import Integration
from qa_observability.api.pagination import NewestFirstPagination
from qa_observability.api.serializers import Query, shown_all


class AlertViewSet(ViewSet):
    """Warnings that someone should look."""

    lookup_field = "id"
    lookup_value_regex = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    list_key = "alerts"
    required_permissions = {
        "list": ["correlation.view_alert"],
        "dismiss": ["correlation.dismiss_alert"],
    }

    def csv_columns(self) -> list[str]:
        return list(AlertSerializer().fields)

    @extend_schema(
        parameters=[AlertListQuery],
        responses=AlertPageSerializer,
        operation_id="listAlerts",
        summary="Alerts, newest first",
    )
    def list(self, request: Request) -> Response:
        query = AlertListQuery.of(request)
        rows = Alert.objects.with_names()
        if "state" in query:
            rows = rows.open() if query["state"] == "open" else rows.dismissed()
        if "integration" in query:
            get_object_or_404(Integration, pk=query["integration"])
            rows = rows.filter(integration_id=query["integration"])
        if "severity" in query:
            rows = rows.filter(severity=query["severity"])
        page = NewestFirstPagination(time_field="created_at", page_size=query["page_size"]).read_page(rows, request)
        return Response(
            {
                "alerts": shown_all(AlertSerializer, page["results"]),
                "next": page["next"],
                "previous": page["previous"],
            }
        )

    @extend_schema(
        request=None,
        responses=AlertSerializer,
        operation_id="dismissAlert",
        summary="Dismiss an alert",
        description="Who and when is kept. Dismissing a dismissed alert changes nothing.",
    )
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, id: UUID) -> Response:
        Query.of(request)
        get_object_or_404(Alert, pk=id)
        dismiss_alerts([id], user=request.user, now=timezone.now())
        return Response(AlertSerializer(Alert.objects.with_names().get(pk=id)).data)
