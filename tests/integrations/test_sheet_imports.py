"""Spreadsheets are checked, imported and undone as a whole; days and current health are right after each step."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from auditlog.models import LogEntry

from integrations.models import ImportBatch, ImportedRow, IntegrationEvent, IntegrationHealth
from integrations.services import change_event, change_observation, record_events, record_observations
from integrations.sheet_imports import (
    FORGOTTEN_AFTER,
    ImportRefusedError,
    check,
    discard_forgotten,
    move,
    run_import,
    undo,
)
from integrations.tasks import go_on_with_import
from tests.conftest import NOW
from tests.integrations.factories import HOUR, MINUTE, an_event, an_observation, assert_days_agree_with_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
OBSERVATIONS = "integration,last_checked,error_rate,status\n"
EVENTS = "integration,occurred_at,type,severity,message,external_id,affected_bookings\n"


def upload(text: str, kind: str = "observations", **fields) -> ImportBatch:
    batch = ImportBatch.objects.create(kind=kind, file_name="sheet.csv", content=text.encode(), **fields)
    check(batch, now=NOW)
    return batch


def imported(batch: ImportBatch, now=NOW) -> ImportBatch:
    move(batch, before=["ready"], after="importing", now=now)
    run_import(batch, now=now)
    return batch


def undone(batch: ImportBatch) -> ImportBatch:
    move(batch, before=["imported"], after="undoing", now=NOW)
    undo(batch, now=NOW)
    return batch


def fates(batch: ImportBatch) -> tuple[int, int, int]:
    return batch.created, batch.replaced, batch.unchanged


def test_all_rows_are_stored_with_status_days_and_one_history_entry():
    batch = imported(upload(OBSERVATIONS + "vrbo,2026-03-18 13:00,3.1,\nairbnb,2026-03-18 13:00,0 %,\n"))
    assert (batch.state, fates(batch), batch.content) == ("imported", (2, 0, 0), None)
    assert IntegrationHealth.objects.get(integration="vrbo").status == "warning"
    assert ImportedRow.objects.count() == 2
    assert [entry.object_pk for entry in LogEntry.objects.all()] == [str(batch.pk)]
    assert_days_agree_with_rows()


def test_one_bad_row_keeps_all_out():
    batch = upload(OBSERVATIONS + "vrbo,2026-03-18 13:00,3.1,\nvrbo,2026-03-18 13:05,0.5,\n")
    assert (batch.state, batch.errors) == ("refused", 1)
    assert batch.report["errors"][0]["row"] == 3
    with pytest.raises(ImportRefusedError):
        imported(batch)
    assert not IntegrationHealth.objects.exists()


@pytest.mark.parametrize(("rates", "stored"), [("percent", "0.0050"), ("fraction", "0.5000")])
def test_the_unit_given_for_a_file_settles_unclear_numbers(rates, stored):
    imported(upload(OBSERVATIONS + "vrbo,2026-03-18 13:00,0.5,\n", rates=rates))
    assert IntegrationHealth.objects.get().error_rate == Decimal(stored)


def test_what_is_there_already_is_left_out_and_what_differs_is_replaced():
    record_observations(
        [an_observation(last_checked=NOW - HOUR, error_rate=Decimal("0.01")),
         an_observation(last_checked=NOW - 2 * HOUR, error_rate=Decimal("0.01"))], now=NOW - HOUR,
    )  # fmt: skip
    text = OBSERVATIONS + "vrbo,2026-03-18 13:05,1 %,\nvrbo,2026-03-18 12:05,7 %,\nvrbo,2026-03-18 12:05,7 %,\n"
    batch = upload(text)
    assert (batch.state, fates(batch)) == ("ready", (0, 1, 2))
    assert batch.report["repeated"] == [{"row": 4, "of": 3}]
    assert batch.report["replacing"][0]["sides"] == [
        {"name": "status", "old": "healthy", "new": "critical"},
        {"name": "error_rate", "old": "0.0100", "new": "0.0700"},
    ]
    imported(batch)
    assert set(IntegrationHealth.objects.values_list("error_rate", flat=True)) == {Decimal("0.01"), Decimal("0.07")}


def test_rows_that_contradict_each_other_are_refused():
    batch = upload(OBSERVATIONS + "vrbo,2026-03-18 13:00,1 %,\nVrbo,2026-03-18T13:00:00Z,2 %,\n")
    assert "Row 2 says something else" in batch.report["errors"][0]["message"]


def test_a_sheet_of_events_imported_twice_adds_nothing_the_second_time():
    text = (
        EVENTS + "vrbo,2026-03-18 13:00,fee_sync_error,high,Lost,,2\nvrbo,2026-03-18 13:01,booking_loss,low,x,id-1,\n"
    )
    assert fates(imported(upload(text, "events"))) == (2, 0, 0)
    assert fates(imported(upload(text, "events"))) == (0, 0, 2)
    assert IntegrationEvent.objects.count() == 2
    assert_days_agree_with_rows()


def test_importing_events_recalculates_current_health_once():
    imported(upload(EVENTS + "vrbo,2026-03-18 14:00,fee_sync_error,high,Lost,,\n", "events"))
    current = IntegrationHealth.objects.get()
    assert (current.fees_sync_status, current.source) == ("error", "derived")


def test_undo_deletes_new_rows_and_restores_replaced_ones():
    record_observations([an_observation(last_checked=NOW - HOUR, source="api")], now=NOW - HOUR)
    before = IntegrationHealth.objects.values().get()
    batch = imported(upload(OBSERVATIONS + "vrbo,2026-03-18 13:05,9 %,\nvrbo,2026-03-18 13:10,9 %,\n"))
    undone(batch)
    after = IntegrationHealth.objects.values().get()
    assert {name: value for name, value in after.items() if name != "updated_at"} == {
        name: value for name, value in before.items() if name != "updated_at"
    }
    assert batch.report["undone"] == {"removed": 1, "restored": 1, "kept": 0}
    assert LogEntry.objects.filter(action=LogEntry.Action.DELETE).count() == 1
    assert_days_agree_with_rows()


def test_undo_works_by_a_clock_that_runs():
    with time_machine.travel(NOW, tick=True):
        assert undone(imported(upload(OBSERVATIONS + "vrbo,2026-03-18 13:05,9 %,\n"))).report["undone"]["removed"] == 1


def test_imports_of_the_same_rows_are_undone_one_after_the_other():
    with time_machine.travel(NOW, tick=True):
        first = imported(upload(OBSERVATIONS + "vrbo,2026-03-18 13:05,9 %,\n"))
        second = imported(upload(OBSERVATIONS + "vrbo,2026-03-18 13:05,1 %,\n"))
        assert undone(second).report["undone"]["restored"] == 1
        assert IntegrationHealth.objects.get().error_rate == Decimal("0.09")
        assert undone(first).report["undone"]["removed"] == 1
    assert not IntegrationHealth.objects.exists()
    assert_days_agree_with_rows()


def test_undo_leaves_alone_what_somebody_has_changed_since():
    batch = imported(upload(OBSERVATIONS + "vrbo,2026-03-18 13:05,9 %,\nvrbo,2026-03-18 13:10,9 %,\n"))
    row = IntegrationHealth.objects.earliest("last_checked")
    changed = an_observation(last_checked=row.last_checked, error_rate=Decimal("0.02"))
    with time_machine.travel(NOW + MINUTE, tick=False):
        change_observation(row.pk, changed, now=NOW + MINUTE)
    undone(batch)
    assert IntegrationHealth.objects.get().pk == row.pk
    assert batch.report["undone"]["kept"] == 1


def test_undo_of_events_mends_days_and_current_health():
    text = EVENTS + "vrbo,2026-03-18 14:00,fee_sync_error,high,Lost,,4\nvrbo,2026-03-18 14:01,fee_sync_error,low,y,,\n"
    batch = imported(upload(text, "events"))
    kept = IntegrationEvent.objects.get(message="y")
    with time_machine.travel(NOW + MINUTE, tick=False):
        change_event(kept.pk, an_event(message="z", occurred_at=kept.occurred_at, severity="low"), now=NOW)
    undone(batch)
    assert IntegrationEvent.objects.get().message == "z"
    assert IntegrationHealth.objects.latest("last_checked").fees_sync_status == "ok"
    assert_days_agree_with_rows()


def test_nothing_can_be_imported_or_undone_twice():
    batch = imported(upload(OBSERVATIONS + "vrbo,2026-03-18 13:05,9 %,\n"))
    with pytest.raises(ImportRefusedError):
        imported(batch)
    undone(batch)
    with pytest.raises(ImportRefusedError):
        undone(batch)


def test_a_row_that_went_bad_after_the_preview_stores_nothing_and_says_so():
    batch = upload(OBSERVATIONS + "vrbo,2026-03-18 14:09,9 %,\n")
    move(batch, before=["ready"], after="importing", now=NOW)
    with pytest.raises(ImportRefusedError, match="become invalid"):
        run_import(batch, now=NOW - HOUR)
    batch.refresh_from_db()
    assert batch.state == "ready"
    assert not IntegrationHealth.objects.exists()


def test_a_job_takes_the_step_on_behalf_of_its_person_and_a_repeated_job_does_nothing(lead):
    batch = upload(OBSERVATIONS + "vrbo,2026-03-18 13:05,9 %,\n")
    assert go_on_with_import(str(batch.pk), lead.pk) == 0  # ready: a person has to confirm
    move(batch, before=["ready"], after="importing", now=NOW)
    assert go_on_with_import(str(batch.pk), lead.pk) == 1
    assert go_on_with_import(str(batch.pk), lead.pk) == 0
    assert LogEntry.objects.get().actor == lead


def test_files_that_nobody_imports_are_forgotten_after_a_day():
    batch = upload(OBSERVATIONS + "vrbo,2026-03-18 13:05,9 %,\n")
    assert discard_forgotten(now=NOW + FORGOTTEN_AFTER) == 0
    assert discard_forgotten(now=NOW + FORGOTTEN_AFTER + timedelta(seconds=1)) == 1
    batch.refresh_from_db()
    assert (batch.state, batch.content) == ("discarded", None)


def test_more_external_ids_than_a_query_may_hold_are_recognised():
    rows = [an_event(external_id=f"id-{number}") for number in range(5000)]
    record_events(rows, now=NOW)
    assert record_events(rows, now=NOW).duplicates == 5000
