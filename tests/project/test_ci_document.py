"""docs/connections/ci.md: its lines run, store what they say, and fail the pipeline where they should."""

import json
import re
import shutil
import subprocess
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from knox.models import get_token_model
from pytest_httpserver import HTTPServer

from correlation.models import Alert, TestExecution
from qa_observability import roles

pytestmark = [
    pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed"),
    pytest.mark.usefixtures("django_db_serialized_rollback", "transactional_db"),
]
TEXT = (settings.BASE_DIR / "docs" / "connections" / "ci.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
REPORT = '<testsuite name="fees"><testcase classname="fees" name="{}" time="0.2"/></testsuite>'
VARIABLES = {
    "GITHUB_RUN_ID": "9876543210",
    "GITHUB_RUN_ATTEMPT": "2",
    "CI_PIPELINE_ID": "4711",
    "BUILD_TAG": "jenkins-booking-17",
}
RUN_IDS = {
    "sh": "build-1204",
    "github": "github-9876543210-2",
    "gitlab": "gitlab-4711",
    "jenkins": "jenkins-booking-17",
}


def scripts() -> dict[str, str]:
    """Return the lines that send, as each system would hand them to its shell, and the gate."""
    github, gitlab = (yaml.safe_load(text) for kind, text in BLOCKS if kind == "yaml")
    (jenkins,) = re.findall(r"sh '''(.*?)'''", TEXT, re.DOTALL)
    plain, gate = (text for kind, text in BLOCKS if kind == "sh")
    (sending,) = gitlab["send-test-results"]["script"]
    return {"sh": plain, "github": github["steps"][-1]["run"], "gitlab": sending, "jenkins": jenkins, "gate": gate}


SCRIPTS = scripts()
SENDING = [name for name in SCRIPTS if name != "gate"]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name in ("pet_fee", "city_tax"):
        (folder / f"{name}.xml").write_text(REPORT.format(name))
    return folder


@pytest.fixture
def shell(live_server, reports):
    def run(script: str, token: str, url: str = live_server.url) -> subprocess.CompletedProcess[str]:
        # Without --retry, whose waits are longer than a test.
        script = script.replace("--retry 3", "")
        return subprocess.run(  # noqa: S603  lines of our own document
            ["/bin/sh", "-ec", script],
            cwd=reports.parent,
            env={"PATH": "/usr/bin:/bin", "QAOBS_URL": url, "QAOBS_TOKEN": token, **VARIABLES},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def token() -> str:
    """A token made as the document says."""
    (command,) = re.findall(r"manage\.py (api_token .*)", TEXT.split("## The line")[0])
    out = StringIO()
    call_command(*[word.strip('"') for word in re.findall(r'"[^"]*"|\S+', command)], stdout=out)
    return out.getvalue().strip()


@pytest.mark.parametrize("name", SENDING)
def test_the_documented_line_sends_all_reports_as_one_run(shell, token, name):
    result = shell(SCRIPTS[name], token)
    assert result.returncode == 0, result.stdout + result.stderr
    answer = json.loads(result.stdout)
    assert [file["file"] for file in answer["files"]] == ["city_tax.xml", "pet_fee.xml"]
    assert answer["created"] == 2
    assert list(TestExecution.objects.values_list("run_id", flat=True)) == [RUN_IDS[name]] * 2
    again = shell(SCRIPTS[name], token)
    assert (again.returncode, json.loads(again.stdout)["duplicates"]) == (0, 2)


@pytest.mark.parametrize("name", SENDING)
def test_a_refused_file_fails_the_pipeline_with_its_reason_and_stores_nothing(shell, token, reports, name):
    (reports / "broken.xml").write_text("<testsuite>")
    result = shell(SCRIPTS[name], token)
    assert result.returncode == 22
    assert "broken.xml" in json.loads(result.stdout)["detail"]
    assert not TestExecution.objects.exists()


@pytest.mark.parametrize("name", SENDING)
def test_a_wrong_token_fails_the_pipeline(shell, name):
    result = shell(SCRIPTS[name], "qaobs_wrong")
    assert (result.returncode, json.loads(result.stdout)["status"]) == (22, 401)


@pytest.mark.parametrize("name", SENDING)
def test_no_report_at_all_fails_the_pipeline(shell, token, reports, name):
    shutil.rmtree(reports)
    result = shell(SCRIPTS[name], token)
    assert result.returncode == 26


@pytest.mark.parametrize("name", SENDING)
def test_a_server_that_is_not_there_fails_the_pipeline(shell, token, name):
    assert shell(SCRIPTS[name], token, "http://127.0.0.1:1").returncode == 7


@pytest.mark.parametrize("name", SENDING)
def test_a_redirect_to_https_fails_the_pipeline_and_hands_the_token_to_nobody(shell, token, name):
    """As the product answers to http:// where HTTPS_ONLY is on."""
    with HTTPServer() as http, HTTPServer() as other:
        http.expect_request(re.compile(".*")).respond_with_data(
            status=301, headers={"Location": other.url_for("/api/v1/correlation/executions/junit")}
        )
        other.expect_request(re.compile(".*")).respond_with_data(status=401)
        assert shell(SCRIPTS[name], token, http.url_for("").rstrip("/")).returncode == 22
        assert "Authorization" not in other.log[0][0].headers


def test_the_gate_is_open_without_alerts_and_shut_with_a_critical_one(shell):
    out = StringIO()
    call_command("api_token", "gate", role=roles.VIEWERS, scope="read", stdout=out)
    reader = out.getvalue().strip()
    assert shell(SCRIPTS["gate"], reader).returncode == 0
    Alert.objects.create(
        alert_type="integration_critical", severity="critical", integration_id="airbnb",
        title="Airbnb is critical", message="6 %", failed_at=timezone.now(),
    )  # fmt: skip
    shut = shell(SCRIPTS["gate"], reader)
    assert shut.returncode != 0
    assert "Airbnb is critical" in shut.stderr
    Alert.objects.update(severity="warning")
    assert shell(SCRIPTS["gate"], reader).returncode == 0


def test_the_gate_is_shut_where_it_cannot_ask(shell, token):
    assert shell(SCRIPTS["gate"], token).returncode != 0  # the token that sends may not read
    assert shell(SCRIPTS["gate"], "wrong").returncode != 0
    assert shell(SCRIPTS["gate"], token, "http://127.0.0.1:1").returncode != 0


def test_the_documented_token_sends_and_reads_nothing(token):
    (made,) = get_token_model().objects.all()
    assert (made.user.username, made.name) == ("ci", "booking pipeline")
    assert [group.name for group in made.user.groups.all()] == [roles.INGEST]
