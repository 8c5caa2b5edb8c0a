"""Totals judged; expected rates are computed by hand."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integrations.splunk.classification import Area, Classifier
from integrations.splunk.findings import IntegrationFinding, judge
from integrations.splunk.reader import StatRow
from integrations.splunk.totals import aggregate
from tests.integrations.splunk_writers import DAY, FOUR_ROWS, add_up, json_lines

RATES = {"warning_rate": Decimal("0.02"), "critical_rate": Decimal("0.05"), "min_requests": 20}
MIDNIGHT = datetime(2026, 7, 14, tzinfo=UTC)


def row(endpoint: str, requests: int, errors: int, server_errors: int = 0, time: datetime | None = None) -> StatRow:
    return StatRow(1, endpoint, requests, errors, server_errors, time)


def findings(*rows: StatRow, **settings: object) -> list[IntegrationFinding]:
    return judge(aggregate(rows, Classifier(), bucket=DAY), **(RATES | settings))


def area_of(finding: IntegrationFinding, area: Area):
    return next(found for found in finding.areas if found.area is area)


def test_example_of_the_description_is_judged_as_it_says():
    airbnb, vrbo = judge(add_up(json_lines(FOUR_ROWS)), **RATES)
    assert (vrbo.integration, vrbo.requests, vrbo.errors) == ("vrbo", 200, 14)
    assert area_of(vrbo, Area.PRICING).rate == Decimal("0.0700")
    assert vrbo.pricing_sync_status == "error"
    assert vrbo.error_rate == Decimal("0.0700")
    assert vrbo.fees_sync_status is None
    assert vrbo.booking_loss_rate is None
    assert airbnb.fees_sync_status == "warning"  # 1 of 50 is exactly the threshold


@pytest.mark.parametrize(
    ("requests", "errors", "rate", "status"),
    [
        (0, 0, None, None),
        (19, 19, "1.0000", "insufficient"),
        (20, 0, "0.0000", "healthy"),
        (100_000, 1_994, "0.0199", "healthy"),
        (100_000, 1_995, "0.0200", "warning"),  # rounded half up once, then classified
        (100_000, 4_994, "0.0499", "warning"),
        (100, 5, "0.0500", "critical"),
        (20, 20, "1.0000", "critical"),
    ],
)
def test_area_has_the_status_of_its_rounded_rate(requests, errors, rate, status):
    found = area_of(findings(row("/airbnb/fees", requests, errors))[0], Area.FEES)
    assert found.rate == (None if rate is None else Decimal(rate))
    assert found.status == status


@pytest.mark.parametrize(
    ("errors", "sync_status"), [(0, "ok"), (3, "warning"), (50, "error")], ids=["healthy", "warning", "critical"]
)
def test_status_of_pricing_and_fees_becomes_their_sync_status(errors, sync_status):
    (found,) = findings(row("/airbnb/rates", 100, errors), row("/airbnb/fees", 100, errors))
    assert (found.pricing_sync_status, found.fees_sync_status) == (sync_status, sync_status)


def test_booking_gives_the_loss_rate_and_all_areas_the_error_rate():
    (found,) = findings(
        row("/airbnb/leads", 30, 3),
        row("/airbnb/rates", 30, 0),
        row("/airbnb/x", 40, 1),
        row("/airbnb/x.png", 900, 900),
    )
    assert found.booking_loss_rate == Decimal("0.1000")
    assert found.error_rate == Decimal("0.0400")


def test_areas_below_the_minimum_say_nothing_but_count_together():
    (found,) = findings(row("/airbnb/leads", 10, 5), row("/airbnb/rates", 10, 5))
    assert (found.pricing_sync_status, found.booking_loss_rate) == (None, None)
    assert found.error_rate == Decimal("0.5000")
    assert found.is_conclusive


def test_finding_with_too_few_requests_is_not_conclusive():
    (found,) = findings(row("/airbnb/leads", 19, 19))
    assert found.error_rate is None
    assert not found.is_conclusive


def test_no_traffic_is_unknown_and_not_healthy():
    (found,) = findings(row("/airbnb/rates", 0, 0))
    assert {area.status for area in found.areas} == {None}
    assert not found.is_conclusive


def test_basis_of_server_errors_leaves_other_errors_out():
    rows = [row("/airbnb/rates", 100, 50, 3), row("/airbnb/fees", 100, 90, 0)]
    (found,) = findings(*rows, basis="server")
    assert (found.errors, found.pricing_sync_status, found.fees_sync_status) == (3, "warning", "ok")
    assert [worst.path for worst in found.worst_endpoints] == ["/airbnb/rates"]


def test_worst_endpoints_are_the_five_with_the_most_errors():
    rows = [row(f"/airbnb/p{n}", 100, n) for n in range(8)]
    (found,) = findings(*rows)
    assert [(worst.path, worst.errors) for worst in found.worst_endpoints] == [
        (f"/airbnb/p{n}", n) for n in (7, 6, 5, 4, 3)
    ]


def test_there_is_one_finding_per_integration_and_bucket_in_order():
    rows = [row("/vrbo", 1, 0, time=MIDNIGHT), row("/vrbo", 1, 0, time=MIDNIGHT - DAY), row("/vrbo", 1, 0)]
    found = findings(*rows, row("/airbnb", 1, 0, time=MIDNIGHT))
    assert [(finding.integration, finding.start) for finding in found] == [
        ("airbnb", MIDNIGHT),
        ("vrbo", None),
        ("vrbo", MIDNIGHT - DAY),
        ("vrbo", MIDNIGHT),
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"warning_rate": Decimal("0.06")},
        {"warning_rate": Decimal("-0.01")},
        {"critical_rate": Decimal("1.01")},
        {"min_requests": 0},
        {"basis": "client"},
    ],
)
def test_settings_out_of_range_are_refused(changed):
    with pytest.raises(ValueError, match=r"must|basis"):
        findings(**changed)
