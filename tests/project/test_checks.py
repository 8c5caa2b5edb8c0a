"""System checks: a misconfiguration is told at the start, with what to do about it."""

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from qa_observability import checks
from qa_observability.settings import _duration


def ids(messages):
    return [message.id for message in messages]


def test_the_settings_of_a_fresh_installation_are_sound(db):
    assert ids(run_checks()) == []


def test_an_unknown_module_is_named(settings):
    settings.FEATURES = ["correlation", "corelation"]
    (error,) = checks.check_features()
    assert error.id == "qa_observability.E001"
    assert "corelation" in error.msg
    assert "revenue_impact" in error.hint


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"retry": 600}, ["qa_observability.E002"]),  # 300 * (2/2 + 1), and not more than that
        ({"retry": 601}, []),
        ({"queue_limit": 50}, ["qa_observability.E002"]),
        ({"workers": 0}, ["qa_observability.E004"]),
    ],
)
def test_tasks_must_not_be_handed_out_twice(settings, fields, expected):
    settings.Q_CLUSTER = settings.Q_CLUSTER | fields
    assert ids(checks.check_queue()) == expected


@pytest.mark.parametrize(
    ("warning", "critical", "sound"),
    [(0.02, 0.05, True), (0.05, 0.02, False), (0.02, 0.02, False), (0, 0.05, False), (0.02, 1.5, False), (2, 5, False)],
)
def test_rates_are_ratios_in_order(settings, warning, critical, sound):
    settings.HEALTH_WARNING_RATE, settings.HEALTH_CRITICAL_RATE = warning, critical
    assert ids(checks.check_rates()) == ([] if sound else ["qa_observability.E003"])


def test_missing_revenue_keys_are_a_warning_of_the_deployment_check(settings):
    settings.REVENUE_CONFIG_KEYS = []
    assert ids(checks.check_revenue_keys()) == ["qa_observability.W001"]
    settings.FEATURES = ["integration_health"]
    assert checks.check_revenue_keys() == []
    settings.FEATURES, settings.REVENUE_CONFIG_KEYS = ["revenue_impact"], ["key"]
    assert checks.check_revenue_keys() == []


def test_a_setting_that_is_no_duration_is_named(monkeypatch):
    monkeypatch.setenv("EVENT_RETENTION", "90")
    with pytest.raises(ImproperlyConfigured, match="EVENT_RETENTION: '90' is not a duration"):
        _duration("EVENT_RETENTION", "90d")
