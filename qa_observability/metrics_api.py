"""`GET /metrics`, for Prometheus: closed but to METRICS_TOKEN, and to tokens and people that may see the metrics."""

from hmac import compare_digest
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import Error as DatabaseError
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from qa_observability.api.authentication import BearerTokenAuthentication, SessionAuthentication
from qa_observability.metrics import exposition

VIEW = ["integrations.view_metrics"]


class MetricsReader(AnonymousUser):
    """Whoever knows METRICS_TOKEN: nobody in particular, who may see the metrics and nothing else."""

    @property
    def is_authenticated(self) -> bool:  # type: ignore[override]  # a field there
        return True

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        return list(perm_list) == VIEW


class MetricsTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <METRICS_TOKEN>`; any other token is left to the API's own."""

    def authenticate(self, request: Request) -> tuple[MetricsReader, None] | None:
        expected = f"Bearer {settings.METRICS_TOKEN}".encode()
        if settings.METRICS_TOKEN and compare_digest(get_authorization_header(request), expected):
            return MetricsReader(), None
        return None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class MetricsUnavailable(APIException):
    status_code = 503
    default_detail = "The database cannot be read; the error was logged."


class AnyFormat(BaseContentNegotiation):
    """Prometheus' preferences change with its version; there is one format, which all of them read."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


@extend_schema(exclude=True)
class MetricsView(APIView):
    authentication_classes = [MetricsTokenAuthentication, BearerTokenAuthentication, SessionAuthentication]
    required_permissions = {"get": VIEW}
    content_negotiation_class = AnyFormat
    throttle_classes = ()

    def get(self, request: Request) -> HttpResponse:
        try:
            body = exposition(now=timezone.now())
        except DatabaseError as error:
            raise MetricsUnavailable from error
        return HttpResponse(body, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})
