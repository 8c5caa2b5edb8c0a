import html
import json
import re

import pytest
from django.contrib.auth.models import Permission

from integrations.models import Integration
from tests.revenue.conftest import OTHER_KEY

URL = "/dashboard/revenue/impact/"
FEES, PRICING, LOSS = "fee_sync_error", "pricing_sync_error", "booking_loss"
pytestmark = pytest.mark.usefixtures("now")


def page_of(client, query=""):
    response = client.get(f"{URL}{query}")
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_the_page_shows_figures_breakdown_and_their_origin(as_viewer, record):
    record("vrbo", FEES, affectedBookings=4)
    record("vrbo", FEES, lossAmount=25.5)
    page = page_of(as_viewer)
    assert "$75.50" in page  # 4 x 12.50 + 25.50
    assert "4 bookings × $250.00 × 5 % + $25.50 known losses" in page
    assert "10 bookings a day × 30 days × $250.00 × 5 %" in page
    assert "$3,750.00 − $75.50, at least 0" in page
    assert "Calculated with the default figures" in page
    for kind in ("csv", "xlsx", "pdf"):
        assert f'<a href="?format={kind}">' in page


def test_the_chart_has_the_previous_period_dashed_and_a_table(as_viewer, record):
    record("vrbo", FEES, lossAmount=3)
    record("vrbo", FEES, days_ago=30, lossAmount=2)
    page = as_viewer.get(URL).content.decode()
    data = json.loads(re.search(r'<script id="revenue-data" type="application/json">(.*?)</script>', page)[1])
    lines = {line["label"]: line for line in data["lines"]}
    assert lines["At risk"]["values"][-1] == 3
    assert lines["At risk, period before"]["values"][-1] == 2
    assert lines["At risk, period before"]["pattern"] == "dashed"
    assert set(lines["Benchmark leakage"]["values"]) == {500}
    assert len(data["labels"]) == 30
    assert "Show data" in page
    assert "unfold/js/chart/chart.js" in page


def test_nothing_lost_says_so(as_viewer):
    page = page_of(as_viewer)
    assert "Nothing was lost in this period, or nobody has told." in page
    assert "Nothing was recorded in the previous period" in page
    assert page.count("No data in the 30 days before") == 2  # and no trend or change of at risk and protected


def test_no_active_integration_says_so(as_viewer):
    Integration.objects.update(is_active=False)
    assert "No integration is active" in page_of(as_viewer)


def test_an_unreadable_configuration_is_an_error_with_retry(as_viewer, configure, settings):
    configure("revenue: {currency: EUR}")
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    page = page_of(as_viewer)
    assert "The figures cannot be calculated" in page
    assert "Retry" in page
    assert "No key in REVENUE_CONFIG_KEYS" in html.unescape(as_viewer.get("/dashboard/").content.decode())


def rows_of(page):
    return re.findall(r'<tr><th scope="row"><a [^>]*>(.*?)</a></th><td class="nowrap">(.*?)</td>', page)


def test_the_table_is_sorted_by_the_address(as_viewer, record):
    record("vrbo", FEES, lossAmount=3)
    record("airbnb", PRICING, lossAmount=2, count=2)
    record("hmbn", LOSS, lossAmount=1)
    names = [name for name, _ in rows_of(page_of(as_viewer))]
    assert names == ["Airbnb", "Vrbo", "HMBN"]
    assert [name for name, _ in rows_of(page_of(as_viewer, "?sort=loss"))] == ["HMBN", "Vrbo", "Airbnb"]
    assert [name for name, _ in rows_of(page_of(as_viewer, "?sort=integration"))] == ["Airbnb", "HMBN", "Vrbo"]
    assert rows_of(page_of(as_viewer, "?sort=-type"))[0][1] == "Rate sync failure"
    assert [name for name, _ in rows_of(page_of(as_viewer, "?sort=nonsense"))] == names


def test_one_integration_can_be_chosen(as_viewer, record):
    record("vrbo", FEES, lossAmount=3)
    record("airbnb", FEES, lossAmount=2)
    assert [name for name, _ in rows_of(page_of(as_viewer, "?integration=vrbo&period=7d"))] == ["Vrbo"]
    assert len(rows_of(page_of(as_viewer, "?integration=nope%00"))) == 2


def test_names_are_escaped(as_viewer, record):
    Integration.objects.filter(slug="vrbo").update(name="<script>alert(1)</script>")
    record("vrbo", FEES)
    assert b"<script>alert(1)" not in as_viewer.get(URL).content


def test_a_refresh_is_the_same_fragment(as_viewer, record):
    record("vrbo", FEES)
    fragment = as_viewer.get(URL, headers={"HX-Request": "true"})
    assert b"<html" not in fragment.content
    again = as_viewer.get(
        URL, headers={"HX-Request": "true", "X-Content-Version": fragment.headers["X-Content-Version"]}
    )
    assert again.status_code == 204


def test_the_dashboard_leads_to_it(as_viewer, record):
    record("vrbo", FEES, lossAmount=575.5)
    page = html.unescape(as_viewer.get("/dashboard/").content.decode())
    assert "$575.50 at risk in 30 days." in page
    assert 'href="/dashboard/revenue/impact/?period=30d">Revenue at risk</a>' in page
    assert "$14,424.50" in page  # 15000 - 575.50


def test_an_integration_shows_its_own_impact(as_viewer, record):
    record("vrbo", FEES, lossAmount=575.5)
    page = html.unescape(as_viewer.get("/dashboard/integrations/vrbo/").content.decode())
    assert "$575.50" in page
    assert "$3,174.50" in page
    assert "not counted" in as_viewer.get("/dashboard/integrations/google/").content.decode()


def test_money_is_for_those_who_may_see_it(client, make_user, record):
    user = make_user(username="nurse")
    names = ["view_integrationhealth", "view_integrationevent"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    record("vrbo", FEES, lossAmount=575.5)
    assert client.get(URL).status_code == 403
    for address in ("/dashboard/", "/dashboard/integrations/vrbo/"):
        page = client.get(address).content
        assert b"575.50" not in page
        assert b"Revenue" not in page


def test_queries_do_not_grow(as_viewer, record, django_assert_num_queries):
    record("vrbo", FEES)
    with django_assert_num_queries(7):  # session, user, permissions; revision, figures, days; the select
        page_of(as_viewer, "?period=1y")
    for slug in ("vrbo", "airbnb", "hmbn"):
        record(slug, PRICING)
        record(slug, FEES, days_ago=3)
    with django_assert_num_queries(7):
        page_of(as_viewer, "?period=1y")
