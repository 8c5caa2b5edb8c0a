"""Collectors in the admin: set up with hidden secrets, tried without storing, seen failing on every page."""

import pytest
from django.urls import reverse

from integrations import collectors, jobs
from integrations.models import Collector, Integration, IntegrationHealth
from qa_observability import roles
from qa_observability.outgoing import OutgoingError
from qa_observability.secrets_at_rest import read_secret, rotate_secrets
from tests.conftest import NOW
from tests.integrations.factories import MINUTE
from tests.integrations.seen import DASHBOARD, DETAIL, LIST, PAGES, observe, text_of
from tests.standins import pms
from tests.standins.server import serving

pytestmark = pytest.mark.django_db
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OTHER_KEY = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
ADD = "admin:integrations_collector_add"
CHANGELIST = "admin:integrations_collector_changelist"
FORM = {
    "name": "Vrbo health", "integration": "vrbo", "is_active": "on", "url": "https://pms.example.com/health",
    "method": "GET", "timeout": "10", "interval": "5", "error_rate_unit": "fraction",
    "booking_loss_rate_unit": "fraction",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _settings(settings) -> None:
    settings.REVENUE_CONFIG_KEYS = [KEY]
    settings.OUTGOING_ALLOW = ["127.0.0.1"]


def a_collector(**fields):
    headers = fields.pop("headers", {})
    row = Collector(**{"name": "Vrbo health", "integration_id": "vrbo", "url": "https://pms.example.com/"} | fields)
    collectors.set_headers(row, headers)
    row.save(force_insert=True)
    Collector.objects.update(created_at=NOW - 60 * MINUTE)
    row.refresh_from_db()
    return row


def change(row):
    return reverse("admin:integrations_collector_change", args=[row.pk])


def errors(client, **fields):
    response = client.post(reverse(ADD), FORM | fields)
    assert response.status_code == 200
    assert not Collector.objects.exists()
    return response.context["adminform"].form.errors


def test_a_lead_sets_one_up_and_never_sees_the_secret_again(as_lead):
    response = as_lead.post(reverse(ADD), FORM | {"header_lines": "X-API-Key: s3cret-key\nAccept-Language: en"})
    assert response.status_code == 302
    row = Collector.objects.get()
    assert collectors.headers_of(row) == {"X-API-Key": "s3cret-key", "Accept-Language": "en"}
    for url in (change(row), reverse(CHANGELIST), reverse("admin:integrations_collector_history", args=[row.pk])):
        assert "s3cret" not in as_lead.get(url).content.decode()
    assert "X-API-Key: ••••••" in as_lead.get(change(row)).content.decode()


def test_a_header_is_kept_replaced_added_and_cleared(as_lead):
    row = a_collector(headers={"A": "one", "B": "two", "C": "three"})
    as_lead.post(change(row), FORM | {"header_lines": "A: ••••••\nB: new\nD: four"})
    row.refresh_from_db()
    assert collectors.headers_of(row) == {"A": "one", "B": "new", "D": "four"}
    as_lead.post(change(row), FORM | {"header_lines": ""})
    row.refresh_from_db()
    assert (row.headers, row.header_names) == (None, [])


@pytest.mark.parametrize("url", ["https://elsewhere.example.com/health", "http://pms.example.com/health"])
def test_a_hidden_header_is_not_sent_to_another_server(as_lead, url):
    row = a_collector(headers={"A": "one"})
    response = as_lead.post(change(row), FORM | {"header_lines": "A: ••••••", "url": url})
    assert "leads to another server" in response.context["adminform"].form.errors["header_lines"][0]
    row.refresh_from_db()
    assert row.url == "https://pms.example.com/"
    as_lead.post(change(row), FORM | {"header_lines": "A: another", "url": url})
    row.refresh_from_db()
    assert (row.url, collectors.headers_of(row)) == (url, {"A": "another"})


def test_headers_that_no_key_opens_are_kept_or_typed_anew(as_lead, settings):
    row = a_collector(headers={"A": "one"})
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    assert as_lead.post(change(row), FORM | {"header_lines": "A: ••••••", "interval": "7"}).status_code == 302
    page = as_lead.post(change(row), FORM | {"header_lines": "A: ••••••\nB: x"}).content.decode()
    assert "Type every value anew" in page
    assert as_lead.post(change(row), FORM | {"header_lines": "A: again"}).status_code == 302
    row.refresh_from_db()
    assert collectors.headers_of(row) == {"A": "again"}


def test_rotating_the_key_re_encrypts_headers(settings):
    row = a_collector(headers={"A": "one"})
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY, KEY]
    assert (rotate_secrets(), rotate_secrets()) == (1, 0)
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    row.refresh_from_db()
    assert read_secret(row, "headers") == '{"A": "one"}'


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("url", "ftp://pms.example.com/", "Write an address"),
        ("url", "https://", "Write an address"),
        ("url", "http://[", "Write an address"),
        ("url", "https://me:pw@pms.example.com/", "no user name or password"),
        ("interval", "0", "greater than or equal to 1"),
        ("interval", "99999999999999999999", "less than or equal to 1440"),
        ("timeout", "11", "less than or equal to 10"),
        ("method", "DELETE", "valid choice"),
        ("status_path", "a..b", "is no path from its character 2 on"),
        ("error_rate_path", "a / [", "is no path"),
        ("words", "synced", "Line 1: write a word, = and one of healthy, warning, critical."),
        ("words", "x = unknown", "Line 1"),
        ("body", "[1]", "Must be a JSON object"),
        ("body", '{"a": NaN}', "NaN"),
        ("body", '{"a": "\\u0000"}', "cannot be stored"),
        ("body", '{"a": "\\ud800"}', "cannot be stored"),
        ("name", "a\x00b", "Null characters"),
        ("header_lines", "no header", "Line 1 is no header"),
        ("header_lines", "Host: inner", "Line 1: Host is set by the request itself."),
        ("header_lines", "A: 1\na: 2", "Line 2: a is there twice."),
        ("header_lines", "A: ключ", "plain characters"),
        ("header_lines", "A:", "plain characters"),
        ("header_lines", "A: ••••••", "there is no stored value of A"),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(as_lead, field, value, told):
    found = errors(as_lead, **{field: value})
    assert list(found) == [field]
    assert told in str(found[field])


def test_without_a_key_no_secret_is_stored_and_the_page_says_so(as_lead, settings):
    settings.REVENUE_CONFIG_KEYS = []
    page = as_lead.post(reverse(ADD), FORM | {"header_lines": "A: one"}, follow=True).content.decode()
    assert "REVENUE_CONFIG_KEYS is empty" in page
    assert Collector.objects.get().headers is None


def test_a_try_shows_what_would_be_stored_and_stores_nothing(as_lead, now):
    with serving(lambda exchange: pms.answer(exchange, sick=True)) as server:
        row = a_collector(
            url=server.url("/health"), headers={"X-API-Key": pms.KEY}, pricing_path="pricing_sync.state",
            error_rate_path="pricing_sync.failed / pricing_sync.total", events_path="events",
        )  # fmt: skip
        url = reverse("admin:integrations_collector_try", args=[row.pk])
        assert "What would be stored" not in as_lead.get(url).content.decode()
        assert server.seen == []
        page = as_lead.post(url).content.decode()
    assert "7.00 %" in page
    assert "Rate push rejected for 12 nights" in page
    assert not IntegrationHealth.objects.exists()
    row.refresh_from_db()
    assert row.succeeded_at is None


def test_a_try_of_what_does_not_work_says_why_and_hides_secrets_that_come_back(as_lead):
    def echo(exchange):
        exchange.answer(200, str(dict(exchange.headers)).encode())

    with serving(echo) as server:
        row = a_collector(url=server.url(), headers={"Authorization": "Bearer s3cret-token"})
        page = as_lead.post(reverse("admin:integrations_collector_try", args=[row.pk])).content.decode()
    assert "did not answer in JSON" in page
    assert "would count as out of date" in page
    assert "s3cret-token" not in page
    assert "••••••" in page


def test_the_list_and_the_form_tell_how_it_stands(as_lead):
    row = a_collector(failing_since=NOW, failures=3, error="pms.example.com answered 503.")

    def fail():
        raise OutgoingError("pms.example.com answered 503.", kind="status", status=503)

    jobs.try_job(row.job, fail, now=NOW)
    listed = as_lead.get(reverse(CHANGELIST)).content.decode()
    assert "pms.example.com answered 503. (since 2026-03-18 14:05 UTC)" in listed
    form = as_lead.get(change(row)).content.decode()
    assert "Failing: pms.example.com answered 503." in form
    assert "The last 1 run" in form


@pytest.mark.parametrize("role", [roles.VIEWERS, roles.INGEST, roles.REVENUE_ADMINS])
def test_only_leads_set_them_up_and_try_them(client, make_user, role):
    client.force_login(make_user(role))
    row = a_collector()
    for url in (reverse(CHANGELIST), reverse(ADD), change(row)):
        assert client.get(url).status_code in {302, 403}
    assert client.post(reverse("admin:integrations_collector_try", args=[row.pk])).status_code in {302, 403}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"failing_since": NOW - 5 * MINUTE, "error": "pms.example.com answered 503."},
         "Collector Vrbo health fails since 2026-03-18 14:00 UTC: pms.example.com answered 503."),
        ({"succeeded_at": NOW - 18 * MINUTE}, "Collector Vrbo health has asked nothing since 2026-03-18 13:47 UTC."),
        ({"succeeded_at": NOW, "warning": "What it reports is 35 minutes old."},
         "Collector Vrbo health: What it reports is 35 minutes old."),
    ],
)  # fmt: skip
def test_an_integration_whose_collector_brings_no_news_is_out_of_date_and_never_green(
    as_viewer, viewer_api, now, fields, reason
):
    Integration.objects.exclude(slug="vrbo").update(is_active=False)
    observe("vrbo", ago=20 * MINUTE)
    assert all("out of date" not in text_of(as_viewer.get(url)) for url in PAGES)
    a_collector(**fields)
    for url in PAGES:
        page = as_viewer.get(url)
        assert "out of date" in text_of(page)
        assert "status--healthy" not in page.content.decode().partition("<main")[2].partition("Rate sync")[0]
    assert reason in text_of(as_viewer.get(DASHBOARD))
    assert reason in text_of(as_viewer.get(DETAIL))
    (row,) = viewer_api.get("/api/v1/integrations/health").json()["integrations"]
    assert (row["status"], row["stale"]) == ("healthy", True)
    assert viewer_api.get("/api/v1/integrations/health/vrbo").json()["staleReason"] == reason


def test_news_from_elsewhere_ends_the_doubt_and_what_is_derived_does_not(viewer_api, as_viewer, now):
    a_collector(failing_since=NOW - 5 * MINUTE, error="Gone.")
    observe("vrbo", ago=MINUTE, source="derived")
    assert viewer_api.get("/api/v1/integrations/health/vrbo").json()["stale"]
    observe("vrbo", ago=0 * MINUTE, source="api")
    answer = viewer_api.get("/api/v1/integrations/health/vrbo").json()
    assert (answer["stale"], answer["staleReason"]) == (False, None)
    assert "Gone." not in text_of(as_viewer.get(LIST))
