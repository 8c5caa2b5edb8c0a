"""The status page and the badges: off unless switched on, and silent about everything but the status."""

import importlib
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import clear_url_caches

from integrations.models import Integration
from integrations.services import record_events, record_observations
from qa_observability import urls
from qa_observability.checks import check_status_page
from tests.integrations.factories import DAY, HOUR, NOW, an_event, an_observation

TOKEN = "a-token-of-twenty-characters"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def switch(settings):
    """Return a function that switches the status page."""

    def to(mode: str, token: str = "") -> None:
        settings.STATUS_PAGE, settings.STATUS_PAGE_TOKEN = mode, token
        importlib.reload(urls)
        clear_url_caches()

    yield to
    settings.FEATURES = list(settings.ALL_FEATURES)
    to("off")


@pytest.fixture
def seen(db, now) -> None:
    """Vrbo critical with an event, Airbnb healthy, Booking.com healthy long ago, HMBN never looked at."""
    record_observations(
        [
            an_observation(integration_id="airbnb"),
            an_observation(integration_id="booking-com", last_checked=NOW - 3 * DAY),
            an_observation(last_checked=NOW - HOUR),
        ],
        now=now,
    )
    record_events([an_event(message="Secret listing", metadata={"lossAmount": 575.5})], now=now)


def told(response) -> tuple:
    """Everything that a stranger gets but the request's own id."""
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-Id"}
    return response.status_code, headers, response.content


@pytest.mark.parametrize("method", ["get", "post", "head", "options"])
@pytest.mark.parametrize("path", ["/status/", "/status", "/status/vrbo.svg", "/status/?token=x"])
def test_switched_off_it_is_as_if_it_did_not_exist(as_viewer, seen, method, path):
    unknown = told(getattr(Client(), method)("/nothing-here/"))
    assert unknown[0] == 404
    assert told(getattr(Client(), method)(path)) == unknown
    assert getattr(as_viewer, method)(path).status_code == 404


def test_with_a_token_it_opens_to_those_who_have_it(client, seen, switch):
    switch("token", TOKEN)
    unknown = told(client.get("/nothing-here/"))
    for path in ("/status/", "/status/vrbo.svg"):
        assert client.get(path, {"token": TOKEN}).status_code == 200
        for given in ("", TOKEN[:-1], "é" * 20, "\ud800", "\x00"):
            assert told(client.get(path, {"token": given.encode("utf-8", "surrogatepass")})) == unknown
        assert told(client.post(path)) == unknown
    assert client.get("/status/", {"token": TOKEN}).headers["Cache-Control"] == "private, max-age=30"


def test_a_short_token_opens_nothing(client, seen, switch):
    switch("token", "")
    assert client.get("/status/").status_code == 404
    switch("token", "short")
    assert client.get("/status/", {"token": "short"}).status_code == 404
    assert [found.id for found in check_status_page()] == ["qa_observability.E008"]
    switch("perhaps")
    assert [found.id for found in check_status_page()] == ["qa_observability.E007"]
    assert client.get("/status/").status_code == 404


def test_the_page_tells_the_status_and_no_more(as_viewer, seen, switch):
    switch("public")
    cache.clear()
    stranger = Client().get("/status/")
    text = stranger.content.decode()
    assert "<span>Vrbo is critical</span>" in text
    assert text.count("out of date") == 1
    assert "Booking.com" in text
    for secret in ("Secret listing", "575", "viewers", "dashboard", "lossAmount"):
        assert secret not in text
    assert as_viewer.get("/status/").content == stranger.content
    assert "unsafe" not in stranger.headers["Content-Security-Policy"]
    assert stranger.headers["X-Robots-Tag"] == "noindex"
    assert not stranger.cookies


def test_it_is_kept_for_a_while_and_costs_no_query_then(client, seen, switch, django_assert_num_queries):
    switch("public")
    first = client.get("/status/")
    with django_assert_num_queries(0):
        again = client.get("/status/", headers={"If-None-Match": first.headers["ETag"]})
        assert client.get("/status/vrbo.svg").status_code == 200
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == "public, max-age=30"


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("vrbo", "Vrbo: critical"),
        ("airbnb", "Airbnb: healthy"),
        ("booking-com", "Booking.com: healthy, out of date"),
        ("hmbn", "HMBN: unknown"),
    ],
)
def test_a_badge_says_name_and_status_in_words(client, seen, switch, slug, words):
    switch("public")
    response = client.get(f"/status/{slug}.svg")
    assert response.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    svg = ElementTree.fromstring(response.content)  # noqa: S314  our own
    assert svg.find(f"{SVG}title").text == words
    assert svg.get("aria-label") == words
    assert svg.get("role") == "img"
    assert ("#17713f" in response.content.decode()) == (slug == "airbnb")
    assert b"style" not in response.content


def test_names_are_escaped_and_bounded(client, db, now, switch):
    switch("public")
    Integration.objects.create(slug="odd", name='<script>"&' + "x" * 80)
    svg = ElementTree.fromstring(client.get("/status/odd.svg").content)  # noqa: S314  our own
    assert svg.find(f"{SVG}title").text.startswith('<script>"&xxx')
    assert int(svg.get("width")) < 400
    assert b"&lt;script&gt;" in client.get("/status/").content


def test_inactive_and_unknown_ones_are_not_found(client, seen, switch):
    switch("public")
    Integration.objects.filter(pk="vrbo").update(is_active=False)
    for slug in ("vrbo", "nothing"):
        assert client.get(f"/status/{slug}.svg").status_code == 404
    assert b"Vrbo" not in client.get("/status/").content


def test_without_the_health_module_there_is_none(client, seen, switch, settings):
    switch("public")
    settings.FEATURES = ["revenue_impact"]
    assert client.get("/status/").status_code == 404
