"""The OpenAPI document: sound, and true of what the server does; and the page that shows it."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from qa_observability import roles
from qa_observability.wsgi import application

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    response_schema_conformance,
    content_type_conformance,
]
EXAMPLES = 12


def document() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(public=True))


def operations() -> Iterator[tuple[str, str]]:
    for path, methods in document()["paths"].items():
        for method in methods:
            yield method, path


@pytest.fixture
def _open_connection() -> Iterator[None]:
    """Let requests leave the test's transaction open, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_open_connection")
@pytest.mark.parametrize(("method", "path"), list(operations()))
def test_generated_requests_are_answered_as_documented(api_for, make_user, method, path):
    make_user(roles.QA_LEADS)
    api = api_for(roles.QA_LEADS)
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/schema?format=json", application, headers={"Authorization": api._credentials["HTTP_AUTHORIZATION"]}
    )
    operation = schema[path][method.upper()]

    @given(case=operation.as_strategy())
    @hypothesis_settings(
        max_examples=EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        if "integration_id" in case.path_parameters:
            case.path_parameters["integration_id"] = "vrbo"  # unknown ones are 404 and reach nothing
        case.call_and_validate(
            checks=CHECKS, headers={"Authorization": api._credentials["HTTP_AUTHORIZATION"], "Host": "localhost"}
        )

    check()


def test_the_document_is_sound_and_complete():
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=io.StringIO())


def test_the_list_is_documented_as_an_object_that_holds_it():
    answer = document()["paths"]["/api/v1/integrations/health"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/HealthOverview"}


@pytest.mark.parametrize(("method", "path"), list(operations()))
def test_every_operation_documents_its_errors_in_the_one_shape(method, path):
    operation = document()["paths"][path][method]
    expected = {"400", "401", "403", "406", "429"} | ({"404"} if "{" in path else set())
    expected |= {"413", "415"} if "requestBody" in operation else set()
    assert expected <= set(operation["responses"])
    for code in expected:
        content = operation["responses"][code]["content"]
        assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    signed = "/webhooks/" in path  # proves by a signature where it comes from
    assert operation.get("security") == (None if signed else [{"bearerToken": []}, {"session": []}])
    assert operation["summary"]


def test_names_are_camel_case_throughout():
    schemas = document()["components"]["schemas"]
    event_types = {"pricing_sync_error", "fee_sync_error", "booking_loss"}
    names = {name for schema in schemas.values() for name in schema.get("properties", {})} - event_types
    assert [name for name in names if not re.fullmatch(r"[a-z]+[0-9]*([A-Z][a-z]+)*", name)] == []


def test_the_document_comes_as_yaml_and_as_json(viewer_api):
    assert viewer_api.get("/api/v1/schema").content.startswith(b"openapi: 3.")
    assert viewer_api.get("/api/v1/schema?format=json").json()["openapi"].startswith("3.")


def test_the_page_loads_nothing_from_elsewhere_and_has_nothing_inline(as_viewer):
    response = as_viewer.get("/api/v1/docs")
    assert response.status_code == 200
    html = response.content.decode()
    addresses = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert len(addresses) == 6
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)
    assert "<style" not in html
    assert re.findall(r"<script(?![^>]* src=)", html) == []
    assert " style=" not in html
    assert "'unsafe" not in response.headers["Content-Security-Policy"]
    for address in addresses:
        assert as_viewer.head(address).status_code == 200, address


def test_the_page_asks_this_server_for_the_document(as_viewer):
    script = as_viewer.get("/api/v1/docs?script=").content.decode()
    assert "/api/v1/schema" in script
    assert "://" not in script


@pytest.mark.usefixtures("_open_connection", "db")
@pytest.mark.parametrize("charset", ["hex", "rot13", "zlib", "undefined", "punycode", "nonsense", "utf-8", "latin-1"])
def test_a_charset_that_is_none_is_no_reason_to_fail(charset):
    started = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/healthz",
        "QUERY_STRING": "period=30d&a=%ff",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
        "CONTENT_TYPE": f"application/json; charset={charset}",
    }
    body = application(environ, lambda status, headers: started.append(status))
    assert started == ["200 OK"]
    assert b"".join(body) == b'{"status": "ok"}'


def test_every_operation_is_called_what_it_does():
    """Generated clients name their functions so: `listAlerts`, not `alerts_list`."""
    names = [operation["operationId"] for methods in document()["paths"].values() for operation in methods.values()]
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name)] == []
    assert len(names) == len(set(names))
