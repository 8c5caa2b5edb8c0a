"""JUnit XML through the API, the command and the admin: the same result, all or nothing, again and nothing changes."""

import os
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from correlation import junit_bytes, uploads
from correlation.models import ImportedFile, TestExecution
from tests.correlation import reports
from tests.problems import assert_problem

URL = "/api/v1/correlation/executions/junit"
ADMIN = "/admin/correlation/testexecution/upload/"
pytestmark = pytest.mark.django_db


def upload(content: bytes, name: str = "report.xml") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/xml")


def post(api, *files, **fields):
    return api.post(URL, {"file": list(files), **fields}, format="multipart")


def test_the_answer_tells_what_happened(ingest_api, now) -> None:
    response = post(ingest_api, upload(reports.MINIMAL), runId="build-7")
    assert response.status_code == 201
    body = response.json()
    (report,) = body.pop("files")
    assert body == {"created": 4, "duplicates": 0, "testCases": 4}
    assert report["outcomes"] == {"passed": 1, "failed": 1, "error": 0, "skipped": 2, "flaky": 1}
    assert report["times"] == {"testcase": 0, "suite": 4, "file": 0, "upload": 0}
    assert report["runId"] == "build-7"
    assert report["link"] == "http://testserver/dashboard/correlation/run/?runId=build-7"
    assert any("name no zone" in warning for warning in report["warnings"])
    assert TestExecution.objects.get(flaky=True).status == "passed"


def test_the_same_file_again_changes_nothing(ingest_api, now, time_machine_later) -> None:
    post(ingest_api, upload(reports.SUREFIRE))
    time_machine_later()
    response = post(ingest_api, upload(reports.SUREFIRE, "copy.xml"))
    assert response.status_code == 200
    assert (response.json()["created"], response.json()["duplicates"]) == (0, 2)
    assert TestExecution.objects.count() == 2
    assert ImportedFile.objects.count() == 1


def test_a_file_among_others_is_recognised_too(ingest_api, now) -> None:
    post(ingest_api, upload(reports.SUREFIRE))
    body = post(ingest_api, upload(reports.SUREFIRE), upload(reports.PLAYWRIGHT)).json()
    assert [(report["created"], report["duplicates"]) for report in body["files"]] == [(0, 2), (2, 0)]


def test_an_aggregate_beside_its_parts_counts_once(ingest_api, now) -> None:
    aggregate = b"<testsuites>" + reports.SUREFIRE.partition(b"?>")[2] + b"</testsuites>"
    body = post(ingest_api, upload(reports.SUREFIRE), upload(aggregate, "TEST-TestSuite.xml")).json()
    assert (body["created"], body["duplicates"]) == (2, 2)


def test_one_bad_file_and_none_goes_in(ingest_api, now) -> None:
    response = post(ingest_api, upload(reports.PYTEST), upload(reports.PYTEST[:-30], "cut.xml"))
    body = assert_problem(response, 400)
    assert "cut.xml" in body["errors"][0]["field"]
    assert "line 4" in body["errors"][0]["detail"]
    assert not TestExecution.objects.exists()
    assert not ImportedFile.objects.exists()


def test_a_raw_body_is_taken_as_well(ingest_api, now) -> None:
    response = ingest_api.generic("POST", f"{URL}?runId=b1&timeZone=Europe/Berlin", reports.ROBOT, "application/xml")
    assert response.status_code == 201, response.content
    assert TestExecution.objects.get().executed_at == datetime(2026, 3, 18, 11, 0, 0, 993000, tzinfo=UTC)


def test_bad_requests(ingest_api, viewer_api, now, monkeypatch) -> None:
    assert_problem(post(ingest_api), 400, "file")
    assert_problem(post(ingest_api, upload(reports.ROBOT), timeZone="Moon/Base"), 400, "timeZone")
    assert_problem(post(ingest_api, upload(reports.ROBOT), colour="red"), 400, "colour")
    assert_problem(post(ingest_api, upload(reports.ROBOT), runId="r" * 201), 400, "runId")
    assert_problem(post(viewer_api, upload(reports.ROBOT)), 403)
    assert_problem(ingest_api.post(URL, [], format="json"), 415)
    assert_problem(ingest_api.generic("POST", URL, b"", "application/xml"), 400)
    monkeypatch.setattr(uploads, "MAX_BYTES", 100)
    assert_problem(post(ingest_api, upload(reports.ROBOT)), 413)


def test_an_upload_above_the_limit_is_not_read(ingest_api, now) -> None:
    response = ingest_api.generic("POST", URL, b"<a/>", "application/xml", CONTENT_LENGTH=str(300 * 1024 * 1024))
    assert_problem(response, 413)
    assert junit_bytes.MAX_BYTES == 50 * 1024 * 1024


def test_the_command_takes_files_and_their_times(tmp_path, now) -> None:
    path = tmp_path / "TEST-fees.xml"
    path.write_bytes(reports.SUREFIRE)
    os.utime(path, (1_768_000_000, 1_768_000_000))
    out = StringIO()
    call_command("import_junit", str(path), stdout=out)
    assert "1 passed, 1 failed (Surefire); 2 created" in out.getvalue()
    assert TestExecution.objects.first().executed_at == datetime.fromtimestamp(1_768_000_000, UTC)


def test_the_command_refuses_all_for_one(tmp_path, now) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(reports.PYTEST)
    bad.write_bytes(b"<testsuite>")
    with pytest.raises(CommandError, match=r"bad.xml: line 1, column 12: ends too early[^\n]*\nNothing was imported"):
        call_command("import_junit", str(good), str(bad))
    with pytest.raises(CommandError, match=r"missing\.xml: No such file"):
        call_command("import_junit", str(good), str(tmp_path / "missing.xml"))
    with pytest.raises(CommandError, match="not a time zone"):
        call_command("import_junit", str(good), "--time-zone", "Moon")
    assert not TestExecution.objects.exists()


def test_the_admin_page_tells_what_became_of_each_file(as_lead, now) -> None:
    page = as_lead.get(ADMIN)
    assert page.status_code == 200
    answer = as_lead.post(
        ADMIN, {"reports": [upload(reports.PYTEST), upload(reports.NEWMAN, "n.xml")], "time_zone": "UTC"}
    )
    text = answer.content.decode()
    assert "n.xml" in text
    assert "1 requests failed without a test" in text
    assert TestExecution.objects.count() == 4


def test_the_admin_page_refuses_in_words(as_lead, now) -> None:
    answer = as_lead.post(
        ADMIN, {"reports": [upload(b"<html></html>", "a.xml"), upload(b"", "b.xml")], "time_zone": "UTC"}
    )
    text = answer.content.decode()
    assert "a.xml: line 1, column 1: is not JUnit XML" in text or "is an HTML page" in text
    assert "b.xml: is empty" in text
    assert "Nothing was imported" in text


def test_the_admin_page_is_for_leads(as_viewer) -> None:
    assert as_viewer.get(ADMIN).status_code == 302


def test_a_management_id_can_be_the_test_case(ingest_api, now, settings) -> None:
    settings.JUNIT_ID_PATTERN = r"\bC([0-9]+)\b"
    post(ingest_api, upload(b'<testsuite><testcase name="pays C17"/></testsuite>'))
    assert TestExecution.objects.get().test_case_id == "17"
