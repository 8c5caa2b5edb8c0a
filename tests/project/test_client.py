"""The generated Python client: made from the document as it is now, typed, and talking to a live server."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import call_command
from knox.models import get_token_model

from correlation.models import TestExecution
from integrations.models import IntegrationEvent
from qa_observability import roles

BIN = Path(sys.executable).parent
DOCUMENT = (settings.BASE_DIR / "docs" / "connections" / "client.md").read_text()
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
CONFIG = settings.BASE_DIR / "docs" / "connections" / "client.yaml"


def run(*command: str, **environment: str) -> str:
    path = f"{BIN}:{os.environ['PATH']}"
    result = subprocess.run(  # noqa: S603  our own tools
        command, env={**os.environ, "PATH": path, **environment}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def generate(folder: Path) -> Path:
    document, out = folder / "openapi.json", folder / "client"
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", file=str(document))
    options = ["--fail-on-warning", "--meta", "setup", "--config", str(CONFIG)]
    options += ["--path", str(document), "--output-path", str(out)]
    run(str(BIN / "openapi-python-client"), "generate", *options, RUFF_NO_CACHE="true")
    return out


@pytest.fixture(scope="module")
def generated(tmp_path_factory) -> Path:
    return generate(tmp_path_factory.mktemp("generated"))


@pytest.fixture
def api(generated, monkeypatch, live_server, make_user) -> Iterator[SimpleNamespace]:
    """Return the client's modules, and a client that speaks as a QA lead."""
    monkeypatch.syspath_prepend(str(generated))
    from qa_observability_client import AuthenticatedClient, models, types
    from qa_observability_client.api.correlation import import_junit, record_executions
    from qa_observability_client.api.integrations import list_integration_health, record_events, record_observation
    from qa_observability_client.api.revenue import get_revenue_impact

    _, token = get_token_model().objects.create(user=make_user(roles.QA_LEADS))
    made = AuthenticatedClient(base_url=live_server.url, token=token, raise_on_unexpected_status=True)
    yield SimpleNamespace(
        client=made, token=token, models=models, types=types,
        list_health=list_integration_health, record_events=record_events, record_observation=record_observation,
        record_executions=record_executions, import_junit=import_junit, get_impact=get_revenue_impact,
    )  # fmt: skip
    made.get_httpx_client().close()


@pytest.fixture
def _migrated(django_db_serialized_rollback, transactional_db) -> None:
    """What the migrations ship is there again after the test before."""


live = pytest.mark.usefixtures("_migrated")


def an_event(api, **fields):
    defaults = {"event_type": "fee_sync_error", "severity": "high", "message": "Fee", "occurred_at": datetime.now(UTC)}
    return api.models.EventInputRequest(**defaults | fields)


@live
def test_health_is_read_with_its_types(api):
    api.record_observation.sync(
        client=api.client, body=api.models.ObservationRequest(integration_id="vrbo", error_rate=0.031)
    )
    overview = api.list_health.sync(client=api.client, period="7d")
    rows = {row.integration_id: row for row in overview.integrations}
    assert (rows["vrbo"].status, rows["vrbo"].error_rate, rows["vrbo"].pricing_sync_status) == ("warning", 0.031, None)
    assert rows["vrbo"].last_checked.tzinfo is not None
    assert (rows["airbnb"].status, rows["airbnb"].last_checked) == ("unknown", None)
    assert (overview.overall_health, overview.period, overview.next_) == ("warning", "7d", None)


@live
def test_events_go_in_with_their_metadata(api):
    metadata = api.models.EventInputRequestMetadata.from_dict({"affectedBookings": 3, "my_key": "kept"})
    given = [an_event(api, external_id="e-1", metadata=metadata), an_event(api, external_id="e-2")]
    first = api.record_events.sync_detailed("vrbo", client=api.client, body=given)
    assert (first.status_code, first.parsed.created, first.parsed.duplicates) == (201, 2, 0)
    again = api.record_events.sync("vrbo", client=api.client, body=given)
    assert (again.created, again.duplicates) == (0, 2)
    assert IntegrationEvent.objects.get(external_id="e-1").metadata == {"affectedBookings": 3, "my_key": "kept"}


@live
def test_executions_go_in(api):
    row = api.models.ExecutionInputRequest(
        test_case_id="flow", test_case_name="Flow", status="failed", executed_at=datetime.now(UTC), run_id="build-1"
    )
    recorded = api.record_executions.sync(client=api.client, body=[row])
    assert (recorded.created, recorded.duplicates, recorded.test_cases) == (1, 0, 1)


@live
def test_a_junit_file_goes_in_as_body_and_as_form(api):
    xml = b'<testsuite name="fees"><testcase classname="fees" name="pet_fee" time="0.2"/></testsuite>'
    body = api.types.File(payload=BytesIO(xml), file_name="report.xml")
    imported = api.import_junit.sync(client=api.client, body=body, run_id="build-7")
    assert (imported.created, imported.files[0].run_id) == (1, "build-7")
    other = xml.replace(b"pet_fee", b"city_tax")
    file = api.types.File(payload=BytesIO(other), file_name="tax.xml", mime_type="application/xml")
    form = api.models.JunitUploadRequest(file=[file], run_id="build-8")
    imported = api.import_junit.sync(client=api.client, body=form)
    assert (imported.created, imported.files[0].file, imported.files[0].run_id) == (1, "tax.xml", "build-8")
    assert set(TestExecution.objects.values_list("run_id", flat=True)) == {"build-7", "build-8"}


@live
def test_revenue_is_read(api):
    impact = api.get_impact.sync(client=api.client, integration="vrbo")
    assert (impact.currency, impact.period, impact.revenue_at_risk.value) == ("USD", "30d", 0)
    assert impact.revenue_at_risk.trend == "neutral"


@live
def test_an_error_comes_back_as_a_problem_that_names_the_field(api):
    refused = api.record_events.sync_detailed(
        "vrbo", client=api.client, body=[an_event(api), an_event(api, message="")]
    )
    assert refused.status_code == 400
    assert isinstance(refused.parsed, api.models.Problem)
    assert [error.field for error in refused.parsed.errors] == ["[1].message"]
    assert api.record_events.sync("nowhere", client=api.client, body=[an_event(api)]).status == 404
    with type(api.client)(base_url=api.client._base_url, token="wrong") as stranger:
        assert api.list_health.sync(client=stranger).title == "Unauthorized"


@live
def test_the_example_of_the_document_runs(api, generated, live_server, tmp_path):
    script = tmp_path / "example.py"
    script.write_text(EXAMPLE)
    environment = {"QAOBS_URL": live_server.url, "QAOBS_TOKEN": api.token, "PYTHONPATH": str(generated)}
    printed = run(sys.executable, str(script), **environment)
    assert "Vrbo unknown None" in printed
    assert "404 No Integration matches the given query." in printed
    assert TestExecution.objects.filter(run_id="build-1204").count() == 2


def test_a_type_checker_reads_the_example_and_the_client(generated, tmp_path):
    script = tmp_path / "example.py"
    script.write_text(EXAMPLE)
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = true\n")
    options = ["--config-file", str(tmp_path / "mypy.ini"), "--cache-dir", str(tmp_path / "cache")]
    run(sys.executable, "-m", "mypy", *options, str(script), MYPYPATH=str(generated))
    script.write_text(EXAMPLE.replace('severity="high"', 'severity="dreadful"'))
    with pytest.raises(AssertionError, match="arg-type"):
        run(sys.executable, "-m", "mypy", *options, str(script), MYPYPATH=str(generated))


def test_the_same_document_makes_the_same_client(generated, tmp_path):
    again = generate(tmp_path)
    names = sorted(path.relative_to(generated) for path in generated.rglob("*.py"))
    assert names == sorted(path.relative_to(again) for path in again.rglob("*.py"))
    assert [name for name in names if (generated / name).read_bytes() != (again / name).read_bytes()] == []
    modules = {name.stem for name in names if "api" in name.parts and name.stem != "__init__"}
    assert {"list_integration_health", "record_events", "import_junit", "get_revenue_impact"} <= modules


def test_make_client_does_what_is_tested_here():
    recipe = (settings.BASE_DIR / "Makefile").read_text()
    assert "--fail-on-warning --meta setup --config docs/connections/client.yaml" in recipe
