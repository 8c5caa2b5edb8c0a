"""GET /api/v1/revenue/impact; V = 250, L = 0.05, B = 10 for all four active integrations."""

import json

import pytest

from integrations.models import Integration
from revenue.models import RevenueConfigRevision
from tests.revenue.conftest import OTHER_KEY

URL = "/api/v1/revenue/impact"
PRICING, FEES, LOSS = "pricing_sync_error", "fee_sync_error", "booking_loss"

pytestmark = pytest.mark.usefixtures("now")


def get(api, query=""):
    response = api.get(f"{URL}{query}")
    assert response.status_code == 200, response.content
    return response.json()


def refusal(response, status):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    return response.json()


def test_nothing_recorded_is_all_protected(viewer_api):
    body = get(viewer_api)
    assert body["revenueAtRisk"] == {"value": 0, "change": None, "trend": "neutral"}
    assert body["revenueProtected"]["value"] == 15000  # 4 x 10 x 30 x 250 x 0.05
    assert body["breakdown"] == []
    assert (body["currency"], body["period"]) == ("USD", "30d")


def test_a_case_computed_by_hand(viewer_api, record, observe):
    record("vrbo", FEES, days_ago=1, affectedBookings=4)  # 4 x 250 x 0.05 = 50.00
    record("vrbo", FEES, days_ago=2, affectedBookings=9, lossAmount=25.50)  # replaces the estimate: 25.50
    record("airbnb", PRICING, days_ago=3)  # 12.50
    record("airbnb", LOSS, days_ago=4, affectedBookings=2)  # 500.00, by rate 0.03 x 2500 = 75
    observe("airbnb", "0.0200", days_ago=4.1)
    observe("airbnb", "0.0400", days_ago=4.2)
    observe("hmbn", "0.0100", days_ago=5)  # 25.00 by rate
    record("vrbo", FEES, days_ago=35, affectedBookings=8)  # the previous period: 100.00
    body = get(viewer_api)
    assert body["revenueAtRisk"] == {"value": 613.0, "change": 513.0, "trend": "up"}
    # airbnb 3750 - 512.50, booking-com 3750, hmbn 3725, vrbo 3674.50; before: 15000 - 100
    assert body["revenueProtected"] == {"value": 14387.0, "change": -3.4, "trend": "down"}
    assert body["breakdown"] == [
        {
            "integrationId": "airbnb",
            "integrationName": "Airbnb",
            "impact": "high",
            "impactType": LOSS,
            "estimatedLoss": 500.0,
            "affectedBookings": 2,
            "eventCount": 1,
            "change": None,
            "trend": "neutral",
        },
        {
            "integrationId": "vrbo",
            "integrationName": "Vrbo",
            "impact": "medium",
            "impactType": FEES,
            "estimatedLoss": 75.5,
            "affectedBookings": 13,
            "eventCount": 2,
            "change": -24.5,
            "trend": "down",
        },
        {
            "integrationId": "hmbn",
            "integrationName": "HMBN",
            "impact": "low",
            "impactType": LOSS,
            "estimatedLoss": 25.0,
            "affectedBookings": 0,
            "eventCount": 0,
            "change": None,
            "trend": "neutral",
        },
        {
            "integrationId": "airbnb",
            "integrationName": "Airbnb",
            "impact": "low",
            "impactType": PRICING,
            "estimatedLoss": 12.5,
            "affectedBookings": 1,
            "eventCount": 1,
            "change": None,
            "trend": "neutral",
        },
    ]
    assert len(body["series"]) == 30
    by_day = {point["date"]: point for point in body["series"]}
    assert by_day["2026-03-17"] == {"date": "2026-03-17", "atRisk": 50.0, "protected": 450.0, "benchmark": 500.0}
    assert by_day["2026-03-14"]["atRisk"] == 500.0
    assert by_day["2026-03-14"]["protected"] == 375.0


def test_numbers_are_json_numbers(viewer_api, record):
    record("vrbo", FEES, lossAmount=575.5)
    assert b'"value":575.5,' in viewer_api.get(URL).content


@pytest.mark.parametrize(("period", "days"), [("7d", 7), ("30d", 30), ("90d", 90), ("1y", 365)])
def test_every_period_counts_its_days_and_no_other(viewer_api, record, period, days):
    record("vrbo", FEES, days_ago=days - 1, lossAmount=1)
    record("vrbo", FEES, days_ago=days, lossAmount=10)
    body = get(viewer_api, f"?period={period}")
    assert body["revenueAtRisk"]["value"] == 1
    assert body["revenueAtRisk"]["change"] == -90.0
    assert len(body["series"]) == days


def test_only_active_integrations_count(viewer_api, record):
    record("google", FEES, lossAmount=100)
    assert get(viewer_api)["revenueAtRisk"]["value"] == 0
    Integration.objects.filter(slug="google").update(is_active=True)
    assert get(viewer_api)["revenueAtRisk"]["value"] == 100


def test_one_integration_can_be_asked_for(viewer_api, record):
    record("vrbo", FEES, lossAmount=1)
    record("airbnb", FEES, lossAmount=10)
    body = get(viewer_api, "?integration=vrbo")
    assert body["revenueAtRisk"]["value"] == 1
    assert body["revenueProtected"]["value"] == 3749


def test_breakdown_comes_as_csv(viewer_api, record):
    record("vrbo", FEES, lossAmount=1)
    lines = viewer_api.get(f"{URL}?format=csv").content.decode().splitlines()
    assert lines[0].startswith("integrationId,integrationName,impact,impactType,estimatedLoss")
    assert lines[1] == "vrbo,Vrbo,high,fee_sync_error,1.00,1,1,,neutral"


@pytest.mark.parametrize("query", ["?period=8d", "?period=", "?integration=a%00b", "?nope=1", "?format=xml"])
def test_bad_parameters_are_refused_by_name(viewer_api, query):
    body = refusal(viewer_api.get(f"{URL}{query}"), 400)
    assert body["errors"][0]["field"] == query[1:].split("=")[0]


def test_an_unknown_integration_is_404(viewer_api):
    refusal(viewer_api.get(f"{URL}?integration=nope"), 404)


def test_it_is_for_those_who_may_see_money(api_for, client, ingest_api):
    refusal(client.get(URL), 401)
    refusal(ingest_api.get(URL), 403)
    refusal(api_for("QA leads", scope="ingest").get(URL), 403)


def test_an_unreadable_configuration_is_an_error_never_a_default(viewer_api, configure, settings):
    configure("revenue: {currency: EUR}")
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    assert "No key in REVENUE_CONFIG_KEYS opens" in refusal(viewer_api.get(URL), 503)["detail"]
    settings.REVENUE_CONFIG_KEYS = []
    assert "REVENUE_CONFIG_KEYS is empty" in refusal(viewer_api.get(URL), 503)["detail"]


def test_a_tampered_row_is_an_error(viewer_api, configure):
    row = configure("revenue: {currency: EUR}")
    document = bytearray(row.document)
    document[20] ^= 1
    RevenueConfigRevision.objects.update(document=bytes(document))
    refusal(viewer_api.get(URL), 503)


def test_queries_do_not_grow(viewer_api, record, django_assert_num_queries):
    def ask():
        return json.loads(viewer_api.get(f"{URL}?period=1y").content)

    ask()  # the token's last use is written once a minute
    record("vrbo", FEES, lossAmount=1)
    with django_assert_num_queries(5):  # token, permissions; revision, integrations, days
        ask()
    with django_assert_num_queries(4):  # kept: no days
        ask()
    for slug in ("vrbo", "airbnb", "hmbn"):
        for day in range(20):
            record(slug, FEES, days_ago=day)
    with django_assert_num_queries(5):
        ask()
