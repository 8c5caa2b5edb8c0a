"""Two imports, an API batch and an edit in the admin at the same moment: nothing is lost, nothing is stored twice."""

import io
from datetime import timedelta
from pathlib import Path

from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations import rollups
from integrations.inputs import EventInput
from integrations.models import Integration, IntegrationDay, IntegrationEvent, IntegrationHealth
from integrations.services import record_events
from qa_observability import roles

ROUNDS = 3
BATCH = 200


def export(path: Path, errors: int) -> str:
    rows = [f"/channels/vrbo/rates/{number},100,{errors}" for number in range(50)]
    path.write_text("endpoint,total_requests,total_errors\n" + "\n".join(rows) + "\n")
    return str(path)


def test_nothing_is_lost(at_once, api_for, make_user, tmp_path):
    now = timezone.now().replace(microsecond=0)
    ingest = api_for(roles.INGEST)
    admin = Client()
    admin.force_login(make_user(roles.QA_LEADS))
    (edited_id,) = record_events(
        [
            EventInput(
                integration_id="vrbo",
                event_type="fee_sync_error",
                severity="low",
                message="Before",
                occurred_at=now - timedelta(minutes=30),
                source="manual",
            )
        ],
        now=now,
    ).ids
    edited = IntegrationEvent.objects.get(pk=edited_id)

    for number in range(ROUNDS):
        moments = [now - timedelta(minutes=10 * number + minutes) for minutes in (1, 2)]
        files = [export(tmp_path / f"{number}-{errors}.csv", errors) for errors in (3, 6)]
        statuses: list[int] = []

        def import_file(part: int, moments=moments, files=files) -> None:
            call_command("import_splunk", files[part], observed_at=moments[part].isoformat(), stdout=io.StringIO())

        def post_batch(number=number, statuses=statuses) -> None:
            body = [
                {
                    "eventType": "booking_loss",
                    "severity": "medium",
                    "message": f"{number}-{row}",
                    "occurredAt": (now - timedelta(seconds=row)).isoformat(),
                    "externalId": f"{number}-{row % (BATCH // 2)}",
                }
                for row in range(BATCH)
            ]
            statuses.append(ingest.post("/api/v1/integrations/health/vrbo/events", body).status_code)

        def edit(number=number, statuses=statuses) -> None:
            fields = {
                "integration": "vrbo", "event_type": "fee_sync_error", "severity": "low", "metadata": "{}",
                "message": f"After {number}", "external_id": "",
                "occurred_at_0": f"{edited.occurred_at:%Y-%m-%d}", "occurred_at_1": f"{edited.occurred_at:%H:%M:%S}",
            }  # fmt: skip
            url = reverse("admin:integrations_integrationevent_change", args=[edited.pk])
            statuses.append(admin.post(url, fields).status_code)

        at_once(lambda door=import_file: door(0), lambda door=import_file: door(1), post_batch, edit)
        assert sorted(statuses) == [201, 302]

    assert IntegrationEvent.objects.get(pk=edited.pk).message == f"After {ROUNDS - 1}"
    assert IntegrationEvent.objects.filter(source="splunk").count() == 2 * ROUNDS
    assert IntegrationEvent.objects.filter(source="api").count() == ROUNDS * BATCH // 2
    assert IntegrationHealth.objects.filter(source="splunk").count() == 2 * ROUNDS
    stored = summed()
    with transaction.atomic():
        Integration.objects.lock(["vrbo"])
        rollups.recompute_events([(row.integration_id, row.day) for row in IntegrationDay.objects.all()])
        rollups.refresh_observations([(row.integration_id, row.day) for row in IntegrationDay.objects.all()])
    assert stored == summed()


def summed() -> list[tuple[object, ...]]:
    columns = [
        field.name for field in IntegrationDay._meta.fields if field.name not in {"id", "created_at", "updated_at"}
    ]
    return list(IntegrationDay.objects.order_by("integration", "day").values_list(*columns))
