"""Every list and form of the admin opens for an administrator, with the rows of a world in use."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django_q.models import Schedule, Task

from tests.browser.world import load

LEFT_OUT = r"\d+ results?\s*\("


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def world(admin_user, settings):
    settings.REVENUE_CONFIG_KEYS = ["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="]
    load(timezone.now(), admin_user)
    job = Schedule.objects.create(name="Every hour", func="qa_observability.jobs.tick", schedule_type=Schedule.HOURLY)
    now = timezone.now()
    done = Task.objects.create(id="a" * 32, name="ran", func=job.func, started=now, stopped=now, success=True)
    Schedule.objects.filter(pk=job.pk).update(task=done.id)


def test_every_list_every_empty_form_and_every_first_row_opens(world, admin_client):
    answers = {}
    for model in admin.site._registry:
        row = model._default_manager.first()
        for page, args in (
            ("changelist", ()),
            ("add", ()),
            ("change", (row and row.pk,)),
            ("history", (row and row.pk,)),
        ):
            if row or not args:
                url = address(model, page, *args)
                answers[url] = admin_client.get(
                    url, {"q": "fee"} if page == "changelist" else {}, follow=True
                ).status_code
    assert len(answers) > 60
    # What nobody adds by hand has no empty form.
    refused = {url for url, status in answers.items() if status == 403}
    assert all(url.endswith("/add/") for url in refused)
    assert {url: status for url, status in answers.items() if status != 200 and url not in refused} == {}


def test_the_schedules_tell_their_last_outcome(world, admin_client):
    page = admin_client.get(address(Schedule, "changelist")).content.decode()
    assert "Every hour" in page
    assert 'title="True"' in page


def test_times_are_written_as_everywhere_else(world, admin_client):
    page = admin_client.get("/admin/correlation/alert/").content.decode()
    assert f"{timezone.now():%Y-%m-%d}" in page
    assert "a.m." not in page
    assert "p.m." not in page


def test_show_all_is_offered_only_where_something_is_left_out(world, admin_client):
    events = "/admin/integrations/integrationevent/"
    assert not re.search(LEFT_OUT, admin_client.get(events).content.decode())
    assert re.search(LEFT_OUT, admin_client.get(events, {"severity__exact": "high"}).content.decode())


def test_an_empty_list_says_where_its_rows_come_from_and_a_filter_that_finds_nothing_how_to_leave_it(admin_client):
    page = admin_client.get("/admin/correlation/alert/").content.decode()
    assert "No alerts yet" in page
    assert "An alert is raised when a correlated test fails or an integration is critical." in page
    assert "Add alert" not in page
    assert "Add maintenance window" in admin_client.get("/admin/integrations/maintenancewindow/").content.decode()
    found = admin_client.get("/admin/correlation/alert/", {"q": "nothing-of-this"}).content.decode()
    assert "Nothing matches" in found
    assert 'href="?">Show all alerts' in found


@pytest.mark.parametrize("chosen", ["abc", "9" * 40])
def test_no_list_fails_on_a_selection_that_it_never_offered(world, admin_client, chosen):
    answers = {}
    for model in admin.site._registry:
        url = address(model, "changelist")
        offered = re.findall(r'<option value="(\w+)"', admin_client.get(url).content.decode())
        for action in {*offered, "delete_selected"}:
            form = {"action": action, "_selected_action": [chosen], "index": "0", "select_across": "0"}
            answers[url, action] = admin_client.post(url, form).status_code
    assert len(answers) > 25
    assert {key: status for key, status in answers.items() if status >= 500} == {}
