"""Who changed what, and personal data taken out of events and of their history."""

import io
from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from integrations.models import ClassificationRule, Integration, IntegrationDay, IntegrationEvent, IntegrationHealth
from integrations.personal_data import Pattern, redacted
from integrations.redaction import redact
from integrations.services import change_event, delete_observations, record_events, record_observations
from qa_observability import history
from tests.conftest import NOW
from tests.integrations.factories import MINUTE, an_event, an_observation

pytestmark = pytest.mark.usefixtures("now", "db")
HISTORY = "/admin/auditlog/logentry/"
REDACT = "/admin/integrations/integrationevent/redact/"
PERSONAL = {"message": "Jo Fox (jo@x.org) called from +49 170 1234567", "metadata": {"guest": {"mail": "jo@x.org"}}}


def test_a_correction_is_recorded_with_who_and_both_values(as_lead, lead):
    record_observations([an_observation()], now=NOW)
    row = IntegrationHealth.objects.get()
    url = reverse("admin:integrations_integrationhealth_change", args=[row.pk])
    as_lead.post(url, {"integration": "vrbo", "last_checked_0": "2026-03-18", "last_checked_1": "13:55:00",
                       "error_rate": "3.1"})  # fmt: skip
    entry = LogEntry.objects.get()
    assert (entry.actor, entry.action, entry.actor_email, entry.remote_addr) == (lead, 1, None, None)
    assert entry.changes == {"error_rate": ["0.01", "0.031"], "status": ["healthy", "warning"]}
    page = as_lead.get(reverse("admin:integrations_integrationhealth_history", args=[row.pk])).content.decode()
    assert "0.031" in page
    assert lead.username in page


def test_a_change_over_the_api_is_recorded_as_the_token_s_user(lead_api, lead):
    for rate in (0.01, 0.03):
        body = {"integrationId": "vrbo", "lastChecked": "2026-03-18T13:00:00Z", "errorRate": rate}
        assert lead_api.post("/api/v1/integrations/health", body).status_code in {200, 201}
    assert [(entry.actor, entry.action) for entry in LogEntry.objects.all()] == [(lead, LogEntry.Action.UPDATE)]


def test_ingest_leaves_no_entry_and_nobody_acts_after_a_request(ingest_api):
    body = [{"eventType": "booking_loss", "severity": "low", "message": "x", "occurredAt": "2026-03-18T13:00:00Z"}]
    assert ingest_api.post("/api/v1/integrations/health/vrbo/events", body).status_code == 201
    assert not LogEntry.objects.exists()
    assert history.current_actor() is None


def test_what_was_deleted_can_be_found_and_entered_again(as_lead):
    record_observations([an_observation(error_rate=Decimal("0.0123"), fees_sync_status="ok")], now=NOW)
    delete_observations([IntegrationHealth.objects.get().pk], now=NOW)
    entry = LogEntry.objects.get()
    assert "2026-03-18 13:55" in as_lead.get(f"{HISTORY}?what=2").content.decode()
    assert as_lead.get(f"{HISTORY}?q=0.0123").context["cl"].result_count == 1
    page = as_lead.get(reverse("admin:auditlog_logentry_change", args=[entry.pk])).content.decode()
    link = f"/admin/integrations/integrationhealth/add/?from={entry.pk}"
    assert link in page
    initial = as_lead.get(link).context["adminform"].form.initial
    assert (initial["integration"], initial["error_rate"], initial["fees_sync_status"]) == (
        "vrbo",
        Decimal("0.0123"),
        "ok",
    )
    assert as_lead.get("/admin/integrations/integrationhealth/add/?from=x").status_code == 200


def test_integrations_and_rules_have_their_history(as_lead, lead):
    vrbo = Integration.objects.get(pk="vrbo")
    fields = {"name": "Vrbo (HomeAway)", "is_active": "on", "position": vrbo.position}
    as_lead.post(reverse("admin:integrations_integration_change", args=["vrbo"]), fields)
    assert history.entries_of(vrbo).get().changes["name"] == ["Vrbo", "Vrbo (HomeAway)"]
    rule = ClassificationRule.objects.first()
    as_lead.post(reverse("admin:integrations_classificationrule_delete", args=[rule.pk]), {"post": "yes"})
    assert history.entries_of(rule).get().changes["pattern"] == [rule.pattern, None]


def test_deleting_a_user_keeps_the_history_without_the_name(as_lead, lead, admin_client):
    vrbo = Integration.objects.get(pk="vrbo")
    as_lead.post(reverse("admin:integrations_integration_change", args=["vrbo"]), {"name": "V", "position": 1})
    response = admin_client.post(reverse("admin:auth_user_delete", args=[lead.pk]), {"post": "yes"})
    assert response.status_code == 302
    assert not User.objects.filter(pk=lead.pk).exists()
    admin_client.get("/admin/")  # takes the message that names whom it has just deleted
    page = admin_client.get(reverse("admin:integrations_integration_history", args=["vrbo"])).content.decode()
    assert "a deleted user" in page
    assert lead.username not in page
    assert history.entries_of(vrbo).get().changes["name"] == ["Vrbo", "V"]


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("text", "JO fox", "[redacted] (jo@x.org) called from +49 170 1234567"),
        ("email", "", "Jo Fox ([redacted]) called from +49 170 1234567"),
        ("phone", "", "Jo Fox (jo@x.org) called from [redacted]"),
    ],
)
def test_redaction_replaces_in_events_and_in_their_history_and_keeps_the_sums(lead, kind, text, message):
    loss = {"lossAmount": "0170123456", "affectedBookings": 3}
    (pk,) = record_events([an_event(**PERSONAL | {"metadata": PERSONAL["metadata"] | loss})], now=NOW).ids
    change_event(pk, an_event(**PERSONAL, occurred_at=NOW - MINUTE), now=NOW)
    change_event(pk, an_event(**PERSONAL | {"metadata": PERSONAL["metadata"] | loss}), now=NOW)
    before = IntegrationDay.objects.values().get()

    done = redact(Pattern(kind, text), now=NOW)

    event = IntegrationEvent.objects.get()
    assert event.message == message
    assert event.metadata | loss == event.metadata
    assert IntegrationDay.objects.values().get() == before
    assert done.events == 1
    assert redact(Pattern(kind, text), now=NOW) == type(done)(0, 0)
    told = LogEntry.objects.get(additional_data__redaction=kind)
    assert (told.changes, told.action) == ({}, LogEntry.Action.UPDATE)
    if kind == "email":
        assert "jo@x.org" not in str(list(LogEntry.objects.values()))


def test_a_number_in_metadata_and_an_external_id_are_redacted_too():
    record_events([an_event(metadata={"phone": 491701234567}, external_id="call-491701234567")], now=NOW)
    redact(Pattern("text", "491701234567"), now=NOW)
    event = IntegrationEvent.objects.get()
    assert event.metadata == {"phone": "[redacted]"}
    assert event.external_id == f"[redacted]-{event.pk}"


def test_text_beyond_ascii_is_found_on_every_database():
    record_events([an_event(message="x", metadata={"guest": "Zoë Ångström"})], now=NOW)
    assert redact(Pattern("text", "zoë ångström"), now=NOW).events == 1


@pytest.mark.parametrize(
    "kept", ["2026-03-18 14:05:00", "LST-20412345", "404 of 12,345 requests", "v3.2.1", "id 12345678"]
)
def test_what_is_no_phone_number_is_kept(kept):
    assert redacted(kept, Pattern("phone")) == kept


@pytest.mark.parametrize(
    "number", ["+49 170 1234567", "0170/1234567", "(030) 123 45 67", "+1-212-555-0199", "+4917012345678"]
)
def test_phone_numbers_are_found(number):
    assert redacted(f"call {number} now", Pattern("phone")) == "call [redacted] now"


@given(st.text(max_size=200), st.sampled_from([Pattern("email"), Pattern("phone"), Pattern("text", "abc")]))
def test_redacting_twice_changes_nothing_more(text, pattern):
    once = redacted(text, pattern)
    assert redacted(once, pattern) == once


def test_the_page_previews_then_replaces_once_confirmed(as_lead):
    record_events([an_event(**PERSONAL)], now=NOW)
    look = as_lead.post(REDACT, {"kind": "email"}).content.decode()
    assert "1 event and 0 history entries hold it" in look
    assert "jo@x.org" in IntegrationEvent.objects.get().message
    assert "Give at least 3 characters" in as_lead.post(REDACT, {"kind": "text", "text": "a"}).content.decode()
    as_lead.post(REDACT, {"kind": "email", "confirmed": "yes"})
    assert "jo@x.org" not in str(IntegrationEvent.objects.values().get())


def test_the_command_counts_before_it_redacts():
    record_events([an_event(**PERSONAL)], now=NOW)
    out = io.StringIO()
    call_command("redact_events", "--email", "--dry-run", stdout=out)
    assert "1 events and 0 history entries would be" in out.getvalue()
    assert "jo@" not in out.getvalue()
    call_command("redact_events", "--email", stdout=out)
    assert "jo@x.org" not in str(IntegrationEvent.objects.values().get())
    with pytest.raises(CommandError, match="at least 3"):
        call_command("redact_events", "--text", "x")
