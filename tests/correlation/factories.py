"""Executions, correlations and alerts with everything filled in, dated just before the tests' NOW."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from correlation.executions import ExecutionInput
from correlation.models import Alert, TestCase, TestIntegrationCorrelation
from tests.conftest import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def an_execution(**fields: Any) -> ExecutionInput:
    defaults: dict[str, Any] = {
        "test_case_id": "flow",
        "test_case_name": "Booking Flow Test",
        "status": "failed",
        "executed_at": NOW - 5 * MINUTE,
        "run_id": "build-1",
        "source": "api",
    }
    return ExecutionInput(**defaults | fields)


def as_json(**fields: Any) -> dict[str, Any]:
    """Return one execution as an API client sends it."""
    return {
        "testCaseId": "flow",
        "testCaseName": "Booking Flow Test",
        "status": "failed",
        "executedAt": "2026-03-18T14:00:00Z",
        "runId": "build-1",
    } | fields


def a_test_case(**fields: Any) -> TestCase:
    return TestCase.objects.create(**{"id": "flow", "name": "Booking Flow Test", "suite": "Core"} | fields)


def a_correlation(**fields: Any) -> TestIntegrationCorrelation:
    """A strong one of the Booking Flow Test with Airbnb."""
    case = fields.pop("test_case", None) or TestCase.objects.filter(pk="flow").first() or a_test_case()
    defaults: dict[str, Any] = {
        "test_case": case,
        "integration_id": "airbnb",
        "correlation_score": Decimal("0.87"),
        "confidence": Decimal("0.99"),
        "correlation_type": "high",
        "pattern": "test_failure_precedes_integration_failure",
        "last_correlated": NOW - 2 * DAY,
        "incidents": 11,
        "hits": 9,
        "usual_rate": 0.01,
        "expected_hits": 0.11,
        "p_value": 1e-9,
        "question": "any_run_before",
        "lead_time_seconds": 24 * 60,
        "episodes": 14,
        "episodes_followed": 9,
        "predictive_value": 0.6,
        "base_rate": 0.02,
        "executions": 900,
        "first_executed_at": NOW - 90 * DAY,
        "last_executed_at": NOW - HOUR,
        "window_seconds": 3600,
        "lookback_seconds": 90 * 86_400,
    }
    return TestIntegrationCorrelation.objects.create(**defaults | fields)


def an_alert(**fields: Any) -> Alert:
    defaults: dict[str, Any] = {
        "alert_type": "test_warning",
        "severity": "critical",
        "integration_id": "airbnb",
        "title": "Booking Flow Test fails: Airbnb is likely to follow",
        "message": "Failed at 14:00.",
        "failed_at": NOW - 5 * MINUTE,
    }
    case = fields.pop("test_case", None) or TestCase.objects.filter(pk="flow").first() or a_test_case()
    return Alert.objects.create(**defaults | {"test_case": case} | fields)
