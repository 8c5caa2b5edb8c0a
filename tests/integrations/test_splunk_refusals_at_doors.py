"""Files that must be refused with file, line and reason, by every door, leaving nothing behind."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from integrations.models import IntegrationEvent, IntegrationHealth
from tests.integrations.splunk_export import build, write_json_lines

API = "/api/v1/integrations/imports/splunk"
OBSERVED_AT = "2026-03-18T12:00:00Z"

pytestmark = pytest.mark.usefixtures("now", "db")


def truncated(path: Path) -> Path:
    rows, _, _ = build()
    write_json_lines(path, rows[:500])
    path.write_bytes(path.read_bytes()[:-40])
    return path


def not_json(path: Path) -> Path:
    path.write_text("Your session has expired.\nPlease log in again.\n")
    return path


def web_page(path: Path) -> Path:
    path.write_text("<!doctype html>\n<html><body>502 Bad Gateway</body></html>\n")
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def endless_line(path: Path) -> Path:
    with path.open("wb") as file:
        file.write(b'{"preview":false,"result":{"endpoint":"/channels/vrbo/')
        for _ in range(100):
            file.write(b"a" * 1024 * 1024)
        file.write(b'","total_requests":"100","total_errors":"9"}}\n')
    return path


BROKEN = [
    (truncated, "line 500", "truncated"),
    (not_json, "line 1", "neither JSON, XML nor a CSV"),
    (web_page, "line 1", "HTML"),
    (empty, "", "empty"),
    (endless_line, "line 1", "16 MiB"),
]


@pytest.fixture(params=BROKEN, ids=lambda case: case[0].__name__)
def broken(request, tmp_path) -> tuple[Path, str, str]:
    write, line, reason = request.param
    return write(tmp_path / "broken.json"), line, reason


@pytest.fixture
def good(tmp_path) -> Path:
    path = tmp_path / "good.csv"
    path.write_text("endpoint,total_requests,total_errors\n/channels/vrbo/rates,100,9\n")
    return path


def assert_explained(text: str, line: str, reason: str) -> None:
    assert "broken.json" in text
    assert line in text
    assert reason in text
    assert not IntegrationHealth.objects.exists()
    assert not IntegrationEvent.objects.exists()


def test_the_command_refuses_it_together_with_the_good_files_beside_it(broken, good, db):
    path, line, reason = broken

    with pytest.raises(CommandError) as refused:
        call_command("import_splunk", str(good), str(path), "--observed-at", OBSERVED_AT, stdout=io.StringIO())

    assert_explained(str(refused.value), line, reason)
    assert "Nothing was imported." in str(refused.value)


def test_the_api_refuses_it_and_names_the_field(broken, lead_api):
    path, line, reason = broken

    with path.open("rb") as file:
        response = lead_api.post(API, {"file": file, "observedAt": OBSERVED_AT}, format="multipart")

    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["field"] == "file"
    assert_explained(error["detail"], line, reason)


def test_the_admin_refuses_it_at_the_field(broken, as_lead):
    path, line, reason = broken

    with path.open("rb") as file:
        fields = {"file": file, "observed_at": "2026-03-18 12:00", "basis": "total", "import": ""}
        response = as_lead.post(reverse("admin:integrations_splunk_import"), fields)

    assert response.status_code == 200
    assert_explained(response.content.decode(), line, reason)


def test_a_file_that_is_not_there_is_named(db, tmp_path):
    with pytest.raises(CommandError, match=r"missing\.json: No such file or directory"):
        call_command("import_splunk", str(tmp_path / "missing.json"), "--observed-at", OBSERVED_AT)


def test_a_time_that_is_none_is_refused(good, db):
    with pytest.raises(CommandError, match="'yesterday' is not a time"):
        call_command("import_splunk", str(good), "--observed-at", "yesterday")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"basis": "some"}, "basis"),
        ({"observedAt": "noon"}, "observedAt"),
        ({"dryRun": "perhaps"}, "dryRun"),
        ({"until": "now"}, "until"),
    ],
)
def test_a_bad_field_is_named(good, lead_api, fields, field):
    with good.open("rb") as file:
        response = lead_api.post(API, {"file": file, "observedAt": OBSERVED_AT, **fields}, format="multipart")

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field


def test_an_upload_above_the_limit_is_refused_before_it_is_read(good, lead_api, settings):
    settings.SPLUNK_UPLOAD_MAX_BYTES = 10

    with good.open("rb") as file:
        response = lead_api.post(API, {"file": file, "observedAt": OBSERVED_AT}, format="multipart")

    assert response.status_code == 413


def test_the_same_bytes_twice_in_one_import_are_refused(good, db):
    with pytest.raises(CommandError, match="holds the same bytes as another file"):
        call_command("import_splunk", str(good), str(good), "--observed-at", OBSERVED_AT)
