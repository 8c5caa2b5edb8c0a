"""What all pages have in common: period, people, refresh, caches, costs, escaping, nothing inline."""

import gzip
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from integrations.models import Integration
from tests.correlation.factories import a_test_case
from tests.integrations.factories import DAY, HOUR
from tests.integrations.seen import DASHBOARD, DETAIL, LIST, PAGES, add_events, observe

pytestmark = pytest.mark.usefixtures("now")
REFRESH = {"HX-Request": "true"}


@pytest.mark.parametrize("url", PAGES)
def test_the_period_is_in_the_address_and_an_odd_one_falls_back_to_the_default(as_viewer, url):
    for query, current in (
        ("", "30 days"),
        ("?period=7d", "7 days"),
        ("?period=5d", "30 days"),
        ("?period=", "30 days"),
    ):
        html = as_viewer.get(url + query).content.decode()
        assert re.findall(r'aria-current="true">([^<]+)</a>', html) == [current]
    assert 'href="?period=1y"' in html


@pytest.mark.parametrize("url", PAGES)
def test_who_may_see_a_page(make_user, client, url):
    anonymous = client.get(url)
    assert (anonymous.status_code, anonymous.headers["Location"]) == (302, f"/login/?next={url}")
    for role, status in (
        ("Viewers", 200), ("QA leads", 200), ("Ingest", 403), ("Revenue admins", 403), (None, 403),
    ):  # fmt: skip
        client.force_login(make_user(role))
        assert client.get(url).status_code == status, role
    assert "Your role does not include this page" in client.get(url).content.decode()
    assert client.post(url).status_code == 405


def test_links_to_data_entry_are_for_those_who_may(as_viewer, lead):
    add = b"/admin/integrations/integrationhealth/add/?integration="
    assert all(add not in as_viewer.get(url).content for url in PAGES)
    as_lead = Client()
    as_lead.force_login(lead)
    assert add + b"airbnb" in as_lead.get(DASHBOARD).content
    assert add + b"vrbo" in as_lead.get(DETAIL).content


@pytest.mark.parametrize("url", PAGES)
def test_a_refresh_is_the_fragment_of_the_page_and_nothing_when_nothing_has_changed(as_viewer, url):
    observe()
    page = as_viewer.get(url)
    refresh = as_viewer.get(url, headers=REFRESH)
    assert refresh.status_code == 200
    assert refresh.content.strip()
    assert refresh.content.strip() in page.content
    assert b"<html" not in refresh.content
    version = refresh.headers["X-Content-Version"]
    unchanged = as_viewer.get(url, headers=REFRESH | {"X-Content-Version": version})
    assert (unchanged.status_code, unchanged.content) == (204, b"")
    assert unchanged.headers["X-Content-Version"] == version
    observe(ago=timedelta(0), error_rate=Decimal("0.5"))
    changed = as_viewer.get(url, headers=REFRESH | {"X-Content-Version": version})
    assert changed.status_code == 200
    assert changed.headers["X-Content-Version"] != version


@pytest.mark.parametrize("url", PAGES)
def test_going_back_in_the_history_gets_the_whole_page(as_viewer, url):
    response = as_viewer.get(url, headers=REFRESH | {"HX-History-Restore-Request": "true"})
    assert response.content.startswith(b"<!doctype html>")


@pytest.mark.parametrize("url", PAGES)
def test_caches_keep_page_fragment_and_people_apart(as_viewer, url):
    for headers in ({}, REFRESH):
        response = as_viewer.get(url, headers=headers)
        assert {"HX-Request", "Cookie"} <= set(response.headers["Vary"].split(", "))
        assert response.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(("url", "queries"), [(DASHBOARD, 14), (LIST, 4), (DETAIL, 20)])
def test_pages_cost_as_many_queries_for_much_data_as_for_little(as_viewer, django_assert_num_queries, url, queries):
    observe()
    observe("airbnb", status="critical")
    add_events()
    with django_assert_num_queries(3 + queries):  # session, user, permissions
        as_viewer.get(url)
    for number in range(30):
        Integration.objects.create(slug=f"channel-{number}", name=f"Channel {number}")
        observe(f"channel-{number}", ago=number * HOUR)
        observe("vrbo", ago=number * HOUR)
        add_events(5, slug=f"channel-{number}", ago=number * DAY)
        add_events(5, ago=number * DAY)
    with django_assert_num_queries(3 + queries):
        as_viewer.get(url, {"period": "1y"})


@pytest.mark.parametrize("url", PAGES)
def test_nothing_inline_and_nothing_from_elsewhere(as_lead, url):
    observe()
    add_events()
    response = as_lead.get(url)
    html = response.content.decode()
    assert "<style" not in html
    assert re.findall(r"<script(?![^>]* (?:src=|type=\"application/json\"))", html) == []
    assert re.findall(r'<[^>]*\s(?:style|on\w+|hx-on[^=]*)="', html) == []
    assert [
        link for link in re.findall(r'(?:src|href|action)="([^"]*)"', html) if link.startswith(("http", "//"))
    ] == []
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("url", PAGES)
def test_what_people_write_is_shown_as_they_wrote_it(as_viewer, url):
    evil = '<script>alert("1")</script>'
    Integration.objects.filter(slug="vrbo").update(name=f"Vrbo {evil}")
    observe()
    add_events(message=evil, metadata={evil: [evil]})
    html = as_viewer.get(url, {"q": evil}).content.decode()
    assert evil not in html
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in html


def test_the_home_page_is_the_dashboard_and_unknown_pages_are_404(as_viewer):
    assert as_viewer.get("/").headers["Location"] == DASHBOARD
    assert as_viewer.get("/nowhere").status_code == 404
    assert b"There is nothing at this address." in as_viewer.get("/nowhere").content


@pytest.mark.parametrize(
    ("address", "area"),
    [
        ("/dashboard/", "Dashboard"),
        ("/dashboard/integrations/vrbo/", "Integrations"),
        ("/dashboard/revenue/config/", "Revenue"),
        ("/dashboard/correlation/test-cases/flow/", "Correlation"),
        ("/dashboard/incidents/", "Incidents"),
        ("/dashboard/search/?q=fee", None),
    ],
)
def test_the_navigation_marks_the_area_of_the_page(admin_client, address, area):
    a_test_case()
    html = admin_client.get(address).content.decode()
    assert re.findall(r'aria-current="page">([^<]+)</a>', html) == ([area] if area else [])


def test_the_navigation_has_what_this_person_may_see(as_viewer, make_user):
    html = as_viewer.get(LIST).content.decode()
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', html) == [LIST]
    assert "/admin/" not in html
    client = Client()
    client.force_login(make_user("QA leads"))
    assert 'href="/admin/"' in client.get(LIST).content.decode()


def test_pages_are_compressed_for_those_who_can_read_it_and_the_api_is_not(as_viewer):
    observe()
    page = as_viewer.get(DETAIL, headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page.headers["Vary"]
    assert b"Vrbo" in gzip.decompress(page.content)
    assert "Content-Encoding" not in as_viewer.get(DETAIL).headers
    answer = as_viewer.get("/api/v1/integrations/health", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
