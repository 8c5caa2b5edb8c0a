"""Who gets into the admin and what they find there; one door, with a lock."""

import pytest
from django.urls import reverse

from qa_observability import roles
from tests.correlation.factories import a_test_case

LEADS = [
    "integrations_integrationhealth_changelist", "integrations_integrationevent_changelist",
    "integrations_importbatch_changelist", "integrations_importbatch_add", "integrations_integrationevent_redact",
    "auditlog_logentry_changelist", "integrations_integration_changelist", "integrations_splunk_import",
    "integrations_classificationrule_changelist", "integrations_jobrun_changelist",
]  # fmt: skip
ADMINS = [
    "auth_user_changelist",
    "auth_group_changelist",
    "integrations_apitoken_changelist",
    "django_q_schedule_changelist",
]


@pytest.fixture
def as_role(client, make_user):
    def log_in(role):
        client.force_login(make_user(role))
        return client

    return log_in


@pytest.mark.parametrize("name", LEADS)
def test_a_lead_opens_what_concerns_leads(as_lead, name):
    assert as_lead.get(reverse(f"admin:{name}")).status_code == 200


@pytest.mark.parametrize("name", ADMINS)
def test_a_lead_does_not_open_what_concerns_administrators(as_lead, name):
    assert as_lead.get(reverse(f"admin:{name}")).status_code == 403
    assert reverse(f"admin:{name}") not in as_lead.get("/admin/").content.decode()


@pytest.mark.parametrize("role", [roles.VIEWERS, roles.INGEST])
@pytest.mark.parametrize("path", ["/admin/", *(f"admin:{name}" for name in LEADS)])
def test_viewers_and_pipelines_have_no_admin(as_role, role, path):
    url = reverse(path) if ":" in path else path
    response = as_role(role).get(url, follow=True)
    assert response.status_code == 403


@pytest.mark.parametrize("name", [name for name in LEADS if name != "auditlog_logentry_changelist"])
def test_revenue_admins_enter_but_see_no_health_data_entry(as_role, name):
    client = as_role(roles.REVENUE_ADMINS)
    assert client.get("/admin/").status_code == 200
    assert client.get(reverse(f"admin:{name}")).status_code == 403


def test_a_stranger_is_sent_to_the_one_login_page(client, db):
    response = client.get("/admin/integrations/integrationhealth/", follow=True)
    assert response.request["PATH_INFO"] == "/login/"
    assert response.redirect_chain[-1][0].endswith("?next=/admin/integrations/integrationhealth/")


@pytest.mark.parametrize("door", ["/login/", "/admin/login/"])
def test_repeated_failures_lock_either_door(client, lead, door):
    for _ in range(6):
        response = client.post(door, {"username": lead.username, "password": "wrong"}, follow=True)
        door = response.request["PATH_INFO"] if door == "/admin/login/" else door
    right = client.post("/login/", {"username": lead.username, "password": "a-long-password"})
    assert right.status_code == 429
    assert "Too many failed attempts" in right.content.decode()


def test_everybody_changes_their_own_password_and_other_sessions_end(client, viewer, django_user_model):
    elsewhere = type(client)()
    elsewhere.force_login(viewer)
    client.force_login(viewer)
    old = {"old_password": "a-long-password"}
    weak = client.post("/password/", old | {"new_password1": "1234567890", "new_password2": "1234567890"})
    assert "entirely numeric" in weak.content.decode()
    new = "quite-another-phrase"
    done = client.post("/password/", old | {"new_password1": new, "new_password2": new}, follow=True)
    assert "Your password is changed" in done.content.decode()
    assert elsewhere.get("/dashboard/").status_code == 302
    viewer.refresh_from_db()
    assert viewer.check_password(new)


def test_a_session_ends_by_itself(client, viewer, settings):
    client.force_login(viewer)
    assert client.session.get_expiry_age() <= settings.SESSION_COOKIE_AGE == 12 * 3600


@pytest.mark.parametrize(
    "address",
    [
        "integrations/integrationhealth/%00/change/",
        "integrations/integrationevent/?severity=%00",
        "integrations/maintenancewindow/?integration=%00",
        "integrations/integrationevent/?occurred_at__lt=9999-12-31T23:59:59-23:59",
        "integrations/integrationhealth/add/?last_checked=soon",
        "integrations/integrationevent/add/?occurred_at=2026-03-18T14:05Z",
        "integrations/integration/vrbo/change/?_to_field=colour",
        "axes/accessattempt/?attempt_time__year=99999999999999999999",
        "autocomplete/?app_label=integrations&model_name=integrationhealth&field_name=integration&term=%00",
    ],
)
def test_what_an_address_asks_in_vain_breaks_nothing(client, admin_user, address):
    client.force_login(admin_user)
    assert client.get(f"/admin/{address}").status_code in {200, 302, 400, 404}


def test_a_lead_corrects_where_a_test_case_is_kept(as_lead, db):
    case = a_test_case()
    address = "/admin/correlation/testcase/flow/change/"
    assert as_lead.get(address).status_code == 200
    as_lead.post(address, {"name": case.name, "suite": case.suite, "testmo_url": "testmo.example.com/repositories/1"})
    case.refresh_from_db()
    assert case.testmo_url == "https://testmo.example.com/repositories/1"


def test_a_link_may_say_when_an_event_occurred(as_lead):
    page = as_lead.get("/admin/integrations/integrationevent/add/?occurred_at=2026-03-18T14:05Z").content.decode()
    assert 'value="2026-03-18"' in page
    assert 'value="14:05:00"' in page


def test_an_id_of_another_script_is_not_found(client, admin_user):
    client.force_login(admin_user)
    assert client.get("/admin/r/٣/1/").status_code == 404
