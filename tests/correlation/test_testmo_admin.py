"""Testmo in the admin: projects are chosen, the connection is tested, and people are told how it stands."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.urls import reverse
from django_q.models import OrmQ

from correlation.models import TestExecution, TestmoProject, TestmoRun
from correlation.testmo import sync_all, try_out
from integrations.models import JobRun
from qa_observability.schedules import declared_schedules
from qa_observability.spoken import SpokenError
from tests.conftest import NOW
from tests.correlation.testmo_world import HOUR, MINUTE
from tests.standins.testmo import answers, html

pytestmark = pytest.mark.django_db
LIST = "admin:correlation_testmoproject_changelist"
ADD = "admin:correlation_testmoproject_add"
CHANGE = "admin:correlation_testmoproject_change"
TEST = "admin:connection_test"


def test_a_project_is_chosen_by_its_number_and_named_by_testmo(testmo, as_lead):
    response = as_lead.post(reverse(ADD), {"testmo_id": 7, "manual_runs": "on"}, follow=True)
    assert response.status_code == 200
    chosen = TestmoProject.objects.get()
    assert (chosen.name, chosen.manual_runs, chosen.automation_runs) == ("Booking engine", True, False)


def test_a_project_that_testmo_does_not_know_is_refused_where_it_was_typed(testmo, as_lead):
    response = as_lead.post(reverse(ADD), {"testmo_id": 99, "manual_runs": "on"})
    assert "Testmo has no such project" in response.content.decode()
    assert not TestmoProject.objects.exists()
    as_lead.post(reverse(ADD), {"testmo_id": 99, "name": "I know better", "manual_runs": "on"})
    assert TestmoProject.objects.get().name == "I know better"


@pytest.mark.parametrize("number", ["", "0x7", "-1", str(2**80), "7; DROP TABLE"])
def test_what_is_no_number_is_refused(testmo, as_lead, number):
    assert as_lead.post(reverse(ADD), {"testmo_id": number, "name": "x"}).status_code == 200
    assert not TestmoProject.objects.exists()


def test_without_the_settings_a_project_can_be_prepared(db, as_lead):
    as_lead.post(reverse(ADD), {"testmo_id": 7, "manual_runs": "on"})
    assert str(TestmoProject.objects.get()) == "Project 7"


def test_the_list_and_the_page_tell_how_it_stands(sync, testmo, project, as_lead):
    page = reverse(CHANGE, args=[project.pk])
    assert "not yet" in as_lead.get(reverse(LIST)).content.decode()
    testmo.add_result(testmo.add_run(NOW - HOUR), testmo.add_case("Flow"), 2, NOW - MINUTE)
    sync()
    assert "1 new" in as_lead.get(page).content.decode()
    testmo.always = answers(403)
    sync(NOW + MINUTE)
    assert "failing since" in as_lead.get(reverse(LIST)).content.decode()
    assert "answered 403" in as_lead.get(page).content.decode()


def test_the_number_of_a_project_cannot_be_changed_for_its_cursors_are_anothers(testmo, project, as_lead):
    as_lead.post(reverse(CHANGE, args=[project.pk]), {"testmo_id": 8, "name": "Renamed", "manual_runs": "on"})
    project.refresh_from_db()
    assert (project.testmo_id, project.name) == (7, "Renamed")


def test_fetch_now_leaves_it_to_the_worker(project, as_lead):
    as_lead.post(reverse(LIST), {"action": "fetch_now", "_selected_action": [project.pk]})
    (task,) = [row.task for row in OrmQ.objects.all()]
    assert task["func"] == "correlation.tasks.sync_testmo"


def test_everything_can_be_read_again(sync, testmo, project, as_lead):
    testmo.add_result(testmo.add_run(NOW - HOUR), testmo.add_case("Flow"), 2, NOW - MINUTE)
    sync()
    response = as_lead.post(
        reverse(LIST), {"action": "read_again", "_selected_action": [project.pk]}, follow=True
    )  # fmt: skip
    assert "the next visit reads everything again" in response.content.decode()
    assert (TestmoRun.objects.count(), TestExecution.objects.count()) == (0, 1)


def test_only_what_was_chosen_is_fetched(testmo, sync, project):
    testmo.add_result(testmo.add_run(NOW - HOUR), testmo.add_case("Flow"), 2, NOW - MINUTE)
    testmo.add_test(testmo.add_automation_run(NOW - HOUR), "test_tax", 2, NOW - MINUTE)
    testmo.add_project(8, "Other")
    testmo.add_result(testmo.add_run(NOW - HOUR, project=8), 99, 2, NOW - MINUTE)
    project.manual_runs = project.automation_runs = False
    project.save()
    assert (sync(), testmo.asked) == (0, [])
    project.automation_runs = True
    project.save()
    assert sync() == 1
    assert not [path for path in testmo.asked if "/projects/7/runs" in path or "/projects/8" in path]


def test_without_settings_or_projects_nothing_is_asked(testmo, db, settings):
    assert (sync_all(now=NOW), testmo.asked) == (0, [])
    TestmoProject.objects.create(testmo_id=7)
    settings.TESTMO_TOKEN = ""
    assert (sync_all(now=NOW), testmo.asked) == (0, [])
    assert not JobRun.objects.exists()


def test_viewers_see_none_of_it(as_viewer, project):
    assert as_viewer.get(reverse(LIST)).status_code in {302, 403}


def test_the_test_of_the_connection_says_who_we_are(testmo, project):
    assert try_out() == "Testmo knows the token as Quinn Analyst, who may read Booking engine."


@pytest.mark.parametrize(("fault", "words"), [(answers(401), "answered 401"), (html, "did not answer in JSON")])
def test_the_test_of_the_connection_says_what_is_wrong(testmo, project, as_lead, fault, words):
    testmo.always = fault
    with pytest.raises(SpokenError, match=words):
        try_out()
    response = as_lead.post(reverse(TEST, args=["testmo"]), follow=True)
    assert (response.status_code, words in response.content.decode()) == (200, True)


def test_the_test_of_the_connection_says_what_is_missing(db, as_lead):
    page = as_lead.post(reverse(TEST, args=["testmo"]), follow=True).content.decode()
    assert "TESTMO_URL, TESTMO_TOKEN is missing" in page


def test_it_runs_every_quarter_of_an_hour():
    (job,) = [job for job in declared_schedules() if job.name == "Testmo sync"]
    assert (job.minutes, job.task, job.feature) == (15, "correlation.tasks.sync_testmo", "correlation")


def test_statuses_that_make_no_sense_are_an_error_at_the_start(settings):
    settings.TESTMO_STATUSES = ["7=broken"]
    with pytest.raises(SystemCheckError, match=r"correlation\.E004"):
        call_command("check")
