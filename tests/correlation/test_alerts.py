"""When an alert is raised, updated, left alone, and comes back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from correlation import alerts
from correlation.models import Alert, AlertMute
from correlation.services import record_executions
from integrations.models import Collector, MaintenanceWindow
from integrations.services import record_observations
from tests.conftest import NOW
from tests.correlation.factories import DAY, HOUR, MINUTE, a_correlation, an_execution
from tests.integrations.factories import an_observation

pytestmark = pytest.mark.django_db


def fail(minutes_ago: int = 5, **fields) -> None:
    at = NOW - minutes_ago * MINUTE
    record_executions([an_execution(executed_at=at, run_id=f"build-{minutes_ago}", **fields)], now=NOW)


def opened() -> list[Alert]:
    return list(Alert.objects.open())


def test_a_failing_correlated_test_raises_one_alert_at_once(now) -> None:
    a_correlation()
    fail()
    (alert,) = opened()
    assert alert.title == "Booking Flow Test fails: Airbnb is likely to follow"
    assert "its failures preceded 9 of 11 incidents, by 24 min on average (0.1 expected by chance)" in alert.message
    assert (alert.severity, alert.integration_id, alert.test_case_id) == ("critical", "airbnb", "flow")


@pytest.mark.parametrize(
    "fields",
    [
        {"correlation_score": "0.80"},
        {"confidence": "0.94"},
        {"correlation_score": "0.60"},
    ],
)
def test_a_weaker_correlation_raises_none(now, fields) -> None:
    a_correlation(**fields)
    fail()
    assert opened() == []


def test_a_medium_correlation_warns_where_that_is_on(now, settings) -> None:
    settings.ALERT_ON_MEDIUM = True
    a_correlation(correlation_score="0.60", correlation_type="medium")
    fail()
    assert [alert.severity for alert in opened()] == ["warning"]


def test_a_test_that_passed_since_does_not_fail_now(now) -> None:
    a_correlation()
    record_executions(
        [an_execution(executed_at=now - 9 * MINUTE), an_execution(status="passed", run_id="build-2")], now=now
    )
    assert opened() == []


def test_a_skipped_run_says_nothing(now) -> None:
    a_correlation()
    fail(9)
    fail(5, status="skipped")
    assert len(opened()) == 1


def test_an_old_failure_is_not_now(now) -> None:
    a_correlation()
    record_executions([an_execution(executed_at=now - 25 * HOUR)], now=now)
    assert alerts.sync_alerts(now=now) == 0


def test_a_further_failure_updates_the_open_alert(now) -> None:
    a_correlation()
    fail(9)
    fail(5)
    alerts.sync_alerts(now=now)
    (alert,) = opened()
    assert (alert.failures, alert.failed_at) == (2, NOW - 5 * MINUTE)


def test_a_dismissed_alert_comes_back_only_after_a_newer_failure(now, lead) -> None:
    a_correlation()
    fail(9)
    alerts.dismiss_alerts([opened()[0].pk], user=lead, now=now)
    assert alerts.sync_alerts(now=now) == 0
    fail(20)
    assert opened() == []
    fail(3)
    assert len(opened()) == 1
    assert Alert.objects.count() == 2
    assert Alert.objects.dismissed().get().dismissed_by == lead


def test_two_integrations_are_two_alerts(now) -> None:
    a_correlation()
    a_correlation(integration_id="vrbo")
    fail()
    assert {alert.integration_id for alert in opened()} == {"airbnb", "vrbo"}


def test_an_integration_that_turns_critical_raises_one_alert(now, lead) -> None:
    record_observations([an_observation(error_rate=Decimal("0.09"), last_checked=now - HOUR)], now=now)
    assert alerts.sync_alerts(now=now) == 1
    record_observations([an_observation(error_rate=Decimal("0.08"), last_checked=now - MINUTE)], now=now)
    assert alerts.sync_alerts(now=now) == 0
    (alert,) = opened()
    assert alert.title == "Vrbo is critical"
    assert (
        "Critical since 2026-03-18 13:05 UTC: error rate 8 % is at or above 5 %" in alert.message or alert.failures == 1
    )
    alerts.dismiss_alerts([alert.pk], user=lead, now=now)
    assert alerts.sync_alerts(now=now) == 0


def test_an_integration_that_turns_critical_again_raises_another(now, lead) -> None:
    record_observations([an_observation(error_rate=Decimal("0.09"), last_checked=now - 3 * HOUR)], now=now)
    alerts.sync_alerts(now=now)
    alerts.dismiss_alerts([opened()[0].pk], user=lead, now=now)
    record_observations(
        [
            an_observation(error_rate=Decimal("0.00"), last_checked=now - 2 * HOUR),
            an_observation(error_rate=Decimal("0.09"), last_checked=now - HOUR),
        ],
        now=now,
    )
    assert alerts.sync_alerts(now=now) == 1


def test_a_stale_critical_status_is_no_news(now) -> None:
    record_observations([an_observation(error_rate=Decimal("0.09"), last_checked=now - 2 * DAY)], now=now)
    assert alerts.sync_alerts(now=now) == 0


def test_a_critical_status_is_news_although_its_collector_fails_since(now) -> None:
    record_observations([an_observation(error_rate=Decimal("0.09"), last_checked=now - HOUR)], now=now)
    Collector.objects.create(name="A", integration_id="vrbo", url="https://a.example.com/", failing_since=now)
    assert alerts.sync_alerts(now=now) == 1


def test_a_mute_silences_its_pair_until_it_ends(now, lead) -> None:
    a_correlation()
    a_correlation(integration_id="vrbo")
    mute = alerts.mute(integration_id="airbnb", test_case_id="flow", until=now + HOUR, user=lead, now=now)
    fail()
    assert [alert.integration_id for alert in opened()] == ["vrbo"]
    alerts.end_mute(mute.pk, now=now)
    alerts.sync_alerts(now=now)
    assert len(opened()) == 2


@pytest.mark.parametrize("until", [timedelta(0), timedelta(days=91)])
def test_a_mute_always_ends(now, until) -> None:
    with pytest.raises(ValueError, match="must end within 90 days"):
        alerts.mute(integration_id="airbnb", test_case_id=None, until=now + until, user=None, now=now)
    assert not AlertMute.objects.exists()


@pytest.mark.parametrize("slug", ["airbnb", None])
def test_maintenance_raises_no_alert(now, slug) -> None:
    MaintenanceWindow.objects.create(integration_id=slug, starts_at=now - HOUR, ends_at=now + HOUR)
    a_correlation()
    fail()
    assert opened() == []
    assert alerts.sync_alerts(now=now + 2 * HOUR) == 0  # the failure itself was within


def test_maintenance_of_another_integration_changes_nothing(now) -> None:
    MaintenanceWindow.objects.create(integration_id="vrbo", starts_at=now - HOUR, ends_at=now + HOUR)
    a_correlation()
    fail()
    assert len(opened()) == 1


def test_still_critical_after_maintenance_is_an_alert(now) -> None:
    MaintenanceWindow.objects.create(starts_at=now - HOUR, ends_at=now + MINUTE)
    record_observations([an_observation(error_rate=Decimal("0.09"), last_checked=now - MINUTE)], now=now)
    assert alerts.sync_alerts(now=now) == 0
    assert alerts.sync_alerts(now=now + 2 * MINUTE) == 1


def test_looking_costs_the_same_however_many_pairs(now, django_assert_num_queries) -> None:
    a_correlation()
    a_correlation(integration_id="vrbo")
    fail()
    with django_assert_num_queries(9):
        alerts.sync_test_alerts(now=now)
