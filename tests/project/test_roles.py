"""The four roles come with `migrate`, with exactly these permissions."""

import pytest
from django.contrib.auth.models import Group, Permission

from qa_observability import roles

pytestmark = pytest.mark.django_db

SEEN = {
    "integrations.view_integration",
    "integrations.view_integrationhealth",
    "integrations.view_integrationevent",
    "integrations.view_integrationday",
    "revenue.view_impact",
    "correlation.view_ticketlink",
    "correlation.view_testcase",
    "correlation.view_testexecution",
    "correlation.view_testintegrationcorrelation",
    "correlation.view_alert",
    "correlation.view_alertdelivery",
    "correlation.view_alertmute",
    "correlation.view_incident",
    "correlation.view_incidentwarning",
    "integrations.view_maintenancewindow",
    "correlation.dismiss_alert",
    "correlation.view_incidententry",
    "correlation.acknowledge_incident",
    "integrations.view_metrics",
}


def permissions(role):
    rows = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


def test_the_roles_are_the_four_of_the_contract():
    assert set(Group.objects.values_list("name", flat=True)) == {
        "Viewers", "QA leads", "Ingest", "Revenue admins",
    } == set(roles.ROLES)  # fmt: skip


def test_viewers_see_and_dismiss_and_change_nothing():
    assert permissions(roles.VIEWERS) == SEEN


def test_ingest_sends_data_and_sees_none():
    assert permissions(roles.INGEST) == {
        "integrations.add_integrationhealth",
        "integrations.add_integrationevent",
        "correlation.add_testexecution",
    }


def test_revenue_admins_see_and_set_the_figures():
    assert permissions(roles.REVENUE_ADMINS) == {
        "auditlog.view_logentry",
        "integrations.access_admin",
        "revenue.view_impact",
        "revenue.view_revenueconfigrevision",
        "revenue.add_revenueconfigrevision",
        "revenue.view_reportrecipient",
        "revenue.add_reportrecipient",
        "revenue.change_reportrecipient",
        "revenue.delete_reportrecipient",
        "revenue.view_reportdelivery",
        "revenue.change_reportdelivery",  # to have a delivery that is in doubt sent again
    }


def test_qa_leads_enter_and_correct_everything_but_users_and_figures():
    granted = permissions(roles.QA_LEADS)
    assert granted >= SEEN
    assert granted >= {
        f"integrations.{action}_{model}"
        for action in ("add", "change", "delete")
        for model in ("integrationhealth", "integrationevent", "classificationrule")
    }
    assert "integrations.delete_integration" not in granted  # its history would go with it
    assert not {name for name in granted if name.startswith(("auth.", "knox.", "admin."))}
    assert not {name for name in granted if "revenueconfig" in name or "apitoken" in name}


def test_nobody_may_change_or_delete_a_revision_of_the_figures():
    forbidden = Permission.objects.filter(codename__in=["change_revenueconfigrevision", "delete_revenueconfigrevision"])
    assert not Group.objects.filter(permissions__in=forbidden).exists()


def test_each_permission_is_there_once_with_the_name_that_django_gives():
    names = Permission.objects.filter(content_type__app_label="integrations", codename="view_integrationhealth")
    assert [permission.name for permission in names] == ["Can view observation"]
