"""The correlations, computed and stored: right, the same again, one at a time, safe to kill."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from correlation import refreshes, tasks
from correlation.computing import refresh_correlations
from correlation.models import (
    CorrelationRefresh,
    Incident,
    IncidentWarning,
    TestCase,
    TestExecution,
    TestIntegrationCorrelation,
)
from integrations.models import IntegrationEvent, JobRun, MaintenanceWindow
from tests.conftest import NOW
from tests.correlation import world
from tests.correlation.factories import DAY, HOUR, MINUTE, a_correlation
from tests.problems import assert_problem

URL = "/api/v1/correlation/refresh"
pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(db, now) -> None:
    world.load(now)


def stored() -> dict[tuple[str, str], TestIntegrationCorrelation]:
    return {(row.test_case_id, row.integration_id): row for row in TestIntegrationCorrelation.objects.all()}


def test_the_coupled_test_is_found_and_the_flaky_one_is_not(loaded, now) -> None:
    refresh_correlations(now=now)
    pairs = stored()
    found = pairs["warns", "airbnb"]
    assert found.is_correlated
    assert found.pattern == "test_failure_precedes_integration_failure"
    assert found.hits == found.incidents == len(world.onsets(now))
    assert found.correlation_type == "high"
    assert 0 < found.lead_time_seconds <= 3600
    assert found.last_correlated == max(world.onsets(now))
    assert [key for key, row in pairs.items() if row.is_correlated] == [("warns", "airbnb")]


def test_incidents_and_their_warnings_are_stored(loaded, now) -> None:
    refresh_correlations(now=now)
    assert sorted(Incident.objects.values_list("onset_at", flat=True)) == sorted(world.onsets(now))
    warning = IncidentWarning.objects.select_related("incident").first()
    assert timedelta(0) < warning.incident.onset_at - warning.first_red_at <= HOUR
    assert IncidentWarning.objects.count() == len(world.onsets(now))


def test_how_each_test_ran_is_noted(loaded, now) -> None:
    refresh_correlations(now=now)
    flaky, calm = TestCase.objects.get(pk="flaky"), TestCase.objects.get(pk="calm")
    assert flaky.failed_runs == 66
    assert flaky.flips == 131
    assert (calm.runs, calm.failed_runs, calm.flips) == (world.DAYS * 24 - 1, 0, 0)


def test_again_gives_the_same_rows(loaded, now) -> None:
    def everything():
        return (
            list(TestIntegrationCorrelation.objects.order_by("pk").values_list("pk", "correlation_score", "p_value")),
            list(Incident.objects.order_by("pk").values_list("pk", "onset_at")),
            list(IncidentWarning.objects.order_by("pk").values_list("pk", flat=True)),
        )

    refresh_correlations(now=now)
    before = everything()
    refresh_correlations(now=now)
    assert everything() == before


def test_an_incident_that_grows_keeps_its_row(loaded, now) -> None:
    refresh_correlations(now=now)
    newest = Incident.objects.first()
    event = IntegrationEvent.objects.order_by("-occurred_at").first()
    event.pk, event.occurred_at = None, event.occurred_at + 5 * MINUTE
    IntegrationEvent.objects.bulk_create([event])
    refresh_correlations(now=now)
    assert Incident.objects.first().pk == newest.pk
    assert Incident.objects.first().ended_at == event.occurred_at


def test_a_pair_that_lost_its_hits_is_removed(loaded, now) -> None:
    case = TestCase.objects.get(pk="calm")
    a_correlation(test_case=case, integration_id="vrbo")
    refresh_correlations(now=now)
    assert ("calm", "vrbo") not in stored()


def test_a_pair_that_lost_support_is_brought_up_to_date(loaded, now) -> None:
    refresh_correlations(now=now)
    kept = stored()["warns", "airbnb"].pk
    TestExecution.objects.filter(test_case="warns", executed_at__lt=now - 6 * DAY).delete()
    refresh_correlations(now=now)
    row = stored()["warns", "airbnb"]
    assert row.pk == kept
    assert (row.pattern, row.correlation_score, row.confidence) == ("insufficient_data", Decimal(0), Decimal(0))


def test_maintenance_is_left_out(loaded, now) -> None:
    newest = max(world.onsets(now))
    MaintenanceWindow.objects.create(
        integration_id="airbnb", starts_at=newest - 2 * HOUR, ends_at=newest + 2 * HOUR, reason="Move"
    )
    refresh_correlations(now=now)
    assert newest not in Incident.objects.values_list("onset_at", flat=True)
    assert stored()["warns", "airbnb"].incidents == len(world.onsets(now)) - 1


def test_nothing_is_nothing(now) -> None:
    assert refresh_correlations(now=now) == 0
    assert not Incident.objects.exists()


def test_a_constant_number_of_queries(loaded, now, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(25):
        refresh_correlations(now=now)


def test_asks_share_one_refresh(now) -> None:
    first = refreshes.request_refresh("ingested", due_at=now + MINUTE)
    second = refreshes.request_refresh("scheduled", due_at=now + HOUR)
    third = refreshes.request_refresh("requested", due_at=now)
    assert first.pk == second.pk == third.pk
    row = CorrelationRefresh.objects.get()
    assert (row.due_at, row.reason) == (now, "requested")


def test_it_waits_for_its_time(now) -> None:
    refreshes.request_refresh("ingested", due_at=now + MINUTE)
    assert refreshes.run_due(lambda: 7, now=now) == 0
    assert refreshes.run_due(lambda: 7, now=now + MINUTE) == 7
    assert CorrelationRefresh.objects.get().state == "succeeded"


def test_a_failure_is_kept_and_raised(now) -> None:
    refreshes.request_refresh("requested", due_at=now)
    with pytest.raises(ZeroDivisionError):
        refreshes.run_due(lambda: 1 // 0, now=now)
    refresh = CorrelationRefresh.objects.get()
    assert (refresh.state, refresh.error) == ("failed", "ZeroDivisionError: integer division or modulo by zero")


def test_another_run_in_the_way_puts_it_back(now) -> None:
    JobRun.objects.create(name=refreshes.JOB, started_at=now, lease_until=now + 10 * MINUTE)
    refreshes.request_refresh("requested", due_at=now)
    assert refreshes.run_due(lambda: 7, now=now) == 0
    refresh = CorrelationRefresh.objects.get()
    assert (refresh.state, refresh.due_at) == ("queued", now + refreshes.AGAIN)


def test_a_killed_refresh_is_done_again(now) -> None:
    CorrelationRefresh.objects.create(reason="requested", state="running", due_at=now, started_at=now - HOUR)
    assert refreshes.run_due(lambda: 7, now=now) == 7
    assert CorrelationRefresh.objects.get().state == "succeeded"


def test_the_command_tells_what_it_found(loaded, now, capsys) -> None:
    call_command("refresh_correlations")
    assert "1 of them correlated; 9 incidents" in capsys.readouterr().out
    JobRun.objects.create(name=refreshes.JOB, started_at=now, lease_until=now + 10 * MINUTE)
    with pytest.raises(CommandError, match="under way"):
        call_command("refresh_correlations")


def test_the_api_answers_202_and_the_state(lead_api, viewer_api, now, django_capture_on_commit_callbacks) -> None:
    response = lead_api.post(URL)
    assert response.status_code == 202
    id_ = response.json()["id"]
    assert lead_api.get(f"{URL}/{id_}").json()["state"] == "queued"
    assert lead_api.post(URL).json()["id"] == id_
    tasks.refresh_if_due()
    assert lead_api.get(f"{URL}/{id_}").json()["state"] == "succeeded"
    assert_problem(viewer_api.post(URL), 403)
    assert_problem(lead_api.get(f"{URL}/{NOW.year}"), 404)
    assert_problem(lead_api.get(f"{URL}/00000000-0000-0000-0000-000000000000"), 404)
