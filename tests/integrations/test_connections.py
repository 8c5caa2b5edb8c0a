"""The page Connections: how each stands, when it ran, what went wrong, and a test in words."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils.module_loading import import_string
from django_q.models import Schedule

from integrations import jobs
from integrations.connections import standings
from integrations.models import JobRun, JobStanding
from qa_observability import roles
from qa_observability.connections import Connection, declared_connections
from qa_observability.features import INTEGRATION_HEALTH
from qa_observability.outgoing import OutgoingError
from qa_observability.schedules import declared_schedules
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
HERE = "tests.integrations.test_connections"
MINUTE = timedelta(minutes=1)
LIST = "admin:connections"


def nothing_missing():
    return []


def url_missing():
    return ["WIRE_URL"]


def sees_something():
    return "Signed in as qa-bot."


def is_refused():
    raise OutgoingError("wire.example.com answered 401.", kind="status", status=401)


def is_broken():
    raise KeyError("secret-of-the-programmer")


def two_jobs():
    return ["Wire: one", "Wire: two"]


def wire(**fields):
    given = {"key": "wire", "name": "Wire", "does": "Brings news.", "feature": INTEGRATION_HEALTH} | fields
    return Connection(**{"test": f"{HERE}.sees_something", "jobs": ("Wire",), **given})


@pytest.fixture
def declare(monkeypatch):
    def declare_these(*connections):
        """Let these be all the connections there are."""
        for config in apps.get_app_configs():
            monkeypatch.setattr(config, "connections", [], raising=False)
        monkeypatch.setattr(apps.get_app_config("integrations"), "connections", list(connections))

    return declare_these


def run(*, name="Wire", error=None, at=NOW, rows=3):
    def work():
        if error:
            raise OutgoingError(error, kind="timeout")
        return rows

    jobs.try_job(name, work, now=at)


def standing(at=NOW):
    (found,) = standings(now=at)
    return found


def test_every_connection_that_ships_can_be_asked_what_is_missing_and_has_its_document(settings):
    for connection in declared_connections():
        assert (settings.BASE_DIR / "docs" / "connections" / f"{connection.document}.md").exists(), connection.key
        assert isinstance(connection.what_is_missing(), list)
        assert isinstance(connection.names_of_jobs(), list)
        assert not connection.test or callable(import_string(connection.test))
        assert not connection.page or reverse(connection.page)
        assert set(connection.schedules) <= {schedule.name for schedule in declared_schedules()}


def test_a_connection_without_its_settings_is_off_and_says_which(declare):
    declare(wire(missing=f"{HERE}.url_missing"))
    found = standing()
    assert (found.state, found.missing) == ("off", ["WIRE_URL"])


def test_a_connection_is_ok_after_a_run_and_failing_since_the_first_that_failed(declare, now):
    declare(wire())
    run()
    assert (standing().state, standing().last.rows) == ("ok", 3)
    run(error="It did not answer.", at=NOW + MINUTE)
    run(error="It still did not answer.", at=NOW + 2 * MINUTE)
    found = standing()
    assert (found.state, found.since) == ("failing", NOW + MINUTE)
    assert [(job.failures, job.error) for job in found.failing] == [(2, "It still did not answer.")]
    run(at=NOW + 3 * MINUTE)
    assert (standing().state, standing().failing) == ("ok", [])


def test_of_several_jobs_the_one_that_fails_counts(declare, now):
    declare(wire(jobs=(), job_names=f"{HERE}.two_jobs"))
    run(name="Wire: one")
    run(name="Wire: two", error="Gone.")
    run(name="Wire: a deleted one", error="Gone.")
    found = standing()
    assert (found.state, [job.name for job in found.failing]) == ("failing", ["Wire: two"])


def test_a_connection_whose_worker_does_not_run_is_late(declare, now):
    declare(wire(schedules=("Wire, every minute",)))
    schedule = Schedule.objects.create(name="Wire, every minute", func="x", next_run=NOW)
    assert standing().state == "new"
    run()
    assert (standing().state, standing().next_run) == ("ok", NOW)
    late = standing(at=NOW + 6 * MINUTE)
    assert (late.state, late.since) == ("late", NOW)
    schedule.repeats = 0
    schedule.save()
    assert standing(at=NOW + 6 * MINUTE).state == "ok"


def test_a_killed_run_counts_as_a_failed_one(now):
    JobRun.objects.create(name="Wire", started_at=NOW - 20 * MINUTE, lease_until=NOW - 10 * MINUTE)
    jobs.run_job("Wire", lambda: 1, now=NOW)
    killed = JobRun.objects.get(state="failed")
    assert killed.error == jobs.KILLED
    assert JobStanding.objects.get().state == "succeeded"


def test_the_error_of_a_run_is_a_sentence_without_the_name_of_a_class(now):
    run(error="a\x00b did not answer.")
    assert JobRun.objects.get().error == "ab did not answer."


def test_old_runs_go_and_how_a_job_stands_stays(now):
    for days in (1, 8, 30, 91):
        for name, error in (("Good", None), ("Bad", "Gone.")):
            run(name=name, error=error, at=NOW - timedelta(days=days))
    assert jobs.purge_runs(now=NOW) == 4
    assert JobRun.objects.filter(state="succeeded").count() == 1
    assert JobRun.objects.filter(state="failed").count() == 3
    assert JobStanding.objects.count() == 2


def test_the_page_lists_what_is_declared_and_tells_what_happened(declare, as_lead, now, django_assert_max_num_queries):
    connections = [wire(key=f"wire-{n}", name=f"Wire {n}", jobs=(f"Wire {n}",)) for n in range(8)]
    declare(*connections, wire(missing=f"{HERE}.url_missing"), wire(key="x", feature="a_module_that_is_off"))
    run(name="Wire 1", error="wire.example.com answered 503.")
    run(name="Wire 2", rows=1234)
    with django_assert_max_num_queries(8):
        html = as_lead.get(reverse(LIST)).content.decode()
    assert html.count("Brings news.") == 9
    assert "wire.example.com answered 503." in html
    assert "1,234 rows" in html
    assert "Missing: WIRE_URL" in html


def test_the_page_of_a_connection_shows_its_last_twenty_runs(declare, as_lead, now):
    declare(wire())
    for minute in range(25):
        run(at=NOW + minute * MINUTE, rows=minute, error="Gone." if minute == 7 else None)
    html = as_lead.get(reverse("admin:connection", args=["wire"])).content.decode()
    assert "The last 20 runs" in html
    assert html.count("Gone.") == 1
    assert as_lead.get(reverse("admin:connection", args=["nothing"])).status_code == 404


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ("sees_something", "Wire: Signed in as qa-bot."),
        ("is_refused", "Wire: wire.example.com answered 401."),
        ("is_broken", "Wire: The test itself failed (KeyError); the log says more."),
    ],
)
def test_a_test_answers_in_words(declare, as_lead, test, told):
    declare(wire(test=f"{HERE}.{test}"))
    html = as_lead.post(reverse("admin:connection_test", args=["wire"]), follow=True).content.decode()
    assert told in html
    assert "secret-of-the-programmer" not in html


def test_a_test_of_something_that_is_not_set_up_says_so(declare, as_lead):
    declare(wire(missing=f"{HERE}.url_missing"))
    html = as_lead.post(reverse("admin:connection_test", args=["wire"]), follow=True).content.decode()
    assert "Wire: Not set up yet: WIRE_URL is missing." in html


def test_looking_at_a_test_does_not_run_it(declare, as_lead):
    declare(wire(test=f"{HERE}.is_refused"))
    html = as_lead.get(reverse("admin:connection_test", args=["wire"]), follow=True).content.decode()
    assert "answered 401" not in html


@pytest.mark.parametrize("role", [roles.VIEWERS, roles.INGEST, roles.REVENUE_ADMINS])
def test_only_leads_see_and_test_connections(declare, client, make_user, role):
    declare(wire())
    client.force_login(make_user(role))
    assert client.get(reverse(LIST)).status_code in {302, 403}
    assert client.get(reverse("admin:connection", args=["wire"])).status_code in {302, 403}
    assert client.post(reverse("admin:connection_test", args=["wire"])).status_code in {302, 403}
