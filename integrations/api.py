"""`/api/v1/integrations/...`"""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from integrations import overview
from integrations.choices import Source
from integrations.inputs import EventInput, ObservationInput, RowsError
from integrations.models import Integration, IntegrationEvent, IntegrationHealth
from integrations.serializers import (
    DayPointSerializer,
    EventInputSerializer,
    EventListQuery,
    EventPageSerializer,
    EventSerializer,
    HealthDetailQuery,
    HealthDetailSerializer,
    HealthListQuery,
    HealthOverviewSerializer,
    IngestedSerializer,
    IntegrationHealthSerializer,
    ObservationSerializer,
    plain_event,
)
from integrations.services import record_events, record_observations
from qa_observability.api.pagination import NewestFirstPagination, paginate_by_number
from qa_observability.api.serializers import Query, period_of, shown, shown_all

EVENTS_MAX = 10_000
VIEW = ["integrations.view_integrationhealth"]


class IntegrationHealthViewSet(ViewSet):
    """Health of the channels, and the observations and events that it follows from."""

    lookup_field = "integration_id"
    lookup_value_regex = r"[-a-zA-Z0-9_]{1,50}"
    required_permissions = {
        "list": VIEW,
        "retrieve": VIEW,
        "events": ["integrations.view_integrationevent"],
        "create": ["integrations.add_integrationhealth"],
        "add_events": ["integrations.add_integrationevent"],
    }
    ingest_actions = ("create", "add_events")

    @property
    def list_key(self) -> str:
        return {"list": "integrations", "retrieve": "history"}.get(self.action, "events")

    def csv_columns(self) -> list[str]:
        serializer = {"list": IntegrationHealthSerializer, "retrieve": DayPointSerializer}.get(
            self.action, EventSerializer
        )
        return list(serializer().fields)

    @extend_schema(
        parameters=[HealthListQuery],
        responses=HealthOverviewSerializer,
        operation_id="listIntegrationHealth",
        summary="Health of all channels",
    )
    def list(self, request: Request) -> Response:
        now = timezone.now()
        query = HealthListQuery.of(request)
        rows = overview.snapshots(period_of(query, now), now=now)
        page = paginate_by_number(request, rows, page=query["page"], page_size=query["page_size"])
        return Response(
            {
                "integrations": shown_all(IntegrationHealthSerializer, page["results"]),
                "overallHealth": overview.overall(rows),
                "period": query["period"],
                "next": page["next"],
                "previous": page["previous"],
            }
        )

    @extend_schema(
        parameters=[HealthDetailQuery],
        responses=HealthDetailSerializer,
        operation_id="getIntegrationHealth",
        summary="Health of one channel",
    )
    def retrieve(self, request: Request, integration_id: str) -> Response:
        now = timezone.now()
        query = HealthDetailQuery.of(request)
        period = period_of(query, now)
        found = overview.snapshots(period, now=now, only=integration_id)
        if not found:
            raise NotFound("No Integration matches the given query.")
        snapshot = found[0]
        points = overview.day_points(period, [integration_id])[integration_id]
        return Response(
            {
                **shown(IntegrationHealthSerializer, snapshot),
                "history": shown_all(DayPointSerializer, points),
                "eventCounts": overview.event_counts(points),
                "period": query["period"],
                "staleReason": snapshot.stale_reason or None,
            }
        )

    @extend_schema(
        request=ObservationSerializer,
        responses={201: ObservationSerializer, 200: OpenApiResponse(ObservationSerializer, "Replaced")},
        operation_id="recordObservation",
        summary="Record an observation",
        description="The same integration and lastChecked again replaces the observation.",
    )
    def create(self, request: Request) -> Response:
        Query.of(request)
        body = ObservationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        now = timezone.now()
        given = ObservationInput(**{"last_checked": now, **body.validated_data}, source=Source.API)
        try:
            recorded = record_observations([given], now=now)
        except RowsError as error:
            raise ValidationError(error.errors[0]) from None
        row = IntegrationHealth.objects.get(integration=given.integration_id, last_checked=given.last_checked)
        code = status.HTTP_201_CREATED if recorded.created else status.HTTP_200_OK
        return Response(ObservationSerializer(row).data, status=code)

    @extend_schema(
        parameters=[EventListQuery],
        responses=EventPageSerializer,
        operation_id="listEvents",
        summary="Events of one channel",
    )
    @action(detail=True, methods=["get"])
    def events(self, request: Request, integration_id: str) -> Response:
        query = EventListQuery.of(request)
        if "cursor" in query:  # a bad one is an error only where there is such an integration
            get_object_or_404(Integration, slug=integration_id)
        chosen = {name: query[name] for name in ("event_type", "severity") if name in query}
        rows = IntegrationEvent.objects.in_period(period_of(query)).filter(integration=integration_id, **chosen)
        pagination = NewestFirstPagination(time_field="occurred_at", page_size=query["page_size"])
        page = pagination.read_page(rows.as_rows(), request)
        if not page["results"]:  # where it has events, there is no need to ask for it
            get_object_or_404(Integration, slug=integration_id)
        return Response(
            {
                "events": shown_all(EventSerializer, page["results"]),
                "next": page["next"],
                "previous": page["previous"],
            }
        )

    @extend_schema(
        request=EventInputSerializer(many=True),
        responses={201: IngestedSerializer, 200: OpenApiResponse(IngestedSerializer, "All were duplicates")},
        operation_id="recordEvents",
        summary="Record events",
        description=f"One event or a list of up to {EVENTS_MAX:,}: all of them or none.",
    )
    @events.mapping.post
    def add_events(self, request: Request, integration_id: str) -> Response:
        Query.of(request)
        get_object_or_404(Integration, slug=integration_id)
        rows = _validated_events(request.data)
        given = [EventInput(integration_id=integration_id, source=Source.API, **row) for row in rows]
        try:
            recorded = record_events(given, now=timezone.now())
        except RowsError as error:
            if not isinstance(request.data, list):
                raise ValidationError(error.errors[0]) from None
            raise ValidationError(_by_row(error, len(given))) from None
        code = status.HTTP_201_CREATED if recorded.created else status.HTTP_200_OK
        return Response({"created": recorded.created, "duplicates": recorded.duplicates}, status=code)


def _validated_events(data: Any) -> list[dict[str, Any]]:
    if isinstance(data, list) and len(data) > EVENTS_MAX:
        raise ValidationError([f"A list may hold at most {EVENTS_MAX:,} events; this one holds {len(data):,}."])
    if isinstance(data, list):
        rows = [plain for row in data if (plain := plain_event(row)) is not None]
        if len(rows) == len(data):
            return rows
    body = EventInputSerializer(data=data, many=isinstance(data, list))
    body.is_valid(raise_exception=True)
    return body.validated_data if isinstance(data, list) else [body.validated_data]


def _by_row(error: RowsError, rows: int) -> list[Any]:
    return [error.errors.get(index, {}) for index in range(rows)]
