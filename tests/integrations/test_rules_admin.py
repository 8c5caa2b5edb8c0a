"""Classification rules in the admin: they ship as data, are tried before they are saved, and decide at once."""

import io

import pytest
from django.core.management import call_command
from django.urls import reverse

from integrations.models import ClassificationRule, Integration, IntegrationHealth
from integrations.splunk.rules import DEFAULT_RULES
from integrations.splunk_imports import as_rule

TRY = "admin:integrations_classificationrule_try"
ADD = "admin:integrations_classificationrule_add"


def new_rule(**fields: object) -> dict[str, object]:
    return {"stage": "area", "position": "5", "pattern": "widgets", "area": "pricing", "is_active": "on", **fields}


def test_the_shipped_rules_are_rows_in_the_order_in_which_they_are_asked(db):
    assert [as_rule(row) for row in ClassificationRule.objects.all()] == list(DEFAULT_RULES)


def test_the_list_shows_every_rule_to_a_lead(as_lead):
    page = as_lead.get(reverse("admin:integrations_classificationrule_changelist")).content.decode()

    assert "homeaway" in page
    assert all(str(rule.pk) in page for rule in ClassificationRule.objects.all())
    assert reverse(TRY) in page


def test_endpoints_are_tried_against_the_saved_rules(as_lead):
    page = as_lead.post(reverse(TRY), {"endpoints": "/channels/homeaway/4.1/booking/bookingRequest.jsp?a=secret"})

    text = page.content.decode()
    assert "<td>vrbo</td><td>booking</td><td>1. Integration, by path #30; 3. Area, by path #170</td>" in text
    assert "<code>/channels/homeaway/4.1/booking/bookingrequest.jsp</code>" in text


def test_a_pattern_is_tried_without_being_saved(as_lead):
    before = ClassificationRule.objects.count()

    page = as_lead.post(
        reverse(TRY),
        {"endpoints": "/channels/bookingdotcom/x\n/booking/1", "pattern": "booking", "stage": "area", "masked": "on"},
    ).content.decode()

    assert page.count("<td>matches</td>") == 1  # bookingdotcom is a channel's name, not a booking
    assert ClassificationRule.objects.count() == before


@pytest.mark.parametrize(
    ("pattern", "reason"), [("(", "not valid"), ("(a+a+)+$", "takes too long"), ("x" * 501, "500")]
)
def test_a_pattern_that_cannot_be_used_is_refused_in_words(as_lead, pattern, reason):
    tried = as_lead.post(reverse(TRY), {"endpoints": "/" + "a" * 60 + "!", "pattern": pattern, "stage": "area"})
    saved = as_lead.post(reverse(ADD), new_rule(pattern=pattern))

    assert reason in tried.content.decode()
    assert reason in saved.content.decode()
    assert not ClassificationRule.objects.filter(pattern=pattern).exists()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"area": ""}, "A rule of this stage must name an area."),
        ({"stage": "integration"}, "A rule of this stage must name an integration."),
    ],
)
def test_a_rule_must_lead_somewhere(as_lead, fields, reason):
    assert reason in as_lead.post(reverse(ADD), new_rule(**fields)).content.decode()


def test_a_new_channel_needs_a_row_and_a_rule_but_no_code(as_lead, tmp_path):
    as_lead.post(
        reverse("admin:integrations_integration_add"),
        {"name": "Expedia", "slug": "expedia", "is_active": "on", "position": "50"},
    )
    as_lead.post(
        reverse(ADD), new_rule(stage="integration", pattern="expedia", integration="expedia", area="", position="5")
    )
    export = tmp_path / "export.csv"
    export.write_text("endpoint,total_requests,total_errors\n/channels/expedia/rates,100,3\n")

    call_command("import_splunk", str(export), observed_at="2026-01-31T14:00:00Z", stdout=io.StringIO())

    assert Integration.objects.get(slug="expedia").name == "Expedia"
    assert IntegrationHealth.objects.get(integration="expedia").pricing_sync_status == "warning"


def test_viewers_cannot_try_rules(as_viewer):
    assert as_viewer.get(reverse(TRY)).status_code == 302  # to the admin's login
