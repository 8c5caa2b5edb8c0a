"""The one shape of every error under `/api/`, checked in one place."""

import json
from http import HTTPStatus
from typing import Any


def assert_problem(response: Any, status: int, field: str | None = None) -> dict[str, Any]:
    """Check that a response is a problem of this status which names `field`; return its body.

    `field` is a path such as `errorRate` or `[3].occurredAt`; None where no field needs to be named.
    """
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert list(body) == ["type", "title", "status", "detail", "errors"]
    assert body["type"] == "about:blank"
    assert body["title"] == HTTPStatus(status).phrase
    assert body["status"] == status
    assert isinstance(body["detail"], str)
    assert body["detail"]
    for error in body["errors"]:
        assert list(error) == ["field", "code", "detail"]
        assert all(isinstance(value, str) for value in error.values())
        assert error["detail"]
    if field is not None:
        assert field in [error["field"] for error in body["errors"]], body["errors"]
    return dict(body)
