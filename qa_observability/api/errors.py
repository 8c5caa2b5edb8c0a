"""The one shape of every error under `/api/`: RFC 9457 problem details with the fields named in camelCase."""

import math
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.views import set_rollback

GENERAL_FIELDS = {"nonFieldErrors", "non_field_errors", "detail", "__all__"}


class GivenName(str):
    """A name as the client wrote it: errors name what was sent, not what it might have been."""

    __slots__ = ()


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "The resource was changed by somebody else."
    default_code = "conflict"


class PayloadTooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request body is too large."
    default_code = "too_large"


def camelize(name: str) -> str:
    """Return `name` in camelCase.

    >>> camelize("last_checked")
    'lastChecked'
    """
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def flatten_errors(detail: Any, field: str = "") -> list[dict[str, str]]:
    """Return DRF's nested error detail as a flat list of `{field, code, detail}`, lists as `[index]`.

    Parameters
    ----------
    detail : what `ValidationError.detail` holds: strings in lists, by field, for lists of objects by row.
    field : path that leads to `detail`; empty at the top.
    """
    if isinstance(detail, dict):
        flat = []
        for key, value in detail.items():
            name = str(key)
            if isinstance(key, int):
                path = f"{field}[{key}]"  # a row of a list
            elif isinstance(key, GivenName):
                path = f"{field}.{name}" if field else name
            elif name in GENERAL_FIELDS:
                path = field
            else:
                path = f"{field}.{camelize(name)}" if field else camelize(name)
            flat += flatten_errors(value, path)
        return flat
    if isinstance(detail, list):
        flat = []
        for index, value in enumerate(detail):
            flat += flatten_errors(value, f"{field}[{index}]" if isinstance(value, dict | list) else field)
        return flat
    return [{"field": field, "code": str(getattr(detail, "code", "invalid")), "detail": str(detail)}]


def summary_of(error: exceptions.APIException) -> str:
    """Return an error in one line: of several fields that are wrong, the first."""
    if not isinstance(error, exceptions.ValidationError):
        return str(error.detail)
    errors = flatten_errors(error.detail)
    named = next((item for item in errors if item["field"]), None)
    return f"{named['field']}: {named['detail']}" if named else errors[0]["detail"] if errors else "Invalid."


def problem(
    status: int, detail: str, *, errors: list[dict[str, str]] | None = None, headers: dict[str, str] | None = None
) -> HttpResponse:
    """Return an error answer: `{type, title, status, detail, errors}`."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": errors or [],
    }
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=headers)


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Turn what a view raised into a problem, and roll back the transaction that it was raised in."""
    if isinstance(error, Http404):
        error = exceptions.NotFound(*error.args)
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(*error.args)
    elif isinstance(error, RequestDataTooBig):
        error = PayloadTooLarge(f"At most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes are accepted.")
    elif isinstance(error, DjangoValidationError):
        error = exceptions.ValidationError(getattr(error, "message_dict", None) or error.messages)
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(auth_header)
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    if isinstance(error, exceptions.ValidationError):
        errors = flatten_errors(error.detail)
        return problem(error.status_code, summary_of(error), errors=errors, headers=headers)
    return problem(error.status_code, summary_of(error), headers=headers)


def not_found(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Answer unknown addresses under `/api/`, for which Django would send a page."""
    return problem(HTTPStatus.NOT_FOUND, f"There is nothing at {request.path}.")
