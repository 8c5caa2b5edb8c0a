"""One export through the command, the API and the admin: the same result, stored once, shown on the dashboard."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from integrations.models import IntegrationDay, IntegrationEvent, IntegrationHealth
from tests.conftest import NOW
from tests.integrations.splunk_export import EMAIL, build, write_json_lines

API = "/api/v1/integrations/imports/splunk"
OBSERVED_AT = "2026-03-18T12:00:00Z"

pytestmark = pytest.mark.usefixtures("now", "db")


@pytest.fixture(scope="module")
def export(tmp_path_factory) -> Path:
    rows, _, _ = build()
    return write_json_lines(tmp_path_factory.mktemp("splunk") / "export.json", rows)


def by_command(export: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("import_splunk", str(export), "--observed-at", OBSERVED_AT, *options, stdout=out)
    return out.getvalue()


def by_api(export: Path, api, **fields: str):
    with export.open("rb") as file:
        return api.post(API, {"file": file, "observedAt": OBSERVED_AT, **fields}, format="multipart")


def by_admin(export: Path, client, button: str = "import", **headers: str):
    with export.open("rb") as file:
        fields = {"file": file, "observed_at": "2026-03-18 12:00", "basis": "total", button: ""}
        return client.post(reverse("admin:integrations_splunk_import"), fields, headers=headers)


def stored() -> tuple[list, list, list]:
    """Return every observation, event and day, without ids and times of entry."""
    observed = ("integration_id", "last_checked", "status", "pricing_sync_status", "fees_sync_status",
                "booking_loss_rate", "error_rate", "source")  # fmt: skip
    happened = ("integration_id", "event_type", "severity", "message", "metadata", "occurred_at", "external_id")
    summed = [
        field.name for field in IntegrationDay._meta.fields if field.name not in {"id", "created_at", "updated_at"}
    ]
    return (
        list(IntegrationHealth.objects.order_by("integration_id", "last_checked").values_list(*observed)),
        list(IntegrationEvent.objects.order_by("integration_id", "external_id").values_list(*happened)),
        list(IntegrationDay.objects.order_by("integration_id", "day").values_list(*summed)),
    )


def test_the_api_reports_exactly_the_sums_of_the_rows(export, ingest_api):
    _, sums, ignored = build()

    body = by_api(export, ingest_api).json()

    assert body["rows"] == 10_000
    assert body["ignored"] == ignored
    reported = {
        (finding["integrationId"], area["area"]): [area["requests"], area["errors"]]
        for finding in body["integrations"]
        for area in finding["areas"]
        if area["requests"]
    }
    assert reported == sums
    assert body["unknown"] == ["hmbn"]
    assert len(body["ignoredExamples"]) == 20
    assert body["unmatchedEndpoints"][0]["endpoint"].startswith("/")
    assert any("exactly 10,000 rows" in warning for warning in body["warnings"])


def test_all_three_doors_store_the_same(export, ingest_api, as_lead):
    results = []
    for enter in (
        lambda: by_command(export),
        lambda: by_api(export, ingest_api),
        lambda: by_admin(export, as_lead),
    ):
        enter()
        results.append(stored())
        IntegrationEvent.objects.all().delete()
        IntegrationHealth.objects.all().delete()
        IntegrationDay.objects.all().delete()

    observations, events, days = results[0]
    assert results[1] == results[2] == results[0]
    assert [row[0] for row in observations] == ["airbnb", "booking-com", "vrbo"]
    assert {(row[0], row[1], row[2]) for row in events} == {
        ("vrbo", "pricing_sync_error", "medium"),
        ("vrbo", "fee_sync_error", "high"),
    }
    assert len(days) == 3


def test_importing_the_same_file_again_through_any_door_changes_nothing(export, ingest_api, as_lead):
    by_command(export)
    before = stored()

    again = by_api(export, ingest_api).json()
    by_admin(export, as_lead)
    by_command(export)

    assert again["observations"] == {"created": 0, "updated": 0, "unchanged": 3}
    assert again["events"] == {"created": 0, "duplicates": 2}
    assert stored() == before


def test_a_dry_run_foretells_the_import_and_stores_nothing(export, lead_api):
    foretold = by_api(export, lead_api, dryRun="true").json()
    assert stored() == ([], [], [])

    done = by_api(export, lead_api).json()

    assert foretold.pop("dryRun") is True
    assert done.pop("dryRun") is False
    assert foretold == done


def test_the_admin_previews_as_a_fragment_and_stores_nothing(export, as_lead):
    response = by_admin(export, as_lead, "preview", **{"HX-Request": "true"})

    assert b"nothing is stored yet" in response.content
    assert b"<html" not in response.content
    assert stored() == ([], [], [])


def test_the_health_of_the_export_is_on_the_dashboard(export, as_viewer):
    by_command(export)

    page = as_viewer.get("/dashboard/").content.decode()

    assert "Vrbo</a> is critical since" in page
    assert "fee sync errors" in page
    assert "fees requests failed" in page


def test_no_query_string_and_no_guest_is_stored_or_shown(export, ingest_api):
    report = by_api(export, ingest_api).content.decode()

    everything = report + str(stored())
    assert EMAIL not in everything
    assert "?" not in everything


def test_the_command_prints_what_it_found(export):
    text = by_command(export, "--dry-run")

    assert text.startswith("Dry run: 10,000 rows of ")
    assert "fees" in text
    assert "too few requests" not in text
    assert "busiest endpoints without an integration:" in text
    assert "ignored" in text


def test_rows_without_a_time_need_the_moment_to_be_said(export, lead_api, as_lead):
    with export.open("rb") as file:
        response = lead_api.post(API, {"file": file}, format="multipart")
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "observedAt"

    with pytest.raises(CommandError, match=r"--observed-at: The rows carry no time"):
        call_command("import_splunk", str(export))
    assert stored() == ([], [], [])


def test_rows_with_a_time_become_one_observation_per_hour(tmp_path, lead_api):
    lines = [
        f'{{"endpoint": "/channels/vrbo/rates", "total_requests": "100", "total_errors": "{errors}", '
        f'"server_errors_5xx": "0", "_time": "2026-03-18T{time}+01:00"}}\n'
        for time, errors in (("09:10:00", 1), ("09:50:00", 9), ("10:10:00", 0))
    ]
    path = tmp_path / "timed.json"
    path.write_text("".join(lines))

    with path.open("rb") as file:
        body = lead_api.post(API, {"file": file}, format="multipart").json()

    assert [(item["observedAt"], item["requests"], item["errorRate"]) for item in body["integrations"]] == [
        ("2026-03-18T08:00:00Z", 200, 0.05),
        ("2026-03-18T09:00:00Z", 100, 0.0),
    ]


def test_several_files_are_parts_of_one_export(tmp_path, lead_api):
    uploads = [
        SimpleUploadedFile(name, f"endpoint,total_requests,total_errors\n/channels/vrbo/rates,100,{errors}\n".encode())
        for name, errors in (("one.csv", 2), ("two.csv", 4))
    ]

    body = lead_api.post(API, {"file": uploads, "observedAt": OBSERVED_AT}, format="multipart").json()

    assert body["files"] == ["one.csv", "two.csv"]
    assert body["integrations"][0]["errorRate"] == 0.03


def test_a_moment_in_the_future_is_refused(export, lead_api):
    with export.open("rb") as file:
        response = lead_api.post(API, {"file": file, "observedAt": "2026-03-19T00:00:00Z"}, format="multipart")

    assert response.status_code == 400
    assert response.json()["errors"][0] == {
        "field": "observedAt", "code": "invalid", "detail": "2026-03-19 00:00 UTC: Lies in the future."
    }  # fmt: skip
    assert NOW.day == 18


def test_viewers_may_not_import(export, viewer_api, as_viewer):
    assert by_api(export, viewer_api).status_code == 403
    assert by_admin(export, as_viewer).status_code == 302  # to the admin's login
    assert stored() == ([], [], [])
