"""One shape of every error under /api/, wherever it comes from."""

import re
from itertools import product
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from django.test import Client
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.exceptions import ErrorDetail
from rest_framework.test import APIClient
from rest_framework.views import APIView

from correlation.models import Incident
from integrations.models import IntegrationEvent
from qa_observability.api.errors import Conflict, GivenName, camelize, flatten_errors
from tests.conftest import NOW
from tests.problems import assert_problem

HEALTH = "/api/v1/integrations/health"


class FailingView(APIView):
    """Raises what the address names; nothing of the product can be made to fail without breaking it."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def get(self, request, what):
        raise {
            "crash": RuntimeError("a secret"),
            "conflict": Conflict(),
            "django": DjangoValidationError({"error_rate": ["Too high."]}),
        }[what]


class Failing:
    """An address book with the product's own, and views that fail."""

    from qa_observability.urls import handler400, handler404, handler500
    from qa_observability.urls import urlpatterns as ours

    urlpatterns = [path("api/failing/<what>", FailingView.as_view()), *ours]


@pytest.mark.parametrize(
    "address", ["/api/", "/api/v1", "/api/v1/", "/api/v2/integrations", "/api/v1/nope", f"{HEALTH}/", f"{HEALTH}/vrbo/"]
)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options"])
def test_unknown_addresses_are_404_for_everyone_and_every_method(db, address, method):
    problem = assert_problem(getattr(Client(enforce_csrf_checks=True), method)(address), 404)
    assert address in problem["detail"]


def test_methods_that_are_not_offered_are_405_whatever_the_role(viewer_api, ingest_api, lead_api):
    for api in (viewer_api, ingest_api, lead_api):
        for method in ("put", "patch", "delete"):
            assert_problem(getattr(api, method)(HEALTH), 405)
            assert_problem(getattr(api, method)(f"{HEALTH}/vrbo/events"), 405)
        assert_problem(api.post(f"{HEALTH}/vrbo", {}), 405)
        assert_problem(api.generic("BREW", HEALTH), 405)


def operations():
    """Every method and address of the API, with a content type that it takes."""
    filled = {"integration_id": "vrbo", "key": "PMS-1", "source": "pms", "test_case_id": "flow"}
    for template, methods in SchemaGenerator().get_schema(public=True)["paths"].items():
        address = re.sub(r"{(\w+)}", lambda match: filled.get(match[1], str(UUID(int=1))), template)
        for method, operation in methods.items():
            taken = operation.get("requestBody", {}).get("content", ["application/json"])
            yield method, address, min(taken)


@pytest.fixture
def subjects(db):
    """An incident and an event with the id that the addresses name: those of their tickets are 404 without."""
    moments = {"onset_at": NOW, "ended_at": NOW}
    Incident.objects.create(pk=UUID(int=1), integration_id="vrbo", events=1, **moments)
    IntegrationEvent.objects.create(pk=UUID(int=1), integration_id="vrbo", event_type="booking_loss", severity="low")


@pytest.mark.usefixtures("subjects")
@pytest.mark.parametrize(("method", "address", "content_type"), list(operations()))
def test_every_operation_refuses_a_parameter_that_it_does_not_know(admin_user, method, address, content_type):
    api = APIClient()
    api.force_authenticate(admin_user)
    response = api.generic(method, f"{address}?perid=7d", data="{}", content_type=content_type)
    assert_problem(response, 400, "perid")


BODIES = [b"", b"null", b"[]", b"[null]", b'{"\\u0000": "\\ud800"}', b"\xff\xfe", b"[" * 50_000, b"1e400", b"<a/>"]
TYPES = [
    "application/json",
    "application/xml",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "nonsense",
    "",
]


@pytest.mark.usefixtures("subjects")
@pytest.mark.parametrize(("method", "address"), [row[:2] for row in operations() if row[0] in {"post", "put"}])
def test_no_body_makes_an_operation_fail(admin_user, method, address):
    api = APIClient()
    api.force_authenticate(admin_user)
    for body, content_type in product(BODIES, TYPES):
        response = api.generic(method, address, data=body, content_type=content_type)
        if response.status_code >= 400:
            assert_problem(response, min(response.status_code, 499))


def test_405_says_which_methods_are(viewer_api):
    assert "GET" in viewer_api.delete(HEALTH).headers["Allow"]


def test_a_representation_that_is_not_offered_is_406(viewer_api):
    assert_problem(viewer_api.get(HEALTH, headers={"accept": "application/xml"}), 406)
    assert_problem(viewer_api.get(HEALTH, headers={"accept": ";;;q=x"}), 406)


def test_errors_are_problems_even_where_csv_was_asked_for(viewer_api):
    assert_problem(viewer_api.get(f"{HEALTH}?format=csv&period=x"), 400, "period")
    assert_problem(viewer_api.get(f"{HEALTH}/nope?format=csv"), 404)


def test_a_host_that_is_not_ours_is_400(viewer_api):
    assert_problem(viewer_api.get(HEALTH, headers={"host": "evil.example"}), 400)


def test_head_answers_as_get_without_a_body(viewer_api):
    head, get = viewer_api.head(HEALTH), viewer_api.get(HEALTH)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert viewer_api.head(f"{HEALTH}/expedia").status_code == 404


def test_options_tells_the_methods(viewer_api):
    response = viewer_api.options(HEALTH)
    assert response.status_code == 200
    assert {"GET", "POST", "HEAD", "OPTIONS"} <= set(response.headers["Allow"].split(", "))


@pytest.fixture
def failing(settings):
    settings.ROOT_URLCONF = Failing
    return Client(raise_request_exception=False)


def test_a_crash_is_a_problem_that_tells_strangers_nothing(failing):
    problem = assert_problem(failing.get("/api/failing/crash"), 500)
    assert "secret" not in str(problem)


def test_a_conflict_is_409(failing):
    assert_problem(failing.get("/api/failing/conflict"), 409)


def test_what_a_model_refuses_is_named_in_camel_case(failing):
    assert_problem(failing.get("/api/failing/django"), 400, "errorRate")


def test_every_answer_carries_the_id_of_its_request(viewer_api):
    assert viewer_api.get(HEALTH, headers={"x-request-id": "build-42"}).headers["X-Request-Id"] == "build-42"
    generated = viewer_api.get("/api/nope", headers={"x-request-id": "two\nlines"}).headers["X-Request-Id"]
    assert len(generated) == 32


@pytest.mark.parametrize(
    ("name", "expected"), [("status", "status"), ("last_checked", "lastChecked"), ("a_b_c", "aBC"), ("", "")]
)
def test_camelize(name, expected):
    assert camelize(name) == expected


def test_nested_errors_become_a_flat_list_of_paths():
    bad = [ErrorDetail("Bad.", code="bad")]
    detail = {
        "page_size": bad,
        GivenName("snake_case"): bad,
        "rows": [{}, {"event_type": bad, "non_field_errors": bad}],
        "non_field_errors": bad,
    }
    assert [(error["field"], error["code"], error["detail"]) for error in flatten_errors(detail)] == [
        ("pageSize", "bad", "Bad."),
        ("snake_case", "bad", "Bad."),
        ("rows[1].eventType", "bad", "Bad."),
        ("rows[1]", "bad", "Bad."),
        ("", "bad", "Bad."),
    ]
