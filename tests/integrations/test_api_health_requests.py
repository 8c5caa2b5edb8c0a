"""GET /integrations/health and /integrations/health/{integrationId}: CSV, what is refused, what it costs."""

import csv
import io
from decimal import Decimal

import pytest

from integrations.models import Integration
from tests.integrations.factories import DAY, HOUR
from tests.integrations.seen import add_events, observe
from tests.integrations.test_api_health import ITEM, POINT, URL
from tests.problems import assert_problem

pytestmark = pytest.mark.usefixtures("now")


def rows_of(response):
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_csv_of_the_list_has_the_rows_of_the_json(viewer_api):
    observe(error_rate=Decimal("0.031"))
    Integration.objects.filter(slug="airbnb").update(name='=HYPERLINK("http://evil")')
    rows = rows_of(viewer_api.get(URL, {"format": "csv"}))
    expected = viewer_api.get(URL).json()["integrations"]
    assert list(rows[0]) == ITEM
    assert [row["integrationId"] for row in rows] == [row["integrationId"] for row in expected]
    assert rows[1]["name"] == '\'=HYPERLINK("http://evil")'
    vrbo = rows[2]
    assert (vrbo["errorRate"], vrbo["stale"], vrbo["bookingLossRate"]) == ("0.0310", "false", "")
    assert float(vrbo["errorRate"]) == expected[2]["errorRate"]


def test_csv_of_one_integration_is_its_history(viewer_api):
    rows = rows_of(viewer_api.get(f"{URL}/vrbo", {"format": "csv", "period": "7d"}))
    assert list(rows[0]) == POINT
    assert len(rows) == 7


def test_csv_can_be_asked_for_by_header_and_links_its_pages(viewer_api):
    response = viewer_api.get(URL, {"pageSize": 3}, headers={"accept": "text/csv"})
    assert len(rows_of(response)) == 3
    assert response.headers["Link"] == f'<http://testserver{URL}?page=2&pageSize=3>; rel="next"'
    assert "Link" not in viewer_api.get(URL, {"format": "csv"}).headers


@pytest.mark.parametrize("path", ["", "/vrbo"])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("period=8d", "period"),
        ("period=", "period"),
        ("period=30d&period=7d", "period"),
        ("from=2026-01-01", "from"),
        ("page_size=5", "page_size"),
        ("format=xml", "format"),
        ("format=csv&format=json", "format"),
        ("period=8d&x=1", "x"),
    ],
)
def test_unknown_repeated_and_bad_parameters_are_named(viewer_api, path, query, field):
    assert_problem(viewer_api.get(f"{URL}{path}?{query}"), 400, field)


@pytest.mark.parametrize("value", ["0", "-1", "1001", "a", "1.5", "", "9" * 400])
def test_page_size_is_a_number_from_1_to_1000(viewer_api, value):
    assert_problem(viewer_api.get(URL, {"pageSize": value}), 400, "pageSize")
    assert viewer_api.get(URL, {"pageSize": 1000}).status_code == 200


@pytest.mark.parametrize("slug", ["expedia", "Vrbo", "x" * 50, "x" * 51, "%00", "vrbo%20", "ü"])
def test_an_unknown_integration_is_404(viewer_api, slug):
    assert_problem(viewer_api.get(f"{URL}/{slug}"), 404)


WHO = 2  # queries that find out who is asking: token, permissions


def test_the_list_costs_as_many_queries_for_much_data_as_for_little(viewer_api, django_assert_num_queries):
    viewer_api.get(URL)  # notes that the token was used, once a minute
    with django_assert_num_queries(WHO + 4):
        viewer_api.get(URL)
    for number in range(40):
        Integration.objects.create(slug=f"channel-{number}", name=f"Channel {number}")
        observe(f"channel-{number}", ago=number * HOUR)
        add_events(3, slug=f"channel-{number}", ago=number * DAY)
    with django_assert_num_queries(WHO + 4):
        assert len(viewer_api.get(URL, {"period": "1y"}).json()["integrations"]) == 44


def test_one_integration_costs_as_many_queries_for_much_data_as_for_little(viewer_api, django_assert_num_queries):
    viewer_api.get(URL)
    with django_assert_num_queries(WHO + 5):
        viewer_api.get(f"{URL}/vrbo")
    for number in range(40):
        observe(ago=number * HOUR)
        add_events(5, ago=number * DAY)
    with django_assert_num_queries(WHO + 5):
        viewer_api.get(f"{URL}/vrbo", {"period": "1y"})
