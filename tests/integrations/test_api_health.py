"""GET /integrations/health and /integrations/health/{integrationId}."""

from datetime import timedelta
from decimal import Decimal

import pytest

from integrations.models import Integration
from tests.integrations.factories import DAY, HOUR, MINUTE
from tests.integrations.seen import add_events, observe
from tests.problems import assert_problem

URL = "/api/v1/integrations/health"
ITEM = [
    "integrationId",
    "name",
    "status",
    "pricingSyncStatus",
    "feesSyncStatus",
    "bookingLossRate",
    "errorRate",
    "lastChecked",
    "stale",
    "trend",
]
POINT = ["date", "status", "errorRate", "bookingLossRate", "eventCounts"]
pytestmark = pytest.mark.usefixtures("now")


def item(api, slug="vrbo", **parameters):
    (found,) = [row for row in api.get(URL, parameters).json()["integrations"] if row["integrationId"] == slug]
    return found


def test_the_list_has_exactly_the_shape_of_the_contract(viewer_api):
    observe(error_rate=Decimal("0.031"), booking_loss_rate=Decimal("0.0005"), pricing_sync_status="ok")
    response = viewer_api.get(URL)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert list(body) == ["integrations", "overallHealth", "period", "next", "previous"]
    assert (body["overallHealth"], body["period"], body["next"], body["previous"]) == ("warning", "30d", None, None)
    assert [row["integrationId"] for row in body["integrations"]] == ["booking-com", "airbnb", "vrbo", "hmbn"]
    assert all(list(row) == ITEM for row in body["integrations"])
    assert item(viewer_api) == {
        "integrationId": "vrbo",
        "name": "Vrbo",
        "status": "warning",
        "pricingSyncStatus": "ok",
        "feesSyncStatus": None,
        "bookingLossRate": 0.0005,
        "errorRate": 0.031,
        "lastChecked": "2026-03-18T13:55:00Z",
        "stale": False,
        "trend": "neutral",
    }


def test_an_integration_that_nobody_has_looked_at_is_unknown_and_stale(viewer_api):
    assert item(viewer_api, "airbnb") == {
        "integrationId": "airbnb",
        "name": "Airbnb",
        "status": "unknown",
        "pricingSyncStatus": None,
        "feesSyncStatus": None,
        "bookingLossRate": None,
        "errorRate": None,
        "lastChecked": None,
        "stale": True,
        "trend": "neutral",
    }


@pytest.mark.parametrize(
    ("statuses", "overall"),
    [
        ({}, "unknown"),
        ({"vrbo": "healthy"}, "healthy"),
        ({"vrbo": "healthy", "airbnb": "critical", "hmbn": "warning"}, "critical"),
        ({"vrbo": "warning", "google": "critical"}, "warning"),  # google is inactive
    ],
)
def test_overall_health_is_the_worst_of_the_active_integrations(viewer_api, statuses, overall):
    for slug, status in statuses.items():
        observe(slug, status=status, error_rate=None)
    assert viewer_api.get(URL).json()["overallHealth"] == overall


def test_stale_begins_after_a_day_without_an_observation(viewer_api):
    observe("vrbo", ago=24 * HOUR)
    observe("airbnb", ago=24 * HOUR + timedelta(seconds=1))
    assert (item(viewer_api, "vrbo")["stale"], item(viewer_api, "airbnb")["stale"]) == (False, True)


def test_only_the_newest_observation_counts_even_when_it_arrived_first(viewer_api):
    observe(ago=MINUTE, error_rate=Decimal("0.01"))
    observe(ago=HOUR, error_rate=Decimal("0.5"))
    assert item(viewer_api)["errorRate"] == 0.01


def test_inactive_integrations_are_not_listed_and_the_order_is_theirs(viewer_api):
    Integration.objects.filter(slug="hmbn").update(position=0)
    Integration.objects.filter(slug="vrbo").update(is_active=False)
    Integration.objects.create(slug="expedia", name="Expedia", position=999)
    rows = viewer_api.get(URL).json()["integrations"]
    assert [row["integrationId"] for row in rows] == ["hmbn", "booking-com", "airbnb", "expedia"]


@pytest.mark.parametrize(
    ("now_rate", "then_rate", "trend"),
    [("0.04", "0.02", "up"), ("0.02", "0.04", "down"), ("0.04", "0.04", "neutral"), ("0.0402", "0.04", "neutral")],
)
def test_trend_compares_the_mean_error_rate_with_the_previous_period(viewer_api, now_rate, then_rate, trend):
    observe(ago=DAY, error_rate=Decimal(now_rate))
    observe(ago=8 * DAY, error_rate=Decimal(then_rate))
    assert item(viewer_api, period="7d")["trend"] == trend
    assert item(viewer_api, period="30d")["trend"] == "neutral"  # both lie in it: nothing to compare with


def test_trend_compares_the_number_of_events_where_no_rate_is_known(viewer_api):
    add_events(3, ago=DAY, event_type="booking_loss")
    add_events(1, ago=8 * DAY, event_type="booking_loss")
    assert item(viewer_api, period="7d")["trend"] == "up"


@pytest.mark.parametrize("period", ["7d", "30d", "90d", "1y"])
def test_every_period_is_accepted_and_named_in_the_answer(viewer_api, period):
    assert viewer_api.get(URL, {"period": period}).json()["period"] == period
    detail = viewer_api.get(f"{URL}/vrbo", {"period": period}).json()
    assert detail["period"] == period
    assert len(detail["history"]) == {"7d": 7, "30d": 30, "90d": 90, "1y": 365}[period]


def test_pages_of_the_list_follow_each_other_in_both_directions(viewer_api):
    first = viewer_api.get(URL, {"pageSize": 2, "period": "7d"}).json()
    second = viewer_api.get(first["next"]).json()
    seen = [row["integrationId"] for row in first["integrations"] + second["integrations"]]
    assert seen == ["booking-com", "airbnb", "vrbo", "hmbn"]
    assert (first["previous"], second["next"], second["period"]) == (None, None, "7d")
    assert viewer_api.get(second["previous"]).json() == first
    assert_problem(viewer_api.get(URL, {"pageSize": 2, "page": 3}), 400, "page")


def test_overall_health_is_that_of_all_pages(viewer_api):
    observe("hmbn", status="critical", error_rate=None)
    assert viewer_api.get(URL, {"pageSize": 1}).json()["overallHealth"] == "critical"


def test_one_integration_has_the_same_object_with_history_and_counts(viewer_api):
    observe(error_rate=Decimal("0.031"))
    add_events(2)
    body = viewer_api.get(f"{URL}/vrbo").json()
    assert list(body) == [*ITEM, "history", "eventCounts", "period", "staleReason"]
    assert {name: body[name] for name in ITEM} == item(viewer_api)
    assert body["eventCounts"] == {"pricing_sync_error": 0, "fee_sync_error": 2, "booking_loss": 0}


def test_history_has_one_point_for_every_day_oldest_first(viewer_api):
    observe(ago=DAY, error_rate=Decimal("0.01"), booking_loss_rate=Decimal("0.02"))
    observe(ago=DAY + HOUR, error_rate=Decimal("0.06"))
    add_events(2, ago=HOUR, event_type="booking_loss")
    history = viewer_api.get(f"{URL}/vrbo", {"period": "7d"}).json()["history"]
    assert [point["date"] for point in history] == [f"2026-03-{day}" for day in range(12, 19)]
    assert all(list(point) == POINT for point in history)
    none = {"pricing_sync_error": 0, "fee_sync_error": 0, "booking_loss": 0}
    assert history[0] == {
        "date": "2026-03-12", "status": "unknown", "errorRate": None, "bookingLossRate": None, "eventCounts": none,
    }  # fmt: skip
    assert history[5] == {
        "date": "2026-03-17", "status": "critical", "errorRate": 0.035, "bookingLossRate": 0.02, "eventCounts": none,
    }  # fmt: skip
    assert history[6]["eventCounts"] == none | {"booking_loss": 2}


def test_what_lies_outside_of_the_period_is_in_neither_history_nor_counts(viewer_api):
    add_events(1, ago=6 * DAY)
    add_events(1, ago=7 * DAY)
    body = viewer_api.get(f"{URL}/vrbo", {"period": "7d"}).json()
    assert body["eventCounts"]["fee_sync_error"] == 1


def test_an_inactive_integration_can_still_be_looked_at(viewer_api):
    observe("google")
    assert viewer_api.get(f"{URL}/google").json()["status"] == "healthy"
