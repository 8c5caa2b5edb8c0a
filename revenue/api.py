"""`/api/v1/revenue/...`"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from integrations.models import Integration
from qa_observability.api.errors import Conflict, problem
from qa_observability.api.schema import ProblemSerializer
from qa_observability.api.serializers import Query, period_of, shown
from revenue import reports, revisions
from revenue.config import ConfigError
from revenue.config_json import from_json, to_json
from revenue.crypto import CryptoError
from revenue.impact import Impact
from revenue.presenter import present
from revenue.serializers import (
    ImpactLineSerializer,
    ImpactQuery,
    RevenueConfigInputSerializer,
    RevenueConfigSerializer,
    RevenueImpactSerializer,
)
from revenue.services import impact_of

VIEW = ["revenue.view_impact"]
UNREADABLE = OpenApiResponse(ProblemSerializer, "The stored configuration cannot be decrypted.")


class ConfigurationUnreadable(APIException):
    """The figures cannot be opened: nothing that a request could mend."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_code = "configuration_unreadable"


class FileRenderer(BaseRenderer):
    """Passes on a file that is made already."""

    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return bytes(data)


def _renderer(name: str, type_: str) -> type[FileRenderer]:
    return type(f"{name.capitalize()}Renderer", (FileRenderer,), {"format": name, "media_type": type_})


REPORT_RENDERERS = [_renderer(name, kind.media_type) for name, kind in reports.KINDS.items()]


class RevenueViewSet(ViewSet):
    """The cost of ill health, the report on it, and the figures that it is calculated with."""

    required_permissions = {
        "impact": VIEW,
        "report": VIEW,
        "config": ["revenue.view_revenueconfigrevision"],
        "replace_config": ["revenue.add_revenueconfigrevision"],
    }
    list_key = "breakdown"

    def csv_columns(self) -> list[str]:
        return list((ImpactLineSerializer if self.action == "impact" else RevenueConfigSerializer)().fields)

    @extend_schema(
        parameters=[ImpactQuery],
        responses={200: RevenueImpactSerializer, 503: UNREADABLE},
        operation_id="getRevenueImpact",
        summary="Revenue at risk and protected",
    )
    @action(detail=False, methods=["get"])
    def impact(self, request: Request) -> Response:
        return Response(shown(RevenueImpactSerializer, _impact(request)))

    @extend_schema(
        parameters=[
            ImpactQuery,
            OpenApiParameter("format", str, enum=list(reports.KINDS), description="Default csv."),
        ],
        responses={
            **{(200, kind.media_type): OpenApiTypes.BINARY for kind in reports.KINDS.values()},
            503: UNREADABLE,
        },
        operation_id="downloadRevenueReport",
        summary="The report as a file",
    )
    @action(detail=False, methods=["get"], renderer_classes=REPORT_RENDERERS)
    def report(self, request: Request) -> Response:
        shown = present(_impact(request), now=timezone.now())
        kind = request.accepted_renderer.format
        headers = {"Content-Disposition": f'attachment; filename="{reports.file_name(shown, kind)}"'}
        return Response(reports.KINDS[kind].make(shown), headers=headers)

    @extend_schema(
        responses={200: RevenueConfigSerializer, 503: UNREADABLE},
        operation_id="getRevenueConfig",
        summary="The revenue configuration",
    )
    @action(detail=False, methods=["get"])
    def config(self, request: Request) -> Response:
        Query.of(request)
        return Response(_config_body())

    @extend_schema(
        request=RevenueConfigInputSerializer,
        responses={
            200: RevenueConfigSerializer,
            409: OpenApiResponse(ProblemSerializer, "The revision is not the newest."),
            503: UNREADABLE,
        },
        operation_id="replaceRevenueConfig",
        summary="Replace the revenue configuration",
        description="Replaces the whole document: what is left out takes its default.",
    )
    @config.mapping.put
    def replace_config(self, request: Request) -> Response | HttpResponse:
        Query.of(request)
        body = dict(_object(request.data))
        expected, comment = _revision(body), _comment(body)
        try:
            config = from_json(body, known=revisions.known_integrations())
            revisions.save(config, author=request.user, comment=comment, expected=expected)
        except ConfigError as error:
            # Built here, because the paths hold ids of integrations, which must not be camelised.
            errors = [
                {"field": ".".join(item.path), "code": "invalid", "detail": item.message} for item in error.problems
            ]
            return problem(HTTPStatus.BAD_REQUEST, str(error.problems[0]), errors=errors)
        except revisions.StaleRevisionError as error:
            raise Conflict(str(error)) from None
        except CryptoError as error:
            raise ConfigurationUnreadable(str(error)) from None
        return Response(_config_body())


def _impact(request: Request) -> Impact:
    query = ImpactQuery.of(request)
    integration = query.get("integration")
    if integration is not None:
        get_object_or_404(Integration, slug=integration)
    try:
        return impact_of(period_of(query), integration_id=integration)
    except CryptoError as error:
        raise ConfigurationUnreadable(str(error)) from None


def _config_body() -> dict[str, Any]:
    try:
        chosen = revisions.current()
    except CryptoError as error:
        raise ConfigurationUnreadable(str(error)) from None
    return {"revision": chosen.revision_id, **to_json(chosen.config)}


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValidationError(["The body must be a JSON object."])
    return data


def _revision(body: dict[str, Any]) -> UUID | None:
    if "revision" not in body:
        raise ValidationError({"revision": ["Required: the revision that was read, null where there was none."]})
    value = body.pop("revision")
    if value is None:
        return None
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise ValidationError({"revision": ["Not the id of a revision."]}) from None


def _comment(body: dict[str, Any]) -> str:
    field = RevenueConfigInputSerializer().fields["comment"]
    try:
        return str(field.run_validation(body.pop("comment", "")))
    except ValidationError as error:
        raise ValidationError({"comment": error.detail}) from None
