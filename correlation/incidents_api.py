"""`/api/v1/correlation/incidents...`"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from correlation import annotations, insights
from correlation.incident_page import entries_of, read_incident, warnings_of
from correlation.incident_records import IncidentFilters, incidents
from correlation.incident_serializers import (
    AcknowledgementSerializer,
    IncidentDetailSerializer,
    IncidentListQuery,
    IncidentPageSerializer,
    IncidentSerializer,
    NoteSerializer,
    RootCauseSerializer,
)
from correlation.stakes import costs_of
from integrations.models import Integration
from qa_observability.api.pagination import paginate_by_number
from qa_observability.api.serializers import Query, period_of


class IncidentViewSet(ViewSet):
    """The bursts of failure that the engine groups, and what people write about them."""

    lookup_field = "id"
    lookup_value_regex = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    list_key = "incidents"
    required_permissions = {
        "list": ["correlation.view_incident"],
        "retrieve": ["correlation.view_incident"],
        "acknowledge": ["correlation.acknowledge_incident"],
        "notes": ["correlation.annotate_incident"],
        "root_cause": ["correlation.annotate_incident"],
    }

    def csv_columns(self) -> list[str]:
        return list(IncidentSerializer().fields)

    @extend_schema(
        parameters=[IncidentListQuery],
        responses=IncidentPageSerializer,
        operation_id="listIncidents",
        summary="Incidents that began in the period",
    )
    def list(self, request: Request) -> Response:
        now = timezone.now()
        query = IncidentListQuery.of(request)
        if "integration" in query:
            get_object_or_404(Integration, pk=query["integration"])
        filters = IncidentFilters(**{name: query.get(name, "") for name in ("integration", "state", "root_cause")})
        rows = incidents(period_of(query, now), filters, now=now, with_costs=_may_see_money(request))
        page = paginate_by_number(request, rows, page=query["page"], page_size=query["page_size"])
        costs = {row.incident.pk: row.cost for row in page["results"]}
        found = [row.incident for row in page["results"]]
        return Response(
            {
                "incidents": IncidentSerializer(found, many=True, context={"costs": costs}).data,
                "period": query["period"],
                "computedAt": insights.computed_at(),
                "next": page["next"],
                "previous": page["previous"],
            }
        )

    @extend_schema(
        responses=IncidentDetailSerializer,
        operation_id="getIncident",
        summary="One incident",
        description="The id of an incident that became a part of another one answers with that one.",
    )
    def retrieve(self, request: Request, id: UUID) -> Response:
        Query.of(request)
        return _answer(request, id)

    @extend_schema(
        request=AcknowledgementSerializer,
        responses=IncidentDetailSerializer,
        operation_id="acknowledgeIncident",
        summary="Acknowledge an incident",
        description="In the name of the token's user, with a reason; the former one stays in the history.",
    )
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, id: UUID) -> Response:
        given = _given(AcknowledgementSerializer, request)
        return _write(request, id, lambda: annotations.acknowledge(id, user=request.user, now=timezone.now(), **given))

    @extend_schema(
        request=NoteSerializer,
        responses={201: IncidentDetailSerializer},
        operation_id="addIncidentNote",
        summary="Add a note to an incident",
    )
    @action(detail=True, methods=["post"])
    def notes(self, request: Request, id: UUID) -> Response:
        given = _given(NoteSerializer, request)
        response = _write(request, id, lambda: annotations.add_note(id, user=request.user, now=timezone.now(), **given))
        response.status_code = 201
        return response

    @extend_schema(
        request=RootCauseSerializer,
        responses=IncidentDetailSerializer,
        operation_id="setIncidentRootCause",
        summary="Say what was behind an incident",
    )
    @action(detail=True, methods=["put"], url_path="root-cause")
    def root_cause(self, request: Request, id: UUID) -> Response:
        given = _given(RootCauseSerializer, request)
        return _write(
            request, id, lambda: annotations.set_root_cause(id, user=request.user, now=timezone.now(), **given)
        )


def _given(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    Query.of(request)
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _write(request: Request, pk: UUID, write: Callable[[], Any]) -> Response:
    try:
        write()
    except annotations.UnknownIncidentError:
        raise Http404("There is no such incident.") from None
    except annotations.AnnotationError as error:
        raise serializers.ValidationError({error.field: [str(error)]}) from None
    return _answer(request, pk)


def _answer(request: Request, pk: UUID) -> Response:
    found = annotations.current_id(pk)
    incident: Any = read_incident(found, now=timezone.now()) if found else None
    if incident is None:
        raise Http404("There is no such incident.")
    costs = costs_of([incident]) if _may_see_money(request) else None
    incident.warned, incident.told = warnings_of(incident), entries_of(incident)
    incident.tests = len(incident.warned)
    context = {"costs": {incident.pk: costs[0]} if costs else {}}
    return Response(IncidentDetailSerializer(incident, context=context).data)


def _may_see_money(request: Request) -> bool:
    return bool(request.user.has_perm("revenue.view_impact"))
