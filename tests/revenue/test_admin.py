"""Revisions to look at; recipients and deliveries of the weekly report."""

import pytest
from auditlog.models import LogEntry

from revenue.models import DeliveryState, ReportDelivery, ReportRecipient, RevenueConfigRevision
from tests.conftest import NOW
from tests.revenue.conftest import OTHER_KEY

pytestmark = pytest.mark.django_db
REVISIONS = "/admin/revenue/revenueconfigrevision/"
RECIPIENTS = "/admin/revenue/reportrecipient/"
HISTORY = "/admin/auditlog/logentry/"
DELIVERIES = "/admin/revenue/reportdelivery/"


def test_revisions_are_listed_and_read(as_revenue_admin, configure):
    row = configure("revenue: {currency: EUR}")
    assert b"Revision 1" in as_revenue_admin.get(REVISIONS).content
    assert b"currency: EUR" in as_revenue_admin.get(f"{REVISIONS}{row.pk}/change/").content


def test_an_unreadable_revision_says_so(as_revenue_admin, configure, settings):
    row = configure("revenue: {currency: EUR}")
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    page = as_revenue_admin.get(f"{REVISIONS}{row.pk}/change/")
    assert b"No key in REVENUE_CONFIG_KEYS opens" in page.content


def test_revisions_are_added_by_the_form_alone_and_never_edited_or_deleted(as_revenue_admin, configure):
    row = configure("revenue: {currency: EUR}")
    assert as_revenue_admin.get(f"{REVISIONS}add/").headers["Location"] == "/dashboard/revenue/config/"
    assert as_revenue_admin.post(f"{REVISIONS}{row.pk}/change/", {"comment": "x"}).status_code == 403
    assert as_revenue_admin.post(f"{REVISIONS}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert RevenueConfigRevision.objects.get().comment == ""


def test_a_revision_stands_in_the_history_with_old_and_new_figures_but_these_stay_encrypted(
    as_revenue_admin, lead, revenue_admin, configure
):
    configure("revenue: {currency: EUR}")
    row = configure("revenue: {currency: EUR, avg_booking_value: 311.5}", author=revenue_admin)
    entry = LogEntry.objects.first()
    assert (entry.object_pk, entry.actor) == (str(row.pk), revenue_admin)
    assert "311.5" not in f"{entry.changes} {entry.additional_data}"
    page = as_revenue_admin.get(f"{HISTORY}{entry.pk}/change/").content.decode()
    assert all(text in page for text in ("Put revision 2 in force", "avg_booking_value", "250", "311.5"))
    assert "311.5" in as_revenue_admin.get(f"{REVISIONS}{row.pk}/history/").content.decode()
    assert "avg_booking_value" in as_revenue_admin.get(HISTORY).content.decode()
    as_revenue_admin.force_login(lead)
    assert as_revenue_admin.get(HISTORY).context["cl"].result_count == 0


def test_the_history_says_so_where_no_key_opens_a_revision(as_revenue_admin, configure, settings):
    row = configure("revenue: {currency: EUR}")
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    assert b"No key in REVENUE_CONFIG_KEYS opens" in as_revenue_admin.get(f"{REVISIONS}{row.pk}/history/").content


def test_revisions_are_not_for_qa_leads(as_lead, configure):
    configure("revenue: {currency: EUR}")
    assert as_lead.get(REVISIONS).status_code == 403


@pytest.mark.parametrize("role", ["as_lead", "as_revenue_admin"])
def test_recipients_are_chosen_by_leads_and_revenue_admins(request, role):
    client = request.getfixturevalue(role)
    answer = client.post(f"{RECIPIENTS}add/", {"email": "ann@example.com", "name": "Ann", "is_active": "on"})
    assert answer.status_code == 302
    assert ReportRecipient.objects.get().name == "Ann"
    answer = client.post(f"{RECIPIENTS}add/", {"email": "ANN@example.com"})
    assert b"This address is a recipient already." in answer.content


def test_an_unclear_report_goes_again_when_a_person_says_so(as_lead, now):
    row = ReportDelivery.objects.create(week="2026-03-09", email="ann@example.com", state=DeliveryState.UNCLEAR)
    sent = ReportDelivery.objects.create(week="2026-03-09", email="bob@example.com", state=DeliveryState.SENT)
    old = ReportDelivery.objects.create(week="2026-03-02", email="ann@example.com", state=DeliveryState.UNCLEAR)
    assert now == NOW
    chosen = [row.pk, sent.pk, old.pk]
    as_lead.post(DELIVERIES, {"action": "send_again", "_selected_action": chosen})
    states = dict(ReportDelivery.objects.values_list("pk", "state"))
    assert [states[pk] for pk in chosen] == ["pending", "sent", "unclear"]


def test_deliveries_are_written_by_the_job_alone(as_lead):
    row = ReportDelivery.objects.create(week="2026-03-09", email="ann@example.com", error="451 later")
    assert b"451 later" in as_lead.get(DELIVERIES).content
    assert as_lead.get(f"{DELIVERIES}add/").status_code == 403
    as_lead.post(f"{DELIVERIES}{row.pk}/change/", {"state": "sent"})
    row.refresh_from_db()
    assert row.state == DeliveryState.PENDING
