"""The OpenAPI document: every endpoint with its errors."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class ProblemErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Path of the field, such as `errorRate` or `[3].occurredAt`; may be empty.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """What every error looks like (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ProblemErrorSerializer(many=True)  # type: ignore[assignment]  # DRF's own name


_PROBLEMS = {
    "400": "A parameter or field is unknown, missing or has a bad value; `errors` names each.",
    "401": "No valid token and no session.",
    "403": "The user or the token may not do this.",
    "404": "No such resource.",
    "406": "This representation is not offered.",
    "413": "The body is too large.",
    "415": "The body's media type is not accepted.",
    "429": "More requests a minute than allowed; `Retry-After` tells when to try again.",
}


# Query parameters that name something, which may not be there.
NAMES = {"integration", "testCase"}


class ProductSchema(AutoSchema):
    """Adds the errors that every endpoint can answer with, in the one shape they have."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation:
            has_body = "requestBody" in operation
            parameters = operation.get("parameters", [])
            has_parts = any(parameter["in"] == "path" or parameter["name"] in NAMES for parameter in parameters)
            for code, text in _PROBLEMS.items():
                if (code in {"413", "415"} and not has_body) or (code == "404" and not has_parts):
                    continue
                if code not in operation["responses"]:
                    response = self._get_response_for_code(  # type: ignore[no-untyped-call]  # drf-spectacular is untyped
                        OpenApiResponse(ProblemSerializer, description=text), code, ["application/problem+json"]
                    )
                    operation["responses"][code] = response
        return operation


def view_name(view: Any) -> str:
    return str(getattr(view, "title", type(view).__name__))
