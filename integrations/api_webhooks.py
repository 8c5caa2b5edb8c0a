"""`/api/v1/integrations/webhooks/...`: the door of systems that sign what they send instead of holding a token."""

import io
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    PermissionDenied,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from integrations import cloudevents, webhooks
from integrations.api import EVENTS_MAX
from integrations.choices import Source
from integrations.inputs import EventInput, RowsError
from integrations.models import EventSource, SourceDelivery
from integrations.serializers import EventInputSerializer, IngestedSerializer
from qa_observability.api.bodies import declared_length
from qa_observability.api.errors import GivenName, PayloadTooLarge, camelize, summary_of
from qa_observability.api.parsers import BoundedJSONParser
from qa_observability.api.serializers import Query
from qa_observability.sealing import CryptoError
from qa_observability.standard_webhooks import RefusedError, SignedHeaders, read_headers

BODY_MAX = 5 * 1024 * 1024
JSON = "application/json"


class SecretUnreadable(APIException):
    """Nothing that a request could mend: the installation has lost the key that its secrets are encrypted with."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_code = "secret_unreadable"


class SourceEventSerializer(EventInputSerializer):
    """Something that went wrong, and with which integration."""

    integration_id = serializers.SlugField(max_length=50)


class CloudEventDataSerializer(serializers.Serializer[Any]):
    severity = serializers.CharField()
    message = serializers.CharField()
    metadata = serializers.DictField(required=False)


class CloudEventSerializer(serializers.Serializer[Any]):
    """A CloudEvent 1.0: `type` com.qaobs.integration.booking_loss, `subject` airbnb or airbnb/LST-204."""

    specversion = serializers.ChoiceField(choices=["1.0"])
    id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF's own name
    type = serializers.CharField()
    subject = serializers.CharField()
    time = serializers.DateTimeField()
    data = CloudEventDataSerializer()  # type: ignore[assignment]  # DRF's own name


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, required=True, description=description)


class SourceEventsView(APIView):
    """Open to all: a message proves by its signature where it comes from."""

    authentication_classes = ()
    permission_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        return "StandardWebhooks"

    @extend_schema(
        operation_id="deliverEvents",
        auth=[],
        parameters=[
            _header("webhook-id", "Names the message; the same one again has no effect and gets the same answer."),
            _header("webhook-timestamp", "Seconds since 1970, at most 5 minutes off."),
            _header("webhook-signature", "`v1,<base64>`: HMAC-SHA256 over `id.timestamp.body`; several with blanks."),
        ],
        request={
            JSON: SourceEventSerializer(many=True),
            cloudevents.STRUCTURED: CloudEventSerializer,
            cloudevents.BATCH: CloudEventSerializer(many=True),
        },
        responses={201: IngestedSerializer, 200: OpenApiResponse(IngestedSerializer, "All were duplicates")},
        summary="Receive events from a source",
        description=(
            f"Signed after Standard Webhooks. One event or a list of up to {EVENTS_MAX:,}, or CloudEvents 1.0 in "
            "structured, batch or binary mode: all of them or none."
        ),
    )
    def post(self, request: Request, source: str) -> Response:
        now = timezone.now()
        Query.of(request)
        body = _bounded_body(request)
        try:
            headers = read_headers(request.headers, now=now)
            sender = webhooks.authenticate(source, headers, body, now=now)
        except CryptoError:
            raise SecretUnreadable("The secret of this source cannot be decrypted; tell the operator.") from None
        except RefusedError as error:
            webhooks.note_refusal(source, str(error), now=now)
            raise AuthenticationFailed(str(error)) from None
        known = webhooks.repeated(sender, headers.message_id)
        return _answer(known or _take(request, sender, headers, body, now))


def _take(request: Request, sender: EventSource, headers: SignedHeaders, body: bytes, now: Any) -> SourceDelivery:
    try:
        if not sender.is_active:
            raise PermissionDenied("This source is switched off.")
        return _accept(sender, _read(request, body), headers.message_id, now)
    except APIException as error:
        webhooks.refuse(sender, summary_of(error), message_id=headers.message_id, status=error.status_code, now=now)
        raise


def _accept(sender: EventSource, rows: "_Rows", message_id: str, now: Any) -> SourceDelivery:
    given = [EventInput(source=Source.API, **row) for row in rows.validated()]
    try:
        return webhooks.accept(sender, given, message_id=message_id, now=now)
    except RowsError as error:
        errors = {index: {camelize(name): texts for name, texts in row.items()} for index, row in error.errors.items()}
        raise rows.refused(errors) from None


class _Rows:
    """The events of a message under the API's names, and where the sender finds them in what it sent."""

    def __init__(self, rows: list[Any], *, listed: bool, names: Mapping[str, str] | None = None) -> None:
        self.rows, self.listed, self.names = rows, listed, names or {}

    def validated(self) -> list[dict[str, Any]]:
        body = SourceEventSerializer(data=self.rows, many=True)
        if not body.is_valid():
            errors: Any = body.errors
            found = errors if isinstance(errors, dict) else dict(enumerate(errors))
            # A row that is no object at all has no fields to name.
            raise self.refused({at: row if isinstance(row, dict) else {"detail": row} for at, row in found.items()})
        return body.validated_data  # type: ignore[no-any-return]  # DRF does not say what it holds

    def refused(self, errors: Mapping[int, Mapping[str, Any]]) -> ValidationError:
        named = {at: {self.names.get(name, name): texts for name, texts in row.items()} for at, row in errors.items()}
        return ValidationError([named.get(at, {}) for at in range(len(self.rows))] if self.listed else named[0])


def _bounded_body(request: Request) -> bytes:
    length = declared_length(request)
    if length > BODY_MAX:
        raise PayloadTooLarge(f"The request body has {length} bytes; at most {BODY_MAX} are accepted.")
    body: bytes = request.body
    return body


def _read(request: Request, body: bytes) -> _Rows:
    """Return the events that a message holds, in whichever of the forms it came."""
    media_type = (request.content_type or "").partition(";")[0].strip().lower()
    if media_type not in {JSON, cloudevents.STRUCTURED, cloudevents.BATCH}:
        raise UnsupportedMediaType(media_type)
    data = BoundedJSONParser().parse(io.BytesIO(body), media_type, {"request": request, "encoding": "utf-8"})
    if media_type == cloudevents.BATCH:
        if not isinstance(data, list):
            raise ValidationError(["A batch is a list of CloudEvents."])
        return _cloud_events(_bounded(data), listed=True)
    if media_type == cloudevents.STRUCTURED:
        return _cloud_events([data], listed=False)
    if cloudevents.is_binary(request.headers):
        try:
            return _Rows([cloudevents.from_binary(request.headers, data)], listed=False, names=cloudevents.HEADER_OF)
        except cloudevents.CloudEventError as error:
            raise ValidationError({GivenName(error.field): [str(error)]}) from None
    if isinstance(data, list):
        return _Rows(_bounded(data), listed=True)
    return _Rows([data], listed=False)


def _bounded(rows: list[Any]) -> list[Any]:
    if len(rows) > EVENTS_MAX:
        raise ValidationError([f"A list may hold at most {EVENTS_MAX:,} events; this one holds {len(rows):,}."])
    return rows


def _cloud_events(documents: list[Any], *, listed: bool) -> _Rows:
    rows: list[Any] = []
    errors: dict[int, dict[str, list[str]]] = {}
    for index, document in enumerate(documents):
        try:
            rows.append(cloudevents.from_structured(document))
        except cloudevents.CloudEventError as error:
            rows.append(None)
            errors[index] = {GivenName(error.field) if error.field else "detail": [str(error)]}
    found = _Rows(rows, listed=listed, names=cloudevents.ATTRIBUTE_OF)
    if errors:
        raise found.refused(errors)
    return found


def _answer(delivery: SourceDelivery) -> Response:
    return Response({"created": delivery.events_created, "duplicates": delivery.duplicates}, status=delivery.status)
