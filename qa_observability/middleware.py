"""Request ids, the way to the login, who acts in a request, compressed pages, the policy of the admin's own path."""

import re
import uuid
from collections.abc import Callable

import structlog
from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from qa_observability.history import acting

log = structlog.get_logger("qa_observability.request")
PROBES = {"/healthz", "/readyz", "/metrics"}
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIdMiddleware:
    """Give every request an id, in the log lines it causes and in its answer's `X-Request-Id`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        # The path alone: query strings can hold search terms and personal data.
        # Probes ask every few seconds; their lines would hide the others.
        write = log.debug if request.path in PROBES else log.info
        write("request", method=request.method, path=request.path, status=response.status_code)
        return response


class LoginMiddleware(LoginRequiredMiddleware):
    """Lead to the login; who sent a form after the session's end comes back to its page and learns that it is lost.

    The address of a form answers to nothing but forms: after the login it would be an empty error page.
    """

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        if request.method in {"GET", "HEAD"}:
            return super().handle_no_permission(request, view_func)
        messages.warning(request, "Your session had ended, so nothing was changed. Log in and send it again.")
        back = request.headers.get("Referer", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            back = reverse("dashboard")
        return redirect_to_login(back, self.get_login_url(view_func), self.get_redirect_field_name(view_func))


class ActorMiddleware:
    """Record changes as made by the request's user, asked for only then: the API knows a token's user late."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Unwrapped, for the request holds its user lazily until somebody asks.
        with acting(lambda: request.user if request.user.is_authenticated else None):
            return self.get_response(request)


class PageCompressionMiddleware(GZipMiddleware):
    """Compress pages and their fragments, whose tables are long and alike; the API's answers are not worth the time.

    Django varies the compressed length at random and masks the CSRF token anew each time, so that nobody on the wire
    learns a secret from the length.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        return response


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The strict policy everywhere but in the admin, whose interface needs inline styles and Alpine's evaluation."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path.startswith("/admin/"):
            parts.update = {
                "style-src": [UNSAFE_INLINE],
                "script-src": [UNSAFE_EVAL, UNSAFE_INLINE],
                "frame-src": [SELF],
            }
        return parts
