"""Tickets of an incident or an event: `.../tickets`."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from correlation.choices import TicketSource
from correlation.tickets import Subject, TicketError, find_subject, link_ticket, tickets_of, unlink_ticket
from integrations.models import IntegrationEvent
from qa_observability.api.serializers import Query, Serializer


class TicketSerializer(Serializer):
    """A ticket as Jira told of it at `fetchedAt`; null: nobody has asked yet."""

    key = serializers.CharField(source="ticket.key")
    url = serializers.CharField(source="ticket.url", help_text="Empty without JIRA_URL.")
    title = serializers.CharField(source="ticket.title")
    status = serializers.CharField(source="ticket.status")
    status_category = serializers.CharField(source="ticket.status_category", help_text="new, indeterminate, done.")
    fetched_at = serializers.DateTimeField(source="ticket.fetched_at", allow_null=True)
    is_missing = serializers.BooleanField(source="ticket.is_missing")
    source = serializers.ChoiceField(choices=TicketSource.choices)  # type: ignore[assignment]  # DRF's own name
    linked_at = serializers.DateTimeField(allow_null=True, help_text="Null: only the event's ticketKeys name it.")


class TicketListSerializer(Serializer):
    tickets = TicketSerializer(many=True)


class TicketKeySerializer(Serializer):
    key = serializers.CharField(max_length=200, help_text="PMS-12, or the address of the ticket.")


class _TicketsView(APIView):
    """What the tickets of incidents and of events share."""

    required_permissions = {"get": ["correlation.view_ticketlink"], "post": ["correlation.add_ticketlink"]}
    list_key = "tickets"

    def csv_columns(self) -> list[str]:
        return list(TicketSerializer().fields)

    def listed(self, request: Request, subject: Subject) -> Response:
        Query.of(request)
        return Response({"tickets": TicketSerializer(tickets_of(subject), many=True).data})

    def linked(self, request: Request, subject: Subject) -> Response:
        Query.of(request)
        body = TicketKeySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            ticket, is_new = link_ticket(
                subject, body.validated_data["key"], source=TicketSource.MANUAL, user=request.user
            )
        except TicketError as error:
            raise ValidationError({"key": [str(error)]}) from None
        shown = next(row for row in tickets_of(subject) if row.ticket.key == ticket.key)
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(TicketSerializer(shown).data, status=code)


class _TicketView(APIView):
    required_permissions = {"delete": ["correlation.delete_ticketlink"]}

    def unlinked(self, request: Request, subject: Subject, key: str) -> Response:
        Query.of(request)
        if not unlink_ticket(subject, key):
            raise NotFound(f"{key} is not linked.")
        return Response(status=status.HTTP_204_NO_CONTENT)


_LINKED: dict[Any, Any] = {201: TicketSerializer, 200: OpenApiResponse(TicketSerializer, "It was linked already")}


class IncidentTicketsView(_TicketsView):
    @extend_schema(responses=TicketListSerializer, summary="Tickets of an incident", operation_id="listIncidentTickets")
    def get(self, request: Request, id: UUID) -> Response:
        return self.listed(request, _subject("incident", id))

    @extend_schema(
        request=TicketKeySerializer,
        responses=_LINKED,
        summary="Link a ticket to an incident",
        operation_id="linkIncidentTicket",
    )
    def post(self, request: Request, id: UUID) -> Response:
        return self.linked(request, _subject("incident", id))


class IncidentTicketView(_TicketView):
    @extend_schema(
        responses={204: None}, summary="Unlink a ticket from an incident", operation_id="unlinkIncidentTicket"
    )
    def delete(self, request: Request, id: UUID, key: str) -> Response:
        return self.unlinked(request, _subject("incident", id), key)


class EventTicketsView(_TicketsView):
    @extend_schema(responses=TicketListSerializer, summary="Tickets of an event", operation_id="listEventTickets")
    def get(self, request: Request, integration_id: str, event_id: UUID) -> Response:
        return self.listed(request, _event(integration_id, event_id))

    @extend_schema(
        request=TicketKeySerializer,
        responses=_LINKED,
        summary="Link a ticket to an event",
        operation_id="linkEventTicket",
    )
    def post(self, request: Request, integration_id: str, event_id: UUID) -> Response:
        return self.linked(request, _event(integration_id, event_id))


class EventTicketView(_TicketView):
    @extend_schema(responses={204: None}, summary="Unlink a ticket from an event", operation_id="unlinkEventTicket")
    def delete(self, request: Request, integration_id: str, event_id: UUID, key: str) -> Response:
        return self.unlinked(request, _event(integration_id, event_id), key)


def _subject(kind: str, pk: UUID) -> Subject:
    try:
        return find_subject(kind, pk)
    except ObjectDoesNotExist:
        raise Http404(f"There is no {kind} {pk}.") from None


def _event(integration_id: str, pk: UUID) -> Subject:
    get_object_or_404(IntegrationEvent, pk=pk, integration=integration_id)
    return _subject("event", pk)
