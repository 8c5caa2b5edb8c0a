"""Entering and correcting by hand: what the forms read, explain, refuse and offer."""

from decimal import Decimal

import pytest
from django.urls import reverse

from integrations.models import IntegrationDay, IntegrationEvent, IntegrationHealth
from integrations.services import record_events, record_observations
from tests.conftest import NOW
from tests.integrations.factories import HOUR, an_event, an_observation, assert_days_agree_with_rows

pytestmark = pytest.mark.usefixtures("now", "db")
ADD_OBSERVATION = "/admin/integrations/integrationhealth/add/"
ADD_EVENT = "/admin/integrations/integrationevent/add/"
JUDGE = "/admin/integrations/integrationhealth/judge/"


def observation(**fields: str) -> dict[str, str]:
    return {"integration": "vrbo", "last_checked_0": "2026-03-18", "last_checked_1": "13:00", **fields}


def event(**fields: str) -> dict[str, str]:
    return {"integration": "vrbo", "occurred_at_0": "2026-03-18", "occurred_at_1": "14:00",
            "event_type": "fee_sync_error", "severity": "high", "message": "Lost", **fields}  # fmt: skip


def errors_of(response) -> dict[str, list[str]]:
    return response.context["adminform"].form.errors


@pytest.mark.parametrize("text", ["3.1", "3.1 %", "0.031"])
def test_a_rate_is_stored_the_same_however_it_is_written(as_lead, text):
    assert as_lead.post(ADD_OBSERVATION, observation(error_rate=text)).status_code == 302
    row = IntegrationHealth.objects.get()
    assert (row.error_rate, row.status, row.source) == (Decimal("0.0310"), "warning", "manual")
    assert IntegrationDay.objects.get().error_rate_count == 1


def test_an_unclear_rate_is_refused_at_its_field(as_lead):
    response = as_lead.post(ADD_OBSERVATION, observation(error_rate="0.5"))
    assert "could be 0.5 % or 50 %" in errors_of(response)["error_rate"][0]


def test_the_reading_the_verdict_and_the_contradiction_are_told_while_typing(as_lead):
    text = as_lead.post(JUDGE, observation(error_rate="3.1", booking_loss_rate="1", status="healthy")).content.decode()
    assert "Read as 3.1 % (0.0310)" in text
    assert 'data-value="1 %"' in text
    assert 'data-value="100 %"' in text
    assert "error rate 3.1 % is at or above 2 %" in text
    assert "You chose healthy, but the numbers say warning" in text
    assert not IntegrationHealth.objects.exists()


@pytest.mark.parametrize(
    "garbage", [{}, {"error_rate": "\x00"}, {"integration": "\x00", "last_checked_0": "9999-99-99"}]
)
def test_no_typing_breaks_the_verdict(as_lead, garbage):
    assert as_lead.post(JUDGE, observation(**garbage)).status_code == 200
    assert as_lead.post(f"{JUDGE}?row=x", garbage).status_code == 200


def test_a_contradicting_status_is_kept_with_a_hint(as_lead):
    response = as_lead.post(ADD_OBSERVATION, observation(error_rate="9 %", status="healthy"), follow=True)
    assert IntegrationHealth.objects.get().status == "healthy"
    assert "You chose healthy, but the numbers say critical" in response.content.decode()


def test_a_taken_moment_is_offered_as_an_edit_with_both_values(as_lead):
    record_observations([an_observation(last_checked=NOW.replace(hour=13, minute=0))], now=NOW)
    stored = IntegrationHealth.objects.get()
    typed = observation(error_rate="7")
    edit = reverse("admin:integrations_integrationhealth_change", args=[stored.pk]) + "?prefill=1&error_rate=7"

    for response in (as_lead.post(ADD_OBSERVATION, typed), as_lead.post(JUDGE, typed)):
        text = response.content.decode()
        assert edit.replace("&", "&amp;") in text
        assert "1 %" in text
        assert "Constraint" not in text
    assert 'value="7"' in as_lead.get(edit).content.decode()
    assert as_lead.post(edit, typed).status_code == 302
    assert IntegrationHealth.objects.get().error_rate == Decimal("0.07")
    assert_days_agree_with_rows()


def test_the_form_starts_with_now_and_the_integration_that_this_person_last_used(as_lead):
    as_lead.post(ADD_OBSERVATION, observation(error_rate="1 %"))
    initial = as_lead.get(ADD_OBSERVATION).context["adminform"].form.initial
    assert (initial["integration"], initial["last_checked"]) == ("vrbo", NOW)


def test_the_same_again_leaves_the_integration_open(as_lead):
    as_lead.post(ADD_EVENT, event(listing_id="LST-1", rest='{"region": "EU"}'))
    again = as_lead.get(f"{ADD_EVENT}?again={IntegrationEvent.objects.get().pk}").context["adminform"].form.initial
    assert "integration" not in again
    assert (again["message"], again["listing_id"], again["rest"]) == ("Lost", "LST-1", {"region": "EU"})
    assert as_lead.get(f"{ADD_EVENT}?again=nonsense").status_code == 200


def test_metadata_is_put_together_from_fields_and_the_editor(as_lead):
    as_lead.post(ADD_EVENT, event(affected_bookings="3", loss_amount="12.50", ticket_keys="qa-1", rest='{"a": [1]}'))
    row = IntegrationEvent.objects.get()
    assert row.metadata == {"a": [1], "affectedBookings": 3, "lossAmount": "12.50", "ticketKeys": ["QA-1"]}
    assert IntegrationHealth.objects.get().fees_sync_status == "error"
    assert_days_agree_with_rows()


def test_correcting_an_event_keeps_unknown_keys_and_untouched_values_as_they_came(as_lead):
    metadata = {"lossAmount": 12.5, "listingId": 204, "errorCode": {"odd": True}, "guest": {"id": 7}}
    (pk,) = record_events([an_event(metadata=metadata)], now=NOW).ids
    url = reverse("admin:integrations_integrationevent_change", args=[pk])
    form = as_lead.get(url).context["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields if name != "occurred_at"}
    response = as_lead.post(url, event(**typed | {"message": "Corrected"}))
    assert response.status_code == 302
    row = IntegrationEvent.objects.get()
    assert (row.message, row.metadata, row.source) == ("Corrected", metadata, "api")


@pytest.mark.parametrize(
    ("text", "reason"),
    [('{\n  "a": 1,\n  b: 2}', "Line 3, column 3"), ("[1]", "Must be a JSON object"), ('{"a": NaN}', "NaN"),
     ('{"a": 1, "a": 2}', "there twice"), ("[" * 100_000, "nested"), ('{"lossAmount": 3}', "use the field above"),
     ('{"a": "\\u0000"}', "cannot be stored"), ('{"a": 1e999}', "not finite")],
)  # fmt: skip
def test_bad_json_is_refused_with_its_place(as_lead, text, reason):
    assert reason in errors_of(as_lead.post(ADD_EVENT, event(rest=text)))["rest"][0]


def test_an_external_id_that_is_taken_is_told_with_a_link(as_lead):
    (pk,) = record_events([an_event(external_id="x-1")], now=NOW).ids
    error = errors_of(as_lead.post(ADD_EVENT, event(external_id="x-1")))["external_id"][0]
    assert str(pk) in error


def test_bulk_actions_ask_first_and_go_through_the_services(as_lead):
    ids = record_events([an_event(severity="high"), an_event(message="y", occurred_at=NOW - HOUR)], now=NOW).ids
    url = reverse("admin:integrations_integrationevent_changelist")
    chosen = {"action": "change_chosen", "_selected_action": [str(pk) for pk in ids]}

    assert "This concerns 2 events" in as_lead.post(url, chosen).content.decode()
    refused = as_lead.post(url, {**chosen, "confirmed": "yes", "severity": "", "event_type": ""})
    assert "Choose what to change" in refused.content.decode()
    as_lead.post(url, {**chosen, "confirmed": "yes", "severity": "low", "event_type": "pricing_sync_error"})
    assert set(IntegrationEvent.objects.values_list("severity", "event_type")) == {("low", "pricing_sync_error")}
    assert_days_agree_with_rows()

    as_lead.post(url, {**chosen, "action": "delete_chosen"})
    assert IntegrationEvent.objects.count() == 2
    as_lead.post(url, {**chosen, "action": "delete_chosen", "confirmed": "yes"})
    assert not IntegrationEvent.objects.exists()
    assert not IntegrationHealth.objects.exists()
    assert_days_agree_with_rows()
